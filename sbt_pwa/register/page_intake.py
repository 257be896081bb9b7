"""What was typed on a page goes the way of the phones: sealed into an envelope, then taken in."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from flask import current_app

from ..kit.db import db, now, uuid7
from ..kit.photos import remake
from ..kit.seal import SealBroken, open_sealed, seal, to_base64url
from ..kit.transactions import keep_despite_refusal
from ..kit.vault import vault
from ..records.draft import Carrier, Result
from ..records.envelope import canonical_header, digest_of, pack_content
from ..records.intake import Intake
from ..records.photo import Photo, photo_info
from ..settings import VERSION

NO_DEVICE = uuid.UUID(int=0)  # a page is no phone: it has no counter whose gaps would mean a loss


def take_in(
    record_id: uuid.UUID, content: Mapping[str, Any], author_id: uuid.UUID, photo: Photo | None, parent: uuid.UUID | None = None
) -> Result:
    """Seal the content to our own key and take it in as if a phone had sent it."""
    key_id = vault.ring.sealing_id
    header = {
        "v": 1,
        "schema": "registration/1",
        "id": str(record_id),
        "kind": "correct" if parent else "create",
        "parent": str(parent) if parent else None,
        "device_id": str(NO_DEVICE),
        "device_seq": 1,
        "author_id": str(author_id),
        "saved_at": now().astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "app": VERSION,
        "key_id": key_id,
        "photos": [{"sha256": photo.sha256, "bytes": photo.byte_count}] if photo else [],
    }
    info = canonical_header(header)
    sealed = seal(vault.ring, key_id, pack_content(content), info)
    envelope = header | {"sealed": to_base64url(sealed), "digest": digest_of(info, sealed)}
    carrier = Carrier(account_id=author_id)
    taker = Intake(carrier, current_app.config["SBT_REGENCY"], current_app.config["SBT_MINIMUM_AGE"])
    return taker.take([envelope])[0]


def anew(photo: Photo | None, record_id: uuid.UUID) -> tuple[uuid.UUID, Photo | None]:
    """Return another id for a form that comes back, and its photo, which opens only for the id that it was sealed for."""
    other_id = uuid7()
    if photo is None:
        return other_id, None
    key_id = vault.ring.sealing_id
    try:
        plain = open_sealed(vault.ring, key_id, photo.parts, photo_info(record_id, key_id))
    except SealBroken:
        return other_id, None  # kept for yet another form
    keep_despite_refusal()
    return other_id, keep_photo(plain, other_id)


def keep_photo(data: bytes, record_id: uuid.UUID) -> Photo:
    """Make the picture anew, seal it for this record and keep it. Raise PhotoRefused."""
    key_id = vault.ring.sealing_id
    sealed = seal(vault.ring, key_id, remake(data), photo_info(record_id, key_id))
    size = len(sealed)
    photo = Photo(sha256=hashlib.sha256(sealed).hexdigest(), byte_count=size, received_count=size, parts=sealed, state="sealed")
    db.session.add(photo)
    db.session.flush()
    return photo
