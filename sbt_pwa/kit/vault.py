"""Encrypted columns and blind indexes, with keys that live outside the database.

A stored value is: key id (2 bytes, big endian), nonce (12), AES-256-GCM ciphertext and tag. The place of the value
(table, row, column) is its additional data, so a value copied to another row or column does not open.
A blind index is the first 16 bytes of HMAC-SHA256 under an index key: equal values can be found, nothing can be read.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from flask import Flask, current_app

NONCE = 12
INDEX_BYTES = 16


class KeyTrouble(Exception):
    """Keys are missing, unreadable or open to others; the message says what to do."""


class Unreadable(Exception):
    """A stored value does not open: its key is gone, or it was changed or moved."""


@dataclass(frozen=True)
class KeyRing:
    """All keys, oldest first; the last of each kind is the one that new values get."""

    secret_key: str = field(repr=False)
    data: dict[int, AESGCM] = field(repr=False)
    index: dict[int, HMAC] = field(repr=False)  # begun with its key, to be copied: a third of the time of beginning anew
    sealing: dict[str, ec.EllipticCurvePrivateKey] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def data_id(self) -> int:
        return next(reversed(self.data))

    @property
    def sealing_id(self) -> str:
        return next(reversed(self.sealing))

    def seal(self, plain: bytes, place: bytes) -> bytes:
        key_id = self.data_id
        nonce = os.urandom(NONCE)
        return key_id.to_bytes(2, "big") + nonce + self.data[key_id].encrypt(nonce, plain, place)

    def seal_row(self, table: str, row_id: uuid.UUID, values: Mapping[str, str | None]) -> dict[str, bytes | None]:
        """Seal the values of one row by column, each as `seal` does, and nothing for what is None or empty.

        For batches: key, place and randomness are fetched once for a row, which halves what its dozen values cost.
        """
        key, key_id, place = self.data[self.data_id], self.data_id.to_bytes(2, "big"), place_of(table, row_id, "")
        random, sealed = os.urandom(NONCE * len(values)), dict[str, bytes | None]()
        for number, (column, value) in enumerate(values.items()):
            nonce = random[number * NONCE : (number + 1) * NONCE]
            sealed[column] = key_id + nonce + key.encrypt(nonce, value.encode(), place + column.encode()) if value else None
        return sealed

    def open(self, stored: bytes, place: bytes) -> bytes:
        """Raise Unreadable when the key is gone or the value was changed or moved."""
        key = self.data.get(int.from_bytes(stored[:2], "big"))
        if key is None:
            raise Unreadable(f"no key {int.from_bytes(stored[:2], 'big')}")
        try:
            return key.decrypt(stored[2 : 2 + NONCE], stored[2 + NONCE :], place)
        except (InvalidTag, ValueError):  # ValueError: cut so short that not even the nonce is whole
            raise Unreadable("changed, or from another place") from None

    def blind(self, kind: str, value: str) -> bytes:
        """Return the index value that new rows get."""
        return self._blind(next(reversed(self.index)), kind, value)

    def blinds(self, kind: str, value: str) -> list[bytes]:
        """Return the index values under every key in use: what to look for while keys are being changed."""
        return [self._blind(key_id, kind, value) for key_id in self.index]

    def _blind(self, key_id: int, kind: str, value: str) -> bytes:
        keyed = self.index[key_id].copy()
        keyed.update(f"{kind}|{value}".encode())
        return keyed.finalize()[:INDEX_BYTES]


def new_key_file() -> dict[str, Any]:
    """Return the contents of a fresh key file."""
    return {
        "secret_key": secrets.token_urlsafe(48),
        "data": [new_symmetric_key(1)],
        "index": [new_symmetric_key(1)],
        "sealing": [new_sealing_key("1")],
    }


def new_symmetric_key(key_id: int) -> dict[str, Any]:
    return {"id": key_id, "key": base64.b64encode(secrets.token_bytes(32)).decode(), "made_on": _today()}


def new_sealing_key(key_id: str) -> dict[str, Any]:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return {"id": key_id, "key": base64.b64encode(number.to_bytes(32, "big")).decode(), "made_on": _today()}


def _today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def read_ring(text: str) -> KeyRing:
    """Raise KeyTrouble when the JSON is not a key file."""
    try:
        raw = json.loads(text)
        return KeyRing(
            secret_key=raw["secret_key"],
            data={k["id"]: AESGCM(base64.b64decode(k["key"])) for k in raw["data"]},
            index={k["id"]: HMAC(base64.b64decode(k["key"]), SHA256()) for k in raw["index"]},
            sealing={k["id"]: _private(base64.b64decode(k["key"])) for k in raw["sealing"]},
            raw=raw,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise KeyTrouble("The keys cannot be read. Put the key file back from its safe copy.") from error


def _private(number: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1())


def write_key_file(path: Path, raw: Mapping[str, Any]) -> None:
    """Write the key file whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(raw, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Vault:
    """The app's key ring, read again when the key file changes (a rotation by another process)."""

    def init_app(self, app: Flask) -> None:
        app.extensions["vault"] = {"stamp": None, "ring": None}
        app.before_request(self.refresh)

    @property
    def ring(self) -> KeyRing:
        state = current_app.extensions["vault"]
        if state["ring"] is None:
            self.refresh()
        return state["ring"]

    def refresh(self) -> None:
        """Raise KeyTrouble when there are no keys, or when others may read them."""
        state = current_app.extensions["vault"]
        if current_app.config["SBT_KEYS"]:
            if state["ring"] is None:
                self._take(read_ring(current_app.config["SBT_KEYS"]))
            return
        path: Path = current_app.config["SBT_KEY_FILE"]
        try:
            stat = path.stat()
        except FileNotFoundError:
            raise KeyTrouble(f"No keys at {path}. Make them once with: flask --app app keys make") from None
        if stat.st_mode & 0o077:
            raise KeyTrouble(f"Others may read {path}. Close it with: chmod 600 {path}")
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != state["stamp"]:
            self._take(read_ring(path.read_text()))
            state["stamp"] = stamp

    def _take(self, ring: KeyRing) -> None:
        current_app.extensions["vault"]["ring"] = ring
        current_app.config["SECRET_KEY"] = ring.secret_key


vault = Vault()


class Sealed:
    """A text attribute whose column holds it encrypted: `nik = Sealed()` beside `nik_sealed: Mapped[bytes | None]`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"
        self.name = name

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        stored = getattr(row, self.column)
        return None if stored is None else vault.ring.open(stored, place_of(row.__tablename__, row.id, self.name)).decode()

    def __set__(self, row: Any, value: str | None) -> None:
        place = place_of(row.__tablename__, row.id, self.name)
        setattr(row, self.column, vault.ring.seal(str(value).encode(), place) if value not in (None, "") else None)


def place_of(table: str, row_id: uuid.UUID, column: str) -> bytes:
    """Return what a value is bound to."""
    return b"%b|%b|%b" % (table.encode(), row_id.bytes, column.encode())
