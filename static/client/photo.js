// Makes a camera picture small enough for a slow line while the sixteen digits stay readable.

async function open(file) {
  if (self.createImageBitmap) {
    try {
      return await createImageBitmap(file);
    } catch (error) {
      console.warn("bitmap", error);
    }
  }
  const image = new Image();
  const url = URL.createObjectURL(file);
  image.src = url;
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(url);
  }
  return image;
}

function draw(picture, longSide) {
  const scale = Math.min(1, longSide / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d", { alpha: false });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const encode = (canvas, type, quality) => new Promise((done) => canvas.toBlob(done, type, quality));

/** A blob of at most maxBytes. One encode for most cards; the second aims at the size the first one told. */
export async function shrink(file, { maxBytes, longSide }) {
  const picture = await open(file);
  let type = "image/webp";
  try {
    for (let side = longSide; side > 300; side = Math.round(side * 0.75)) {
      const canvas = draw(picture, side);
      for (let quality = 0.6; quality > 0.1;) {
        let blob = await encode(canvas, type, quality);
        if (blob && blob.type !== type) {
          type = "image/jpeg";
          blob = await encode(canvas, type, quality);
        }
        if (!blob) throw new Error("no picture");
        if (blob.size <= maxBytes) return blob;
        if (blob.size > maxBytes * 4) break;
        quality = Math.min(quality - 0.1, quality * (maxBytes / blob.size) ** 1.3);
      }
    }
  } finally {
    if (picture.close) picture.close();
  }
  throw new Error("too large");
}
