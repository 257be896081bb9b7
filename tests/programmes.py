"""Programmes for tests: places for all by default, and what a test wants otherwise."""

import datetime as dt

from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import Account
from sbt_pwa.records.programme import Programme

PROFILES = {"vulnerable": "bpu", "non_civil_servant": "sipp"}
MANY = 100_000


def make_programme(places=MANY, budget=10**12, category="vulnerable", regency="81.05", opened=True, **more) -> Programme:
    """A programme of two years that began with this year, so that places cost something whenever the tests run."""
    dewi = db.session.scalars(select(Account).where(Account.username == "dewi")).one()
    first = dt.date.today().replace(month=1, day=1)
    facts = {
        "name": f"Perlindungan {first.year}", "budget_year": first.year, "category": category, "insurances": ["JKK", "JKM"],
        "funding": "APBD", "start_on": first, "months": 24, "income_base_rupiah": 1_000_000,
        "profile_code": PROFILES[category], "by_id": dewi.id,
    }  # fmt: skip
    programme = Programme(**facts | more)
    db.session.add(programme)
    programme.allot(regency, places, budget)
    if opened:
        programme.open()
    db.session.commit()
    return programme


def close_programmes() -> None:
    """From here on an approval finds no place."""
    for programme in db.session.scalars(select(Programme)):
        programme.close()
    db.session.commit()
