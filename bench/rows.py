"""Registrations as rows, written straight into the tables: as many as a bench wants, in seconds and not in hours."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from sbt_pwa.kit.db import db, uuid7
from sbt_pwa.kit.vault import vault
from sbt_pwa.records.registration import CALM
from sbt_pwa.records.worker import person_text

COUNTED = ("registration", "event")


def count(usual: int) -> int:
    """Return how many a bench measures with: SBT_BENCH_COUNT, or what is usual."""
    return int(os.environ.get("SBT_BENCH_COUNT", usual))


def registration(village: str, at: dt.datetime, author_id: uuid.UUID, **told: Any) -> dict[str, Any]:
    """Return a row of an entry that came in at `at`. What is not told is as usual, and sealed or blind by random bytes."""
    usual = {
        "id": uuid7(), "made_at": at, "changed_at": at, "status": "submitted", "status_at": at, "version": 1,
        "author_id": author_id, "saved_at": at, "submitted_at": at, "consent_at": at,
        "category": "vulnerable", "district_code": village[:8], "village_code": village, "occupation": "fisher", "sex": "male",
        "birth_date": dt.date(1980, 1, 1), "nik_sealed": b"-", "name_sealed": b"-",
        "nik_index": os.urandom(16), "person_index": os.urandom(16), "warnings": [], "confirmed": [], "rank": CALM,
        "programme_id": None, "committed_rupiah": None, "covered_from": None, "covered_to": None,
    }  # fmt: skip
    return usual | told


def sealed(row_id: uuid.UUID, person: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return these answers of a person as columns hold them, and the indexes by which the person is found."""
    ring, told = vault.ring, {name: person.get(name) for name in names}
    columns = ring.seal_row("registration", row_id, {name: str(value) if value else None for name, value in told.items()})
    blind = {
        "id": row_id,
        "nik_index": ring.blind("nik", person["nik"]),
        "person_index": ring.blind("person", person_text(person["name"], person["birth_date"])),
    }
    return blind | {f"{name}_sealed": value for name, value in columns.items()}


@contextmanager
def uncounted() -> Iterator[None]:
    """Write past the triggers, which count row by row: whoever wants the counters counts once, afterwards."""
    sqlite = db.engine.dialect.name == "sqlite"
    triggers = db.session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all() if sqlite else []
    off = [f"DROP TRIGGER {name}" for name, _sql in triggers] or [f"ALTER TABLE {t} DISABLE TRIGGER USER" for t in COUNTED]
    on = [sql for _name, sql in triggers] or [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in COUNTED]
    for statement in off:
        db.session.execute(text(statement))
    db.session.commit()
    yield
    for statement in on:
        db.session.connection().exec_driver_sql(statement)
    db.session.commit()


def analyze() -> None:
    """Let the database tend what was written, as it does by itself in time: PostgreSQL then answers from its indexes alone."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.exec_driver_sql("ANALYZE")
    else:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
