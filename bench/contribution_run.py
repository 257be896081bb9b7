"""A month's run for 100,000 people against one bare INSERT ... SELECT of the same rows into the same table, in the same run.

Ours finds who is covered, reckons by sector of work, goes in steps that may be taken up after a fall, and counts the month.
Wall time, because PostgreSQL works in processes of its own; of several months, taken in turn, the shortest counts.
`python -m bench contribution_run`; SBT_BENCH_COUNT sets how many.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import Date, Uuid, insert, literal, select

from sbt_pwa.kit.db import db, now, uuid7
from sbt_pwa.kit.months import last_day, months_later
from sbt_pwa.kit.vault import vault
from sbt_pwa.records.contribution_month import Due, list_month, month_of
from sbt_pwa.records.job import do_next
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.rates import load_rates
from sbt_pwa.records.reference import occupations
from sbt_pwa.records.registration import Registration

from . import place, rows
from .effort import effort
from .result import Figure

COUNT = rows.count(100_000)
ROUNDS = 3
STEP = 5_000
FIRST = dt.date(2026, 1, 1)
MOST_TIMES, MOST_SECONDS, MOST_MEGABYTES = 4.0, 20.0, 40.0


def figures() -> list[Figure]:
    found = []
    for database in place.DATABASES:
        with place.fresh(database):
            load_rates()
            programme = fill(COUNT)
            months = iter(programme.month_list())
            taken = [(run(ours, programme, next(months)), run(bare, programme, next(months))) for _ in range(ROUNDS)]
            again = run(ours, programme, FIRST)[0]
            found += told(database, min(one for one, _bare in taken), min(other for _ours, other in taken), again)
    return found


def told(database: str, mine: tuple[float, float], other: tuple[float, float], again: float) -> list[Figure]:
    what, ratio = f"contribution run for {COUNT:,} people, {database}", mine[0] / other[0]
    against = f"x one bare INSERT … SELECT ({mine[0]:.1f} s against {other[0]:.1f} s)"
    return [
        Figure(what, ratio, against, f"at most {MOST_TIMES:.0f}", ratio <= MOST_TIMES),
        Figure(f"{what}, time", mine[0], "s", f"at most {MOST_SECONDS:.0f}", mine[0] <= MOST_SECONDS),
        Figure(f"{what}, once more with nothing new", again, "s", f"at most {MOST_SECONDS:.0f}", again <= MOST_SECONDS),
        Figure(f"{what}, memory", mine[1], "MB more at the peak", f"at most {MOST_MEGABYTES:.0f}", mine[1] <= MOST_MEGABYTES),
    ]


def run(work: Callable[[Programme, dt.date], None], programme: Programme, month: dt.date) -> tuple[float, float]:
    return effort(lambda: work(programme, month))


def ours(programme: Programme, month: dt.date) -> None:
    list_month(programme, month, place.account("dewi"))
    db.session.commit()
    while do_next():
        pass
    row = month_of(programme, month)
    if row is None or row.people != COUNT:
        raise RuntimeError(f"{row and row.people} of {COUNT} are due")
    db.session.commit()


def bare(programme: Programme, month: dt.date) -> None:
    told = (literal(programme.id, Uuid), literal(month, Date), Registration.id, literal(16_800))
    people = select(*told).where(Registration.programme_id == programme.id)
    names = ["programme_id", "month", "registration_id", "rupiah"]
    db.session.execute(insert(Due).from_select(names, people, include_defaults=False))
    db.session.commit()


def fill(count: int) -> Programme:
    """Members as wide as real ones; what a list to pay opens is sealed, and random bytes stand for the rest."""
    facts = {"name": "Bench", "budget_year": 2026, "category": "vulnerable", "insurances": ["JKK", "JKM"], "funding": "APBD"}
    facts |= {"start_on": FIRST, "months": 12, "income_base_rupiah": 1_000_000, "profile_code": "bpu"}
    programme = Programme(**facts, by_id=place.account("dewi").id, state="open")
    programme.allot("81.05", count, 10**12)
    db.session.add(programme)
    db.session.flush()
    chance, author, villages = random.Random(7), place.account("sari").id, place.villages()
    work = [code for code, one in occupations().items() if one.category != "non_civil_servant"]
    with rows.uncounted():
        for at in range(0, count, STEP):
            made = [_row(programme, author, chance, villages, work) for _ in range(min(STEP, count - at))]
            db.session.execute(insert(Registration.__table__), made)
            db.session.commit()
    rows.analyze()
    return programme


def _row(programme: Programme, author: Any, chance: random.Random, villages: list[str], work: list[str]) -> dict[str, Any]:
    row_id = uuid7()
    sealed: dict[str, Any] = {f"{name}_sealed": os.urandom(55) for name in ("nik", "phone", "workplace", "heir_name")}
    opened = vault.ring.seal_row("registration", row_id, {"name": "Nurlaila Kwairumaratu", "kpj": f"{row_id.int % 10**11:011}"})
    sealed |= {f"{name}_sealed": value for name, value in opened.items()} | {"id": row_id}
    facts = {"status": "active", "version": 4, "programme_id": programme.id, "committed_rupiah": 201_600}
    facts |= {"covered_from": FIRST, "covered_to": last_day(months_later(FIRST, 11))}
    village, occupation = chance.choice(villages), chance.choice(work)
    return rows.registration(village, now(), author, occupation=occupation, **sealed | facts)
