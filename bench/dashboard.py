"""The leaders' page over many registrations: page and district table, what counting adds to a batch, counting anew.

`python -m bench dashboard`; SBT_BENCH_COUNT sets how many (default 1,000,000).
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from typing import Any

from sqlalchemy import insert, select, text

from sbt_pwa.kit.db import db, uuid7
from sbt_pwa.records.account import Account
from sbt_pwa.records.counters import fold
from sbt_pwa.records.event import Event
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.recount import differences, rebuild
from sbt_pwa.records.reference import occupations
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.target import set_target

from . import place, rows
from .queue import sign_in, timed
from .result import Figure

COUNT = rows.count(1_000_000)
FEW = 1_000
STEP = 10_000
BATCH = 50
BATCHES = 40
ZONE = "Asia/Jayapura"
PAGES = {
    "whole page": "/oversee",
    "of a district": "/oversee/region/81.05.01",
    "district table sorted by name": "/oversee?sort=name",
}
# The way to each status, and how many of a hundred stand there.
WAYS = {
    "submitted": [], "returned": ["returned"], "approved": ["approved"], "waitlisted": ["waitlisted"],
    "sent": ["approved", "sent"], "active": ["approved", "sent", "active"], "declined": ["approved", "sent", "declined"],
    "refused": ["refused"], "ended": ["approved", "sent", "active", "ended"],
}  # fmt: skip
WEIGHTS = [12, 5, 6, 2, 10, 55, 3, 3, 4]


def figures() -> list[Figure]:
    found = []
    for database in place.DATABASES:
        with place.fresh(database) as (app, _environ):
            app.config["RATELIMIT_ENABLED"] = False
            maker = Maker()
            client = sign_in(app.test_client(), "agus")
            maker.fill(FEW)
            small = {name: timed(client, path)[0] for name, path in PAGES.items()}
            maker.fill(COUNT - maker.made)
            client = sign_in(app.test_client(), "agus")  # filling takes longer than a session may stand idle
            for name, path in PAGES.items():
                median, p95 = timed(client, path)
                ratio = median / small[name]
                unit = f"ms median (p95 {p95:.1f}; {ratio:.2f} x the {small[name]:.1f} with {FEW:,})"
                what = f"leaders' page of {COUNT:,}, {name}, {database}"
                found.append(Figure(what, median, unit, "at most 1.5 x", ratio <= 1.5))
            what = f"what counting adds to a batch of {BATCH} entries, {database}"
            found.append(Figure(what, batch_cost(maker), "ms", ""))
            found += anew(database)
    return found


def batch_cost(maker: Maker) -> float:
    """Return the milliseconds that the triggers add to writing a batch: with them, and with them dropped in the same breath."""
    with_counting = statistics.median(maker.write_batch() for _ in range(BATCHES))
    drops = _drops()
    for drop in drops:
        db.session.execute(text(drop))
    without = statistics.median(maker.write_batch(commit=False) for _ in range(BATCHES))
    db.session.rollback()
    return (with_counting - without) * 1000


def _drops() -> list[str]:
    if db.engine.dialect.name == "sqlite":
        names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'coverage_*'")
        return [f"DROP TRIGGER {name}" for name in db.session.scalars(names)]
    parts = [(table, what) for table in ("registration", "event") for what in ("in", "out", "again")]
    return [f"DROP TRIGGER coverage_{table}_{what} ON {table}" for table, what in parts]


def anew(database: str) -> list[Figure]:
    """Count everything anew, and hold the counters against the rows."""
    events = db.session.scalar(select(db.func.count()).select_from(Event)) or 1
    began = time.perf_counter()
    rebuild(ZONE)
    db.session.commit()
    took = time.perf_counter() - began
    wrong = differences(ZONE)
    db.session.rollback()
    return [
        Figure(f"counting anew, {database} ({events:,} events)", took * 1_000_000 / events, "s a million events", ""),
        Figure(f"counters that differ afterwards, {database}", len(wrong), "", "0", not wrong),
    ]


class Maker:
    """Writes registrations with their events straight into the tables."""

    def __init__(self) -> None:
        self.chance = random.Random(11)
        self.made = 0
        self.villages = place.villages()
        self.officers = [place.account(name).id for name in ("sari", "yusuf")]
        self.work = list(occupations())
        self.began = dt.datetime.now(dt.UTC) - dt.timedelta(days=365)
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
        with rows.uncounted():
            while count > 0:
                self._write(min(STEP, count))
                db.session.commit()
                count -= STEP
        rebuild(ZONE)
        db.session.commit()
        rows.analyze()

    def write_batch(self, commit: bool = True) -> float:
        """Write a batch of new entries with one event each; return the seconds."""
        near = self.chance.sample(self.villages, 2)  # a phone's day
        made = [self._row("submitted", near) for _ in range(BATCH)]
        events = [event for row in made for event in self._events(row, "submitted")]
        began = time.perf_counter()
        db.session.execute(insert(Registration.__table__), made)
        db.session.execute(insert(Event.__table__), events)
        fold(db.session.connection())
        took = time.perf_counter() - began
        if commit:
            db.session.commit()
        return took

    def _write(self, count: int) -> None:
        statuses = self.chance.choices(list(WAYS), WEIGHTS, k=count)
        made = [self._row(status) for status in statuses]
        db.session.execute(insert(Registration.__table__), made)
        told = [event for row in made for event in self._events(row, row["status"])]
        db.session.execute(insert(Event.__table__), told)

    def _row(self, status: str, villages: list[str] | None = None) -> dict[str, Any]:
        self.made += 1
        village = self.chance.choice(villages or self.villages)
        category = "non_civil_servant" if self.chance.random() < 0.1 else "vulnerable"
        at = self.began + dt.timedelta(days=self.chance.random() * 364)
        placed = status not in ("submitted", "returned", "refused", "waitlisted")
        first = at.date().replace(day=1)
        facts: dict[str, Any] = {"status": status, "category": category}
        facts |= {"occupation": self.chance.choice(self.work), "sex": self.chance.choice(["male", "female"])}
        facts["birth_date"] = dt.date(1962, 1, 1) + dt.timedelta(days=self.chance.randrange(16_000))
        if placed:
            facts["programme_id"] = self.programmes[category]
        if placed and status not in ("declined", "ended"):
            facts["committed_rupiah"] = 201_600
        if status == "active":
            facts |= {"covered_from": first, "covered_to": first + dt.timedelta(days=400)}
        return rows.registration(village, at, self.officers[self.villages.index(village) % len(self.officers)], **facts)

    def _events(self, row: dict[str, Any], status: str) -> list[dict[str, Any]]:
        told = {"registration_id": row["id"], "by_id": row["author_id"], "reasons": [], "fields": []}
        kinds = ["submitted", *WAYS[status]]
        return [
            told | {"id": uuid7(), "kind": kind, "at": row["made_at"] + dt.timedelta(hours=20 * n)}
            for n, kind in enumerate(kinds)
        ]


def demo_programmes() -> None:
    from sbt_pwa.demo import make_programmes
    from sbt_pwa.records.rates import load_rates

    load_rates()
    make_programmes()
