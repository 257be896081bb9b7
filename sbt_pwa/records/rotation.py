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
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from ..kit.db import db
from ..kit.photos import photo_store
from ..kit.vault import KeyTrouble, Sealed, new_sealing_key, new_symmetric_key, vault, write_key_file
from .answer import AnswerFile, AnswerRow
from .batch import BatchRow
from .envelope import Envelope, receipt_code_of
from .event import Event
from .payment import Payment
from .photo import PLACE, Photo
from .registration import Registration
from .worker import NameWord, person_text, word_indexes

STEP = 200
# The tables with sealed values, but for registrations, and what their rows are told apart by.
SEALED = {Event: Event.seq, BatchRow: BatchRow.id, AnswerFile: AnswerFile.id, AnswerRow: AnswerRow.id, Payment: Payment.id}
KEEP_SEALING = dt.timedelta(days=400)
PAUSE = 6  # seconds in which requests that began under an older ring end; a writer waits for SQLite for up to 5


def rotate(key_file: Path | None) -> Iterator[str]:
    """Yield one line for each thing done. Raise KeyTrouble when the keys do not lie in a file."""
    if key_file is None:
        raise KeyTrouble("The keys come from SBT_KEYS. Put them into a file to change them: SBT_KEY_FILE.")
    raw = _raw()
    if len(raw["data"]) == 1 and len(raw["index"]) == 1:
        for kind in ("data", "index"):
            raw[kind].insert(0, new_symmetric_key(raw[kind][0]["id"] + 1))
        raw["sealing"].append(new_sealing_key(str(int(raw["sealing"][-1]["id"]) + 1)))
        _write(key_file, raw)
        yield "New keys are in the key file. Keep a copy of it before you go on."
    else:
        yield "Going on where the last run stopped."
    time.sleep(PAUSE)  # until everybody can read by the new keys; the last in the file is the one that is written by
    for kind in ("data", "index"):
        raw[kind].sort(key=lambda key: key["id"])
    _write(key_file, raw)
    time.sleep(PAUSE)  # until nobody writes by the old ones
    while moved := sum(1 for _row in _registrations()) + sum(_sealed_rows(model) for model in SEALED) + _photos() + _receipts():
        yield f"{moved} values are under the new keys."
    raw["data"], raw["index"] = raw["data"][-1:], raw["index"][-1:]
    raw["sealing"] = _still_needed(raw["sealing"])
    _write(key_file, raw)
    yield "The old keys are out of the key file."


def _still_needed(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Phones seal to the key they know, for 400 days after it was replaced; and kept envelopes hold the receipt codes."""
    oldest = (dt.datetime.now(dt.UTC) - KEEP_SEALING).date().isoformat()
    used = set(db.session.scalars(select(Envelope.key_id).distinct()))
    db.session.rollback()
    return [key for key, following in pairwise(keys) if following["made_on"] >= oldest or key["id"] in used] + keys[-1:]


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
            nik_index = ring.blind("nik", entry.nik)
            if not _seal_anew(entry) and entry.nik_index == nik_index:
                continue
            entry.nik_index = nik_index
            entry.kpj_index = ring.blind("kpj", entry.kpj) if entry.kpj else None
            entry.person_index = ring.blind("person", person_text(entry.name, entry.birth_date.isoformat()))
            db.session.execute(delete(NameWord).where(NameWord.registration_id == entry.id))
            db.session.add_all(NameWord(word=word, registration_id=entry.id) for word in word_indexes(entry.name))
            yield entry


def _sealed_rows(model: Any) -> int:
    """Write the sealed values of a table anew; return how many rows had any under an older key."""
    count = 0
    for rows in _steps(model, SEALED[model]):
        for row in rows:
            count += _seal_anew(row) | _index_anew(row)
    return count


def _index_anew(row: Any) -> bool:
    """A row of a batch holds the blind index of its person's NIK."""
    if not isinstance(row, BatchRow) or row.nik_index == row.registration.nik_index:
        return False
    row.nik_index = row.registration.nik_index
    return True


def _seal_anew(row: Any) -> bool:
    """Write the row's values that are under an older key anew; say whether there were any."""
    newest = vault.ring.data_id.to_bytes(2, "big")
    names = [name for kind in type(row).__mro__ for name, value in vars(kind).items() if isinstance(value, Sealed)]
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
            if row.receipt_index and row.receipt_index != (index := vault.ring.blind("receipt", receipt_code_of(row))):
                row.receipt_index = index
                count += 1
    return count
