"""Photos: looked at before they are loaded, made anew, and kept encrypted in a folder or an S3 bucket."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 20_000_000
LONG_SIDE = 1280
MAX_BYTES = 80_000
QUALITIES = (60, 45, 30, 20)


class PhotoRefused(Exception):
    """`code` is `photo_kind`, `photo_too_large` or `photo_broken`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def remake(data: bytes) -> bytes:
    """Return the picture as WebP of at most 1280 px and about 80 kB, without EXIF. Raise PhotoRefused."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if not 0 < picture.width * picture.height <= MAX_PIXELS:
                raise PhotoRefused("photo_too_large" if picture.width and picture.height else "photo_broken")
            picture.draft("RGB", (LONG_SIDE * 2, LONG_SIDE * 2))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        except PhotoRefused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PhotoRefused("photo_too_large") from None
        except UnidentifiedImageError:
            raise PhotoRefused("photo_kind") from None
        except Exception:  # Pillow's decoders raise nearly anything on cut or forged files, struct.error among it
            raise PhotoRefused("photo_broken") from None
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    return _encode(upright)


def _encode(picture: Image.Image) -> bytes:
    made = b""
    for quality in QUALITIES:
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=4)
        made = file.getvalue()
        if len(made) <= MAX_BYTES:
            break
    return made


class PhotoStore(Protocol):
    """Where bytes lie under a name. They are encrypted before they come here."""

    def put(self, name: str, data: bytes) -> None: ...

    def get(self, name: str) -> bytes:
        """Raise KeyError when there is none."""
        ...

    def delete(self, name: str) -> None: ...


class FolderStore:
    def __init__(self, folder: Path):
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        """Write so that a power cut leaves the whole photo or none: file, fsync, rename, fsync of the folder."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{id(data)}.new")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name


class S3Store:
    def __init__(self, bucket: str, endpoint: str | None, region: str):
        import boto3

        self.bucket = bucket
        self.client: Any = boto3.client("s3", endpoint_url=endpoint or None, region_name=region)

    def put(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=name, Body=data)

    def get(self, name: str) -> bytes:
        try:
            body: bytes = self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            raise KeyError(name) from None
        return body

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=name)


def init_app(app: Flask) -> None:
    settings = app.config
    if settings["SBT_PHOTO_STORE"] == "s3":
        store: PhotoStore = S3Store(settings["SBT_S3_BUCKET"], settings["SBT_S3_ENDPOINT"], settings["SBT_S3_REGION"])
    else:
        store = FolderStore(settings["SBT_DATA_DIR"] / "photos")
    app.extensions["photos"] = store


def photo_store() -> PhotoStore:
    return current_app.extensions["photos"]
