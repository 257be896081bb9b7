"""A phone in Python, written from docs/protocol.md alone: it imports nothing of the app.

It saves (seals) records and photos, sends them, and believes only what the protocol calls an answer. What it keeps in
`outbox` is what a phone would keep; tests look there for what became of a record.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import json
import re
import secrets
import time
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec

MEDIA_TYPE = "application/vnd.sbt.sync+json"
SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
LINES = "v schema id kind parent device_id device_seq author_id saved_at server_seen_at app key_id".split()
CONTENT = (
    "receipt_code category nik family_card_no name birth_place birth_date sex phone phone_is_own district village address "
    "occupation workplace monthly_income_rupiah mother_name heir_name heir_relation heir_phone agency position latitude "
    "longitude accuracy_m consent confirmed_warnings"
).split()
STATUSES = {"accepted", "duplicate", "awaiting_photo", "held", "invalid", "conflict", "gone", "retry"}
STORED = {"accepted", "duplicate", "awaiting_photo", "held"}  # these name the sequence under which the server has it
MOST_RECORDS, MOST_BYTES = 50, 500_000
PART = 65_536
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


# ---- bytes


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical_header(header: dict[str, Any]) -> bytes:
    photos = ",".join(f"{photo['sha256']}:{photo['bytes']}" for photo in header.get("photos") or [])
    values = ["" if header.get(name) is None else str(header[name]) for name in LINES]
    return "\n".join(["sbt-envelope", *values, photos]).encode()


def digest_of(header: dict[str, Any], sealed: bytes) -> str:
    return base64url(hashlib.sha256(canonical_header(header) + b"\n" + sealed).digest())


def positions(content: dict[str, Any]) -> list[Any]:
    values = [content.get(name) for name in CONTENT]
    while values and values[-1] is None:
        values.pop()
    return values


def pack(values: list[Any], compress: bool = True) -> bytes:
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    small = zlib.compress(data, 9)
    return b"\x01" + small if compress and len(small) < len(data) else b"\x00" + data


def unpack(plain: bytes) -> list[Any]:
    return json.loads(zlib.decompress(plain[1:]) if plain[0] else plain[1:])


def photo_info(record_id: str, key_id: str) -> bytes:
    return f"sbt-photo\n1\n{record_id}\n{key_id}".encode()


def make_receipt_code() -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(11))
    return body + ALPHABET[sum(ALPHABET.index(letter) * (2 * at + 1) for at, letter in enumerate(body)) % 32]


def uuid7(at: float | None = None) -> str:
    value = int((at or time.time()) * 1000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def moment(at: float | None = None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


@dataclass(frozen=True)
class Key:
    """The server's sealing key, as /rules.json tells it."""

    id: str
    public: ec.EllipticCurvePublicKey

    @classmethod
    def told(cls, key: dict[str, str]) -> Key:
        point = from_base64url(key["public"])
        return cls(key["id"], ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))

    def seal(self, plain: bytes, info: bytes) -> bytes:
        return SUITE.encrypt(plain, self.public, info)


def seal_record(header: dict[str, Any], content: dict[str, Any], key: Key, compress: bool = True) -> dict[str, Any]:
    """Return the envelope as it goes over the line."""
    sealed = key.seal(pack(positions(content), compress), canonical_header(header))
    envelope = {name: value for name, value in header.items() if value not in (None, [])}
    return envelope | {"sealed": base64url(sealed), "digest": digest_of(header, sealed)}


# ---- the line


class NoAnswer(Exception):
    """Nothing came, or it was not our server's answer. Nothing changes on the phone."""


class Refused(Exception):
    """Our server refused the whole request: {error, message}. No record's state changes."""

    def __init__(self, status: int, code: str, retry_after: int):
        super().__init__(f"{status} {code}")
        self.status, self.code, self.retry_after = status, code, retry_after


Line = Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


def http_line(port: int, timeout: float = 20) -> Line:
    """Return a line to a real server. Raises OSError or HTTPException when it breaks."""

    def send(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request(method, path, body or None, headers)
            with connection.getresponse() as answer:
                return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return send


# ---- the phone


@dataclass
class Kept:
    """A sealed record on the phone. `state`: waiting, or the status that the server answered."""

    envelope: dict[str, Any] = field(repr=False)
    state: str = "waiting"
    server_seq: int | None = None
    epoch: str | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)
    photo_sent: bool = False
    receipt_code: str | None = None

    @property
    def codes(self) -> list[str]:
        return [reason["code"] for reason in self.reasons]


class Phone:
    def __init__(self, line: Line, key: Key, device_id: str, token: str, author_id: str, next_seq: int = 1):
        self.line, self.key, self.device_id, self.token, self.author_id = line, key, device_id, token, author_id
        self.next_seq = next_seq
        self.outbox: dict[str, Kept] = {}
        self.photos: dict[str, bytes] = {}
        self.news: dict[str, dict[str, Any]] = {}
        self.epoch: str | None = None
        self.seen, self.after, self.server_time = 0, 0, None

    # Save = seal

    def save(
        self, content: dict[str, Any], *, kind: str = "create", parent: str | None = None, photo: bytes | None = None,
        compress: bool = True, **header: Any,
    ) -> str:  # fmt: skip
        """Seal a record, keep it, and return its id. `header` overrides single fields, for what a good phone never does."""
        record_id = header.pop("id", None) or uuid7()
        if kind == "create":
            content = {"receipt_code": make_receipt_code()} | content
        photos = [self.keep_photo(photo, record_id)] if photo else []
        fields = {
            "v": 1, "schema": "registration/1", "id": record_id, "kind": kind, "parent": parent, "device_id": self.device_id,
            "device_seq": self.next_seq, "author_id": self.author_id, "saved_at": moment(), "server_seen_at": self.server_time,
            "app": "1.0.0", "key_id": self.key.id, "photos": photos,
        }  # fmt: skip
        self.next_seq += 1
        envelope = seal_record(fields | header, content, self.key, compress)
        self.outbox[record_id] = Kept(envelope, receipt_code=content.get("receipt_code"))
        return record_id

    def keep_photo(self, photo: bytes, record_id: str) -> dict[str, Any]:
        sealed = self.key.seal(photo, photo_info(record_id, self.key.id))
        name = hashlib.sha256(sealed).hexdigest()
        self.photos[name] = sealed
        return {"sha256": name, "bytes": len(sealed)}

    # Calls

    def call(self, method: str, path: str, value: Any = None, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        """Return (status, the answer's object). Raise NoAnswer for whatever is not our server's, Refused for its refusals."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if value is not None:
            body = json.dumps(value).encode()
            sent["Content-Type"] = MEDIA_TYPE
            if len(body) > 400:
                body, sent["Content-Encoding"] = gzip.compress(body, 6), "gzip"
        try:
            status, told, data = self.line(method, path, sent | headers, body)
        except (OSError, http.client.HTTPException) as broken:
            raise NoAnswer(type(broken).__name__) from broken
        if not re.fullmatch(re.escape(MEDIA_TYPE) + r"(; ?charset=utf-8)?", told.get("content-type", ""), re.I):
            raise NoAnswer(f"{status} {told.get('content-type')}")
        try:
            answer = json.loads(data)
        except ValueError:
            raise NoAnswer("half a body") from None
        if not isinstance(answer, dict):
            raise NoAnswer("no object")
        if status >= 400 and status != 409:
            wait = told.get("retry-after", "0")
            raise Refused(status, str(answer.get("error")), int(wait) if wait.isdigit() else 0)
        return status, answer

    def sync(self) -> None:
        self.send()
        self.send_photos()
        self.read_news()

    def waiting(self) -> list[Kept]:
        return [kept for kept in self.outbox.values() if kept.state == "waiting"]

    def send(self) -> None:
        """Send each waiting record once, oldest first, at most 50 or 500,000 bytes at a time."""
        queue, old = self.waiting(), self.epoch
        while queue:
            size, some = 0, []
            while queue and len(some) < MOST_RECORDS and (not some or size + len(json.dumps(queue[0].envelope)) < MOST_BYTES):
                size += len(json.dumps(queue[0].envelope))
                some.append(queue.pop(0))
            self.send_some(some)
        if old and self.epoch != old:
            self.offer()

    def send_some(self, some: list[Kept]) -> None:
        body = {"epoch": self.epoch, "seen": self.seen, "records": [kept.envelope for kept in some]}
        try:
            _status, answer = self.call("POST", "/sync/batch", body)
        except Refused as refusal:
            if refusal.status != 413:
                raise
            if len(some) == 1:
                some[0].state, some[0].reasons = "invalid", [{"field": None, "code": "too_large"}]
                return
            half = len(some) // 2
            self.send_some(some[:half])
            self.send_some(some[half:])
            return
        self.take_answer(answer, some)

    def take_answer(self, answer: dict[str, Any], some: list[Kept]) -> None:
        self.take_head(answer)
        results = {(one.get("id"), one.get("digest")): one for one in answer["results"]}
        for kept in some:
            one = results.get((kept.envelope["id"], kept.envelope["digest"]))
            if one is None or one["status"] not in STATUSES or one["status"] == "retry":
                kept.reasons = one["reasons"] if one else []
                continue
            if one["status"] in STORED and not one["server_seq"]:
                continue
            kept.state, kept.reasons, kept.server_seq, kept.epoch = (
                one["status"],
                one["reasons"],
                one["server_seq"],
                answer["epoch"],
            )
            self.seen = max(self.seen, one["server_seq"] or 0)
            if kept.state == "gone":
                del self.outbox[kept.envelope["id"]]

    def take_head(self, answer: dict[str, Any]) -> None:
        if self.epoch != answer["epoch"]:
            self.seen, self.after = 0, 0
        self.epoch, self.server_time = answer["epoch"], answer["server_time"]

    def offer(self) -> dict[str, list[str]]:
        """Ask which kept records the server has; what is missing waits again."""
        kept = [one for one in self.outbox.values() if one.state != "waiting"]
        offered = [{"id": one.envelope["id"], "digest": one.envelope["digest"]} for one in kept]
        _status, answer = self.call("POST", "/sync/have", {"epoch": self.epoch, "records": offered})
        self.take_head(answer)
        for record_id in answer["missing"]:
            self.outbox[record_id] = Kept(self.outbox[record_id].envelope, receipt_code=self.outbox[record_id].receipt_code)
        for record_id in answer["gone"]:
            del self.outbox[record_id]
        return {name: answer[name] for name in ("missing", "stored", "backed_up", "gone")}

    def send_photos(self) -> None:
        for kept in self.outbox.values():
            for photo in kept.envelope.get("photos", []):
                if kept.state not in ("waiting", "conflict") and not kept.photo_sent:
                    kept.photo_sent = self.send_photo(photo["sha256"])
                    if kept.photo_sent and kept.state == "awaiting_photo":
                        kept.state = "accepted"

    def send_photo(self, name: str, part: int = PART) -> bool:
        sealed = self.photos[name]
        _status, answer = self.call("GET", f"/sync/photos/{name}")
        for _turn in range(30):
            if answer["sha256"] != name or answer["complete"]:
                return bool(answer["complete"])
            at = answer["offset"]
            path = f"/sync/photos/{name}?offset={at}&total={len(sealed)}"
            _status, answer = self.call("PUT", path, body=sealed[at : at + part], **{"Content-Type": "application/octet-stream"})
        return False

    def read_news(self) -> None:
        more = True
        while more:
            _status, answer = self.call("GET", f"/sync/inbox?after={self.after}")
            for item in answer["items"]:
                self.news[item["id"]] = item
            more, self.after = answer["more"] and answer["after"] > self.after, answer["after"]
