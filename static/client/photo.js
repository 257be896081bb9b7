// Makes a camera picture small enough for a slow line while the sixteen digits stay readable, and shows what will be sent.
import { mark } from "./form_answers.js";
import { show, size, word } from "./words.js";

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
async function shrink(file, { maxBytes, longSide }) {
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

const byId = (id) => document.getElementById(id);
let photo = null;
let shrinking = Promise.resolve();

/** Keeps the picture for the next save, in memory only; null takes it away. */
export function setPhoto(blob) {
  photo = blob;
  const frame = byId("photo_frame");
  const old = frame.querySelector("img");
  if (old) {
    URL.revokeObjectURL(old.src);
    old.remove();
  }
  if (blob) {
    const image = new Image();
    image.alt = "";
    image.src = URL.createObjectURL(blob);
    frame.appendChild(image);
  } else {
    byId("photo_id_card").value = "";
  }
  show(byId("remove_photo"), Boolean(blob));
  byId("photo_id_card-readback").textContent = blob ? word("photoReady", { size: size(blob.size) }) : "";
}

/** The picture's bytes once it is small, or null. */
export async function photoBytes() {
  await shrinking;
  return photo ? new Uint8Array(await photo.arrayBuffer()) : null;
}

export function startPhoto(input, { max_bytes: maxBytes, long_side: longSide }) {
  const take = () => {
    const [file] = input.files;
    if (!file) return;
    mark(input.name, "");
    const patience = setTimeout(() => { byId("photo_id_card-readback").textContent = word("photoWait"); }, 300);
    shrinking = shrink(file, { maxBytes, longSide }).then(setPhoto, () => {
      setPhoto(null);
      mark(input.name, word("photoBad"));
    }).then(() => clearTimeout(patience));
  };
  input.addEventListener("change", take);
  take(); // what was chosen before this was fetched
  byId("remove_photo").addEventListener("click", () => setPhoto(null));
}
