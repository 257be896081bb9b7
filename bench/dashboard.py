"""The leaders' page over many registrations: page and district table, what counting adds to a batch, counting anew.

`python -m bench dashboard`; SBT_BENCH_COUNT sets how many (default 1,000,000), SBT_BENCH_DATABASE one of the two databases.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator

from sqlalchemy import select, text

from sbt_pwa.kit.db import db
from sbt_pwa.records.event import Event
from sbt_pwa.records.recount import differences, rebuild

from . import place, rows
from .country import BATCH, Country
from .queue import sign_in, timed
from .result import Figure

COUNT = rows.count(1_000_000)
FEW = 1_000
BATCHES = 40
GOAL = 1.5  # times the page with FEW, at the median
ZONE = "Asia/Jayapura"
PAGES = {
    "whole page": "/oversee",
    "of a district": "/oversee/region/81.05.01",
    "district table sorted by name": "/oversee?sort=name",
}


def figures() -> Iterator[Figure]:
    for database in os.environ.get("SBT_BENCH_DATABASE", " ".join(place.DATABASES)).split():
        with place.fresh(database) as (app, _environ):
            app.config["RATELIMIT_ENABLED"] = False
            country = Country()
            country.fill(FEW)
            count_anew()
            client = sign_in(app.test_client(), "agus")
            small = {name: timed(client, path)[0] for name, path in PAGES.items()}
            began = time.perf_counter()
            country.fill(COUNT - country.made)
            yield Figure(f"pouring in {COUNT:,}, {database}", time.perf_counter() - began, "s", "")
            yield counted_anew(database)
            client = sign_in(app.test_client(), "agus")  # filling takes longer than a session may stand idle
            for name, path in PAGES.items():
                median, p95 = timed(client, path)
                ratio = median / small[name]
                unit = f"ms median (p95 {p95:.1f}; {ratio:.2f} x the {small[name]:.1f} with {FEW:,})"
                what = f"leaders' page of {COUNT:,}, {name}, {database}"
                yield Figure(what, median, unit, f"at most {GOAL} x", ratio <= GOAL)
            what = f"what counting adds to a batch of {BATCH} entries, {database}"
            yield Figure(what, batch_cost(country), "ms", "")
            wrong = differences(ZONE)
            db.session.rollback()
            yield Figure(f"counters that differ after the batches, {database}", len(wrong), "", "0", not wrong)


def counted_anew(database: str) -> Figure:
    events = db.session.scalar(select(db.func.count()).select_from(Event)) or 1
    began = time.perf_counter()
    count_anew()
    took = time.perf_counter() - began
    return Figure(f"counting anew, {database} ({events:,} events)", took * 1_000_000 / events, "s a million events", "")


def count_anew() -> None:
    rebuild(ZONE)
    db.session.commit()
    rows.analyze()


def batch_cost(country: Country) -> float:
    """Return the milliseconds that the triggers add to writing a batch: with them, and with them dropped in the same breath."""
    with_counting = statistics.median(country.write_batch() for _ in range(BATCHES))
    drops = _drops()
    for drop in drops:
        db.session.execute(text(drop))
    without = statistics.median(country.write_batch(commit=False) for _ in range(BATCHES))
    db.session.rollback()
    return (with_counting - without) * 1000


def _drops() -> list[str]:
    if db.engine.dialect.name == "sqlite":
        names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'coverage_*'")
        return [f"DROP TRIGGER {name}" for name in db.session.scalars(names)]
    parts = [(table, what) for table in ("registration", "event") for what in ("in", "out", "again")]
    return [f"DROP TRIGGER coverage_{table}_{what} ON {table}" for table, what in parts]
