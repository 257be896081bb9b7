"""A regency's worth of invented entries with their events: poured in by the million, or written as a batch is."""

from __future__ import annotations

import datetime as dt
import os
import random
import time
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, select

from sbt_pwa.kit.db import db, uuid7
from sbt_pwa.records.account import Account
from sbt_pwa.records.counters import fold
from sbt_pwa.records.event import Event
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.reference import occupations
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.target import set_target

from . import place, rows
from .pour import pouring

STEP = 50_000
BATCH = 50
# The way to each status, and how many of a hundred stand there.
WAYS = {
    "submitted": [], "returned": ["returned"], "approved": ["approved"], "waitlisted": ["waitlisted"],
    "sent": ["approved", "sent"], "active": ["approved", "sent", "active"], "declined": ["approved", "sent", "declined"],
    "refused": ["refused"], "ended": ["approved", "sent", "active", "ended"],
}  # fmt: skip
WEIGHTS = [12, 5, 6, 2, 10, 55, 3, 3, 4]
STATUSES = list(WAYS)
NO_PLACE = ("submitted", "returned", "refused", "waitlisted")
BETWEEN = dt.timedelta(hours=20)  # from one move to the next
DAYS = 360
FIRST_ID = 0x19A_0000_0000  # the milliseconds in front of an id: each poured entry has its own
EVENT_COLUMNS = ("id", "registration_id", "kind", "by_id", "at", "reasons", "fields")


class Country:
    """Writes registrations with their events. The same seed, the same people."""

    def __init__(self) -> None:
        self.chance = random.Random(11)
        self.made = 0
        self.villages = place.villages()
        self.officers = [place.account(name).id for name in ("sari", "yusuf")]
        self.work = list(occupations())
        self.began = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(days=DAYS + 4)
        db.session.execute(insert(Account.__table__), [self._officer(number) for number in range(48)])
        self.officers += list(db.session.scalars(select(Account.id).where(Account.username.startswith("bench"))))
        demo_programmes()
        self.programmes = {p.category: p.id for p in db.session.scalars(select(Programme))}
        for village in self.villages:
            set_target(village, dt.datetime.now(dt.UTC).year, "vulnerable", 300, "bench")
        db.session.commit()

    def _officer(self, number: int) -> dict[str, Any]:
        at = dt.datetime.now(dt.UTC)
        return {
            "id": uuid7(), "made_at": at, "changed_at": at, "username": f"bench{number}", "name": f"Bench {number}",
            "role": "officer", "region_code": self.villages[number * 4][:8], "password_hash": "-", "is_demo": True,
            "is_active_account": True, "must_change_password": False, "failed_count": 0,
        }  # fmt: skip

    def fill(self, count: int) -> None:
        """Pour in `count` more. They are not counted yet."""
        usual = rows.registration(self.villages[0], self.began, self.officers[0])
        usual |= {"warnings": "[]", "confirmed": "[]"}
        with pouring() as pour:
            for first in range(0, count, STEP):
                made = [self._person() for _ in range(min(STEP, count - first))]
                told = [usual | person for person in made]
                pour.rows("registration", tuple(usual), (tuple(row.values()) for row in told))
                pour.rows("event", EVENT_COLUMNS, (event for person in made for event in self._events(person)))

    def _person(self) -> dict[str, Any]:
        """Return what differs from one entry to the next, as both databases take it."""
        village, status = self.chance.choice(self.villages), self.chance.choices(STATUSES, WEIGHTS)[0]
        began = self.began + dt.timedelta(seconds=self.chance.randrange(DAYS * 86_400))
        at, moved = str(began), str(began + BETWEEN * len(WAYS[status]))
        told = self._facts(status, began.date())
        told = {name: value.hex if isinstance(value, uuid.UUID) else value for name, value in told.items()}
        told |= {"id": self._id(), "made_at": at, "changed_at": at, "saved_at": at, "submitted_at": at, "consent_at": at}
        told |= {"nik_index": os.urandom(16), "person_index": os.urandom(16), "author_id": self._officer_of(village).hex}
        return told | {"status_at": moved, "district_code": village[:8], "village_code": village}

    def _id(self) -> str:
        self.made += 1
        return f"{FIRST_ID + self.made:012x}7000{self.chance.getrandbits(62) | 1 << 63:016x}"

    def _officer_of(self, village: str) -> uuid.UUID:
        return self.officers[self.villages.index(village) % len(self.officers)]

    def _facts(self, status: str, day: dt.date) -> dict[str, Any]:
        category = "non_civil_servant" if self.chance.random() < 0.1 else "vulnerable"
        placed, first = status not in NO_PLACE, day.replace(day=1)
        return {
            "status": status,
            "category": category,
            "occupation": self.chance.choice(self.work),
            "sex": self.chance.choice(("male", "female")),
            "birth_date": dt.date(1962, 1, 1) + dt.timedelta(days=self.chance.randrange(16_000)),
            "programme_id": self.programmes[category] if placed else None,
            "committed_rupiah": 201_600 if placed and status not in ("declined", "ended") else None,
            "covered_from": first if status == "active" else None,
            "covered_to": first + dt.timedelta(days=400) if status == "active" else None,
        }

    def _events(self, person: dict[str, Any]) -> Iterator[tuple[str, ...]]:
        began, entry, by = dt.datetime.fromisoformat(person["made_at"]), person["id"], person["author_id"]
        for number, kind in enumerate(("submitted", *WAYS[person["status"]])):
            yield f"{entry[:12]}8{number:03x}{entry[16:]}", entry, kind, by, str(began + BETWEEN * number), "[]", "[]"

    # ---- a phone's day, with all that is counted

    def write_batch(self, commit: bool = True) -> float:
        """Write a batch of new entries with one event each; return the seconds."""
        near, at = self.chance.sample(self.villages, 2), dt.datetime.now(dt.UTC)
        made = [self._new(self.chance.choice(near), at) for _ in range(BATCH)]
        told = {"kind": "submitted", "at": at, "reasons": [], "fields": []}
        events = [told | {"id": uuid7(), "registration_id": row["id"], "by_id": row["author_id"]} for row in made]
        began = time.perf_counter()
        db.session.execute(insert(Registration.__table__), made)
        db.session.execute(insert(Event.__table__), events)
        fold(db.session.connection())
        took = time.perf_counter() - began
        if commit:
            db.session.commit()
        return took

    def _new(self, village: str, at: dt.datetime) -> dict[str, Any]:
        return rows.registration(village, at, self._officer_of(village), **self._facts("submitted", at.date()))


def demo_programmes() -> None:
    from sbt_pwa.demo import make_programmes
    from sbt_pwa.records.rates import load_rates

    load_rates()
    make_programmes()
