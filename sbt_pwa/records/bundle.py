"""The sealed outbox of a phone as a file: {"bundle": "sbt-outbox/1", "device_id", "made_at", "records", "photos"}.

A supervisor carries it in when a phone never finds signal again. It goes the way of every batch, so a file that is
brought twice, or beside the phone itself, doubles nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ..kit.db import db
from ..kit.photos import PhotoRefused, remake
from ..kit.seal import SealBroken, from_base64url, open_sealed
from ..kit.vault import KeyRing, vault
from .account import Account
from .draft import Carrier, Draft, Result, Unread
from .intake import Intake
from .photo import MOST_BYTES, Photo, photo_info, store_picture
from .registration import Registration, seen_by

NAME = "sbt-outbox/1"
MOST_RECORDS = 2000
STEP = 50


class BundleTrouble(Exception):
    """`code` is missing, not_json, not_bundle, too_many or empty."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Bundle:
    records: list[Any]
    photos: dict[str, bytes]  # whole and as their names promise


@dataclass(frozen=True)
class Taken:
    """What became of one record; `entry_id` only where the supervisor may see the entry."""

    number: int
    result: Result
    saved_at: dt.datetime | None
    officer: str | None
    photo: str | None  # stored, unreadable, or None when the file holds none for this record
    entry_id: uuid.UUID | None


@dataclass(frozen=True)
class Picture:
    sealed: bytes
    made: bytes | None
    trouble: str | None


def read_bundle(data: bytes) -> Bundle:
    """Raise BundleTrouble for what is no bundle. A photo that is not what its name says is left out."""
    if not data:
        raise BundleTrouble("missing")
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise BundleTrouble("not_json") from None
    if not isinstance(told, dict) or told.get("bundle") != NAME or not isinstance(told.get("records"), list):
        raise BundleTrouble("not_bundle")
    if not told["records"]:
        raise BundleTrouble("empty")
    if len(told["records"]) > MOST_RECORDS:
        raise BundleTrouble("too_many")
    photos = told.get("photos")
    return Bundle(told["records"], dict(_whole(photos)) if isinstance(photos, dict) else {})


def _whole(photos: dict[str, Any]) -> Iterable[tuple[str, bytes]]:
    for name, text in photos.items():
        try:
            sealed = from_base64url(text)
        except (ValueError, AttributeError, TypeError):
            continue
        if len(sealed) <= MOST_BYTES and hashlib.sha256(sealed).hexdigest() == name:
            yield name, sealed


def take_bundle(bundle: Bundle, by: Account, regency: str, minimum_age: int) -> list[Taken]:
    """Take in all records, fifty at a time, and the photos that they announce."""
    taker = Intake(Carrier(account_id=by.id), regency, minimum_age)
    ring = vault.ring
    db.session.expunge_all()
    db.session.rollback()  # nothing was written yet; opening and drawing anew must not keep other writers waiting
    opened = taker.open(bundle.records)
    pictures = {name: one for draft in opened if isinstance(draft, Draft) for name, one in _pictures(ring, bundle, draft)}
    for name, picture in pictures.items():
        _keep(name, picture)
    db.session.flush()
    results = [result for at in range(0, len(opened), STEP) for result in taker.take_opened(opened[at : at + STEP])]
    return _tell(opened, results, pictures, by)


def _pictures(ring: KeyRing, bundle: Bundle, draft: Draft) -> Iterable[tuple[str, Picture]]:
    header = draft.header
    for name, _size in header.photos:
        sealed = bundle.photos.get(name)
        if sealed is None:
            continue
        try:
            plain = open_sealed(ring, header.key_id, sealed, photo_info(header.id, header.key_id))
            yield name, Picture(sealed, remake(plain), None)
        except (SealBroken, PhotoRefused) as trouble:
            yield name, Picture(sealed, None, trouble.code)


def _keep(name: str, picture: Picture) -> None:
    photo = db.session.get(Photo, name, with_for_update=True)
    if photo is not None and photo.state in ("stored", "unreadable"):
        return
    size = len(picture.sealed)
    if photo is None:
        photo = Photo(sha256=name, byte_count=size)
        db.session.add(photo)
    photo.byte_count = photo.received_count = size
    photo.parts = picture.sealed
    if picture.made is not None:
        store_picture(photo, picture.made)
    else:
        photo.state, photo.reason = "unreadable", picture.trouble


def _tell(opened: list[Draft | Unread], results: list[Result], pictures: dict[str, Picture], by: Account) -> list[Taken]:
    headers = [one.header if isinstance(one, Draft) else None for one in opened]
    names = dict(
        db.session.execute(select(Account.id, Account.name).where(Account.id.in_({h.author_id for h in headers if h}))).all()
    )
    ids = {h.parent or h.id for h in headers if h}
    visible = set(db.session.scalars(select(Registration.id).where(Registration.id.in_(ids), seen_by(by, Registration))))
    told = []
    for number, (header, result) in enumerate(zip(headers, results, strict=True), 1):
        entry_id = (header.parent or header.id) if header else None
        mine = [pictures[sha] for sha, _size in (header.photos if header else ()) if sha in pictures]
        photo = ("stored" if mine[-1].made else "unreadable") if mine else None
        told.append(
            Taken(
                number=number,
                result=result,
                saved_at=header.saved_at if header else None,
                officer=names.get(header.author_id) if header else None,
                photo=photo,
                entry_id=entry_id if entry_id in visible else None,
            )
        )
    return told
