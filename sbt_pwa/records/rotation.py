"""New keys for old values: written anew in small steps, so that it may be stopped, killed and run again.

The key file holds both keys meanwhile, newest last. Values name their key, so every step leaves all of them readable.
Blind indexes are looked up under both keys until the last row has moved; sealing keys stay for 400 days, because phones
seal to the one they know.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from ..kit.db import db
from ..kit.photos import photo_store
from ..kit.vault import KeyTrouble, Sealed, new_sealing_key, new_symmetric_key, vault, write_key_file
from .envelope import Envelope
from .event import Event
from .intake import receipt_code_of
from .photo import PLACE, Photo
from .registration import NameWord, Registration, person_text, word_indexes

STEP = 200
KEEP_SEALING = dt.timedelta(days=400)
PAUSE = 0.5  # seconds in which requests that began under the old ring end


def rotate(key_file: Path | None) -> Iterator[str]:
    """Yield one line for each thing done. Raise KeyTrouble when the keys do not lie in a file."""
    if key_file is None:
        raise KeyTrouble("The keys come from SBT_KEYS. Put them into a file to change them: SBT_KEY_FILE.")
    raw = _raw()
    if len(raw["data"]) == 1 and len(raw["index"]) == 1:
        raw["data"].append(new_symmetric_key(raw["data"][-1]["id"] + 1))
        raw["index"].append(new_symmetric_key(raw["index"][-1]["id"] + 1))
        raw["sealing"].append(new_sealing_key(str(int(raw["sealing"][-1]["id"]) + 1)))
        _write(key_file, raw)
        yield "New keys are in the key file. Keep a copy of it before you go on."
        time.sleep(PAUSE)
    else:
        yield "Going on where the last run stopped."
    moved = sum(1 for _row in _registrations()) + sum(1 for _row in _events())
    yield f"{moved} rows and {_photos()} photos are under the new keys; {_receipts()} receipt codes are indexed anew."
    raw = _raw()
    raw["data"], raw["index"] = raw["data"][-1:], raw["index"][-1:]
    oldest = (dt.datetime.now(dt.UTC) - KEEP_SEALING).date().isoformat()
    raw["sealing"] = [k for k in raw["sealing"][:-1] if k["made_on"] >= oldest] + raw["sealing"][-1:]
    _write(key_file, raw)
    yield "The old keys are out of the key file."


def _raw() -> dict[str, Any]:
    return json.loads(json.dumps(vault.ring.raw))


def _write(key_file: Path, raw: dict[str, Any]) -> None:
    write_key_file(key_file, raw)
    vault.refresh()


def _steps(model: Any, key: Any) -> Iterator[list[Any]]:
    """Yield the rows in steps, each its own transaction."""
    last = None
    while True:
        query = select(model).order_by(key).limit(STEP).with_for_update()
        rows = list(db.session.scalars(query.where(key > last) if last is not None else query))
        if not rows:
            db.session.commit()
            return
        last = getattr(rows[-1], key.key)
        yield rows
        db.session.commit()


def _registrations() -> Iterator[Registration]:
    ring = vault.ring
    for rows in _steps(Registration, Registration.id):
        for entry in rows:
            if not _seal_anew(entry):
                continue
            entry.nik_index = ring.blind("nik", entry.nik)
            entry.person_index = ring.blind("person", person_text(entry.name, entry.birth_date.isoformat()))
            db.session.execute(delete(NameWord).where(NameWord.registration_id == entry.id))
            db.session.add_all(NameWord(word=word, registration_id=entry.id) for word in word_indexes(entry.name))
            yield entry


def _events() -> Iterator[Event]:
    for rows in _steps(Event, Event.seq):
        yield from (row for row in rows if _seal_anew(row))


def _seal_anew(row: Any) -> bool:
    """Write the row's values that are under an older key anew; say whether there were any."""
    newest = vault.ring.data_id.to_bytes(2, "big")
    names = [name for name, value in vars(type(row)).items() if isinstance(value, Sealed)]
    old = [name for name in names if (stored := getattr(row, f"{name}_sealed")) and stored[:2] != newest]
    for name in old:
        setattr(row, name, getattr(row, name))
    return bool(old)


def _photos() -> int:
    """A photo's file is replaced whole, so a kill leaves the old one or the new one."""
    count = 0
    newest = vault.ring.data_id.to_bytes(2, "big")
    for sha256 in db.session.scalars(select(Photo.sha256).where(Photo.state == "stored")).all():
        stored = photo_store().get(sha256)
        if stored[:2] != newest:
            place = PLACE + sha256.encode()
            photo_store().put(sha256, vault.ring.seal(vault.ring.open(stored, place), place))
            count += 1
    db.session.rollback()
    return count


def _receipts() -> int:
    """Receipt codes are kept nowhere but in the envelopes, so those are opened."""
    count = 0
    for rows in _steps(Envelope, Envelope.server_seq):
        for row in rows:
            if row.receipt_index:
                row.receipt_index = vault.ring.blind("receipt", receipt_code_of(row))
                count += 1
    return count
