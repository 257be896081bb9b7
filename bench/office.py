"""The office's first page and its account of people among many registrations: where everybody stands, and page by page.

`python -m bench office`; SBT_BENCH_COUNT sets how many, SBT_BENCH_DATABASE one of the two databases.
"""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections.abc import Iterator

from sqlalchemy import insert, select, update

from sbt_pwa.kit.db import db, now, uuid7
from sbt_pwa.records.event import Event
from sbt_pwa.records.ledger import BACK, gone_back_count, people_in, stage_counts
from sbt_pwa.records.programme import all_programmes, find_programme
from sbt_pwa.records.registration import Registration

from . import place, rows
from .country import Country
from .dashboard import count_anew
from .queue import sign_in, timed
from .result import Figure

COUNT = rows.count(100_000)
ROUNDS = 7
MOST = 60.0  # milliseconds at the median


def figures() -> Iterator[Figure]:
    for database in os.environ.get("SBT_BENCH_DATABASE", " ".join(place.DATABASES)).split():
        with place.fresh(database) as (app, _environ):
            app.config["RATELIMIT_ENABLED"] = False
            country = Country()
            country.fill(COUNT)
            send_back(COUNT // 100)
            count_anew()
            client = sign_in(app.test_client(), "dewi")
            median, _p95 = timed(client, "/exchange")
            yield _figure(f"the office's first page among {COUNT:,}, {database}", median)
            first = all_programmes()[0].id
            asked: dict[str, tuple[uuid.UUID | None, str]] = {
                "approved before, not now": (None, BACK), "the same of a programme": (first, BACK), "everybody": (None, ""),
                "members": (None, "active"), "members of a programme": (first, "active"),
            }  # fmt: skip
            for what, (programme_id, stage) in asked.items():
                median = took(programme_id, stage)
                yield _figure(f"people of {COUNT:,}, first page of {what}, {database}", median)


def took(programme_id: uuid.UUID | None, stage: str) -> float:
    """Return the median in milliseconds of finding a page of people and counting them."""
    times = []
    for _round in range(ROUNDS):
        db.session.rollback()
        db.session.expunge_all()
        began = time.perf_counter()
        programme = find_programme(programme_id) if programme_id else None
        people_in(programme, stage)
        stage_counts(programme), gone_back_count(programme)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def send_back(count: int) -> None:
    """Let some of those who returned have been approved before, half of them with a place."""
    ids = list(db.session.scalars(select(Registration.id).where(Registration.status == "returned").limit(count)))
    programme = all_programmes()[0]
    placed = update(Registration).where(Registration.id.in_(ids[::2])).values(programme_id=programme.id)
    db.session.execute(placed.execution_options(synchronize_session=False))
    told = {"at": now(), "reasons": [], "fields": []}
    kinds = {one: "approved" if number % 2 == 0 else "waitlisted" for number, one in enumerate(ids)}
    events = [told | {"id": uuid7(), "registration_id": one, "kind": kind} for one, kind in kinds.items()]
    db.session.execute(insert(Event.__table__), events)
    db.session.commit()


def _figure(what: str, median: float) -> Figure:
    return Figure(what, median, "ms median", f"at most {MOST:.0f}", median <= MOST)
