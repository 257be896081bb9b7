"""Photos of KTPs: they come sealed and in parts, are made anew, and lie encrypted in the photo store."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from sqlalchemy import LargeBinary, String, Uuid, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, db, now
from ..kit.photos import PhotoRefused, photo_store, remake
from ..kit.seal import SealBroken, open_sealed
from ..kit.vault import vault

MOST_BYTES = 1_000_000
PLACE = b"photo|"


class Photo(Base):
    """`state`: receiving, sealed (whole, its record not here yet), stored, unreadable (kept, with its reason)."""

    __tablename__ = "photo"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the sealed bytes
    byte_count: Mapped[int]
    received_count: Mapped[int] = mapped_column(default=0)
    parts: Mapped[bytes] = mapped_column(LargeBinary, default=b"")  # sealed by the phone; emptied when the photo is stored
    state: Mapped[str] = mapped_column(String(12), default="receiving")
    reason: Mapped[str | None] = mapped_column(String(20))
    changed_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)

    def add_part(self, part: bytes) -> None:
        self.parts += part
        self.received_count = len(self.parts)

    def is_whole(self) -> bool:
        """Say whether the bytes are the ones that the name promises."""
        return hashlib.sha256(self.parts).hexdigest() == self.sha256

    def begin_again(self, total: int) -> None:
        self.parts, self.received_count, self.byte_count = b"", 0, total


class PhotoUse(Base):
    """Which record announced which photo, and the key id that both were sealed with."""

    __tablename__ = "photo_use"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16))


def find_photo(sha256: str) -> Photo | None:
    return db.session.get(Photo, sha256)


def photo_to_receive(sha256: str, total: int) -> Photo:
    """Return the photo, locked until the transaction ends; the first part makes it."""
    photo = db.session.get(Photo, sha256, with_for_update=True)
    if photo is None:
        try:
            with db.session.begin_nested():
                photo = Photo(sha256=sha256, byte_count=total, received_count=0, parts=b"", state="receiving")
                db.session.add(photo)
        except IntegrityError:  # another line brought its first part at the same time
            photo = db.session.get_one(Photo, sha256, with_for_update=True)
    if photo.state == "receiving" and photo.received_count == 0:
        photo.byte_count = total  # nothing of it is here yet, so nobody is bound to a total
    return photo


def photo_has_arrived(sha256: str) -> bool:
    return db.session.scalar(select(Photo.state).where(Photo.sha256 == sha256)) == "stored"


def settle(photo: Photo) -> None:
    """Open a whole photo when its record is known, make the picture anew and store it; keep what cannot be read."""
    use = db.session.scalar(select(PhotoUse).where(PhotoUse.sha256 == photo.sha256).limit(1))
    if use is None:
        photo.state = "sealed"
        return
    try:
        plain = open_sealed(vault.ring, use.key_id, photo.parts, photo_info(use.record_id, use.key_id))
        store_picture(photo, remake(plain))
    except (SealBroken, PhotoRefused) as trouble:
        photo.state, photo.reason = "unreadable", trouble.code


def store_picture(photo: Photo, picture: bytes) -> None:
    sealed = vault.ring.seal(picture, PLACE + photo.sha256.encode())
    photo_store().put(photo.sha256, sealed)
    photo.state, photo.reason, photo.parts = "stored", None, b""


def picture_of(sha256: str) -> bytes:
    """Return the WebP picture. Raise KeyError when it is not stored."""
    return vault.ring.open(photo_store().get(sha256), PLACE + sha256.encode())


def photo_info(record_id: uuid.UUID, key_id: str) -> bytes:
    """Return what a photo is bound to when it is sealed."""
    return f"sbt-photo\n1\n{record_id}\n{key_id}".encode()
