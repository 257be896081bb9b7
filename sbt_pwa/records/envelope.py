"""What phones send: sealed envelopes, kept as they came and never changed. docs/protocol.md tells the bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, db, index_where_given, now
from ..kit.seal import from_base64url, open_sealed, to_base64url
from ..kit.vault import KeyRing, vault
from .receipt_code import read_receipt_code

VERSION = 1
SCHEMA = "registration/1"
KINDS = ("create", "correct", "withdraw")
MOST_SEALED = 16_000  # bytes; a full record has about 400
MOST_CONTENT = 16_000  # bytes after unpacking
MOST_PHOTOS = 4
UNSETTLED = "state <> 'taken'"
BIG = BigInteger().with_variant(Integer, "sqlite")
CONTENT = (
    "receipt_code category nik family_card_no name birth_place birth_date sex phone phone_is_own district village address "
    "occupation workplace monthly_income_rupiah mother_name heir_name heir_relation heir_phone agency position latitude "
    "longitude accuracy_m consent confirmed_warnings"
).split()

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(r"(?:19[7-9]|2[0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_TEXTS = {
    "schema": re.compile(r"[a-z]{1,20}/[0-9]{1,4}"),
    "kind": re.compile(r"[a-z]{1,12}"),
    "app": re.compile(r"[0-9A-Za-z.+-]{1,32}"),
    "key_id": re.compile(r"[0-9a-z-]{1,16}"),
    "digest": re.compile(r"[0-9A-Za-z_-]{43}"),
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCALARS = frozenset([str, int, float, bool, type(None)])


class EnvelopeTrouble(Exception):
    """Why an envelope cannot be read: a reason code of kind `invalid`, or `server_older` for a newer schema."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Envelope(Base):
    """A sealed record as it came. `state` is taken, quarantined, waiting (for its parent) or conflict."""

    __tablename__ = "envelope"
    server_seq: Mapped[int] = mapped_column(BIG, Identity(), primary_key=True, autoincrement=True)
    record_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    device_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    device_seq: Mapped[int | None]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    carrier_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)  # the phone or account that brought it, where not its own phone
    key_id: Mapped[str] = mapped_column(String(16))
    header: Mapped[str] = mapped_column(String)  # canonical bytes; for what cannot be read, its JSON as far as it is safe
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    receipt_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)  # of a create: keyed hash of its code
    state: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    received_at: Mapped[dt.datetime] = mapped_column(default=now)

    __table_args__ = (
        UniqueConstraint("record_id", "digest"),
        index_where_given("envelope", "parent_id"),
        Index("ix_envelope_device_id_device_seq", "device_id", "device_seq"),
        Index("ix_envelope_state", "state", sqlite_where=text(UNSETTLED), postgresql_where=text(UNSETTLED)),
    )


@dataclass(frozen=True)
class Header:
    """The clear part of an envelope, checked."""

    id: uuid.UUID
    kind: str
    parent: uuid.UUID | None
    device_id: uuid.UUID | None
    device_seq: int
    author_id: uuid.UUID
    saved_at: dt.datetime
    server_seen_at: dt.datetime | None
    key_id: str
    photos: tuple[tuple[str, int], ...]
    canonical: bytes = field(repr=False)
    schema: str = SCHEMA


@dataclass(frozen=True)
class Sealed:
    """An envelope as it came over the line, with its digest found right."""

    header: Header
    sealed: bytes = field(repr=False)
    digest: str


HEADER = "v schema id kind parent device_id device_seq author_id saved_at server_seen_at app key_id".split()


def canonical_header(fields: Mapping[str, Any]) -> bytes:
    """Return the bytes that are sealed in as `info` and covered by the digest: one line for each field."""
    photos = ",".join([f"{photo['sha256']}:{photo['bytes']}" for photo in fields.get("photos") or ()])
    values = [fields.get(name) for name in HEADER]
    return "\n".join(["sbt-envelope", *["" if value is None else str(value) for value in values], photos]).encode()


def digest_of(canonical: bytes, sealed: bytes) -> str:
    return to_base64url(hashlib.sha256(canonical + b"\n" + sealed).digest())


def read_envelope(raw: Any) -> Sealed:
    """Check the form of one envelope of a batch. Raise EnvelopeTrouble; nothing is opened here."""
    version = raw.get("v") if isinstance(raw, dict) else None
    if type(version) is not int or version != VERSION:  # neither true nor 1.0: the canonical header would not say "1"
        raise EnvelopeTrouble("server_older" if type(version) is int and version > VERSION else "malformed")
    try:
        header = _read_header(raw)
        sealed = from_base64url(raw["sealed"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise EnvelopeTrouble("malformed") from None
    if len(sealed) > MOST_SEALED:
        raise EnvelopeTrouble("too_large")
    if digest_of(header.canonical, sealed) != raw.get("digest"):
        raise EnvelopeTrouble("digest")
    if header.schema != SCHEMA:
        known_name, _slash, number = header.schema.partition("/")
        raise EnvelopeTrouble("server_older" if known_name == "registration" and int(number) > 1 else "kind_unknown")
    if header.kind not in KINDS or (header.parent is None) != (header.kind == "create"):
        raise EnvelopeTrouble("kind_unknown")
    return Sealed(header, sealed, raw["digest"])


def _read_header(raw: dict[str, Any]) -> Header:
    for name, pattern in _TEXTS.items():
        _match(pattern, raw[name])
    sequence = raw["device_seq"]
    if isinstance(sequence, bool) or not isinstance(sequence, int) or not 1 <= sequence < 2**31:
        raise ValueError("device_seq")
    return Header(
        id=_uuid(raw["id"]),
        kind=raw["kind"],
        parent=_uuid(raw["parent"]) if raw.get("parent") is not None else None,
        device_id=_device(raw["device_id"]),
        device_seq=sequence,
        author_id=_uuid(raw["author_id"]),
        saved_at=_moment(raw["saved_at"]),
        server_seen_at=_moment(raw["server_seen_at"]) if raw.get("server_seen_at") is not None else None,
        key_id=raw["key_id"],
        photos=_photos(raw.get("photos") or []),
        canonical=canonical_header(raw),
        schema=raw["schema"],
    )


def _match(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text[:20])
    return text


@lru_cache(maxsize=1_000)
def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(_match(_UUID, text))


def _device(text: str) -> uuid.UUID | None:
    """The nil UUID is no phone: a page of the server."""
    device_id = _uuid(text)
    return device_id if device_id.int else None


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(_match(_MOMENT, text))


def _photos(raw: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    if len(raw) > MOST_PHOTOS:
        raise ValueError("photos")
    for photo in raw:
        size = photo["bytes"]
        if isinstance(size, bool) or not isinstance(size, int) or not 0 < size < 2_000_000:
            raise ValueError("bytes")
        _match(_SHA256, photo["sha256"])
    return tuple((photo["sha256"], photo["bytes"]) for photo in raw)


def open_content(ring: KeyRing, header: Header, sealed: bytes) -> dict[str, Any]:
    """Return the content by field name, without the fields that were not given. Raise SealBroken, EnvelopeTrouble."""
    return read_content(open_sealed(ring, header.key_id, sealed, header.canonical))


def read_content(plain: bytes) -> dict[str, Any]:
    """Raise EnvelopeTrouble("content") for what is no content of registration/1."""
    try:
        data = _unpack(plain[1:]) if plain[:1] == b"\x01" else plain[1:]
        values = json.loads(data)
        known = plain[:1] in (b"\x00", b"\x01") and isinstance(values, list) and len(values) <= len(CONTENT)
        if not known or not _SCALARS.issuperset(map(type, values[:26])):
            raise ValueError("form")
    except (ValueError, zlib.error, RecursionError):
        raise EnvelopeTrouble("content") from None
    return {name: value for name, value in zip(CONTENT, values, strict=False) if value is not None}


def _unpack(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(data, MOST_CONTENT)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("too large or cut")
    return plain


def pack_content(content: Mapping[str, Any]) -> bytes:
    values = [content.get(name) for name in CONTENT]
    while values and values[-1] is None:
        values.pop()
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    packed = zlib.compress(data, 9)
    return b"\x01" + packed if len(packed) < len(data) else b"\x00" + data


def highest_sequence() -> int:
    return db.session.scalar(select(db.func.max(Envelope.server_seq))) or 0


def envelopes_of(record_id: uuid.UUID) -> list[Envelope]:
    """Return the record's create and what followed it, in the order in which they arrived."""
    own = (Envelope.record_id == record_id) | (Envelope.parent_id == record_id)
    return list(db.session.scalars(select(Envelope).where(own).order_by(Envelope.server_seq)))


def stored_envelope(row: Envelope) -> Sealed:
    """Return a kept envelope as it came."""
    _first, *lines = row.header.split("\n")
    fields: dict[str, Any] = {name: line or None for name, line in zip(HEADER, lines, strict=False)}
    photos = [photo.split(":") for photo in lines[len(HEADER)].split(",") if photo]
    raw = fields | {
        "v": int(fields["v"]),
        "device_seq": int(fields["device_seq"]),
        "photos": [{"sha256": sha, "bytes": int(size)} for sha, size in photos],
    }
    return read_envelope(raw | {"sealed": to_base64url(row.sealed), "digest": row.digest})


def receipt_code_of(row: Envelope) -> str:
    """Return the receipt code of a kept `create`. It stands nowhere but in the sealed content."""
    sealed = stored_envelope(row)
    return read_receipt_code(str(open_content(vault.ring, sealed.header, sealed.sealed)["receipt_code"]))
