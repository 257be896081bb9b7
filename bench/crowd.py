"""100,000 registrations written straight into the tables: as many as a queue page has to stay quick with."""

from __future__ import annotations

import datetime as dt
import random

from sqlalchemy import insert

from sbt_pwa.kit.db import db, uuid7
from sbt_pwa.kit.vault import vault
from sbt_pwa.records.event import Event
from sbt_pwa.records.names import name_words
from sbt_pwa.records.registration import Registration, rank_of
from sbt_pwa.records.worker import NameWord

from . import place, rows
from .people import people

STEP = 5_000
SEALED = ("nik", "name", "phone", "address", "workplace")
# Three quarters wait in the one district of the supervisor who is measured: worse than a regency will ever see.
STATUSES = ["submitted"] * 14 + ["held"] + ["returned"] * 2 + ["approved", "active", "refused"]
WARNINGS = [[]] * 12 + [["nik_other_region"]] * 4 + [["nik_birth_date_differs"]] * 2 + [["age_near_limit"], ["same_person"]]


def fill(count: int) -> None:
    """Write `count` registrations of the district Bula, by two officers, over the last 60 days."""
    chance = random.Random(7)
    ring = vault.ring
    authors = [place.account("sari").id, place.account("yusuf").id]
    villages = [code for code in place.villages() if code.startswith("81.05.01.")]
    words: dict[str, bytes] = {}
    began = dt.datetime.now(dt.UTC) - dt.timedelta(days=60)
    for first in range(0, count, STEP):
        made, events, name_rows = [], [], []
        for number, person in enumerate(people(min(STEP, count - first), villages, seed=first), first):
            row_id, at = uuid7(), began + dt.timedelta(seconds=number * 60 * 86_400 / count)
            status = chance.choice(STATUSES)
            warnings = ["same_nik"] if status == "held" else chance.choice(WARNINGS)
            person["nik"] = f"8105{number // 10_000:02}{person['nik'][6:12]}{number % 10_000:04}"
            told = {name: person[name] for name in ("category", "occupation", "sex")} | rows.sealed(row_id, person, SEALED)
            told |= {"status": status, "warnings": warnings, "rank": rank_of(warnings)}
            told["birth_date"] = dt.date.fromisoformat(person["birth_date"])
            made.append(rows.registration(person["village"], at, authors[chance.random() < 0.2], **told))
            events.append(
                {
                    "id": uuid7(),
                    "registration_id": row_id,
                    "kind": status,
                    "by_id": made[-1]["author_id"],
                    "at": at,
                    "reasons": [],
                    "fields": [],
                    "note_sealed": None,
                }
            )
            for word in name_words(person["name"]):
                name_rows.append({"word": words.setdefault(word, ring.blind("word", word)), "registration_id": row_id})
        db.session.execute(insert(Registration.__table__), made)
        db.session.execute(insert(Event.__table__), events)
        db.session.execute(insert(NameWord.__table__), name_rows)
        db.session.commit()
    rows.analyze()
