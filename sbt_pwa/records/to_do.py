"""What can be done in a region now: who waits for a correction, and where nobody has been.

Counted for the account that asks: what lies out of its region is not counted.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func, select

from ..kit.db import db
from .account import Account
from .counters import FlowCount
from .region import covers, known_regions, level_of
from .registration import Registration, lies_in, seen_by

WEEKS_WITHOUT = 4


def returned_by_officer(account: Account, region: str) -> list[tuple[uuid.UUID, str, int]]:
    """Return (id, name, how many) of the officers whose entries wait to be put right, the most in front.

    It reads the entries themselves through an index, so it is for a district or a village; a regency reads the counters.
    """
    count = func.count()
    query = select(Account.id, Account.name, count).join(Registration, Registration.author_id == Account.id)
    query = query.where(Registration.status == "returned", lies_in(region, Registration), seen_by(account, Registration))
    query = query.group_by(Account.id, Account.name).order_by(count.desc(), Account.name)
    return [(one, name, n) for one, name, n in db.session.execute(query)]


def first_week_without(today: dt.date) -> dt.date:
    """Return the Monday from which on a visit counts as one of the last month."""
    return today - dt.timedelta(days=today.weekday(), weeks=WEEKS_WITHOUT)


def villages_without_visit(account: Account, region: str, today: dt.date) -> list[str]:
    """Return the codes of the villages in which nobody has been registered for a month."""
    of, everywhere = FlowCount, known_regions()
    codes = sorted(code for code in everywhere if level_of(code) == "village" and covers(region, code) and account.sees(code))
    been = select(of.region_code).where(of.region_code.in_(codes), of.kind == "registered", of.week >= first_week_without(today))
    visited = set(db.session.scalars(been.group_by(of.region_code).having(func.sum(of.n) > 0)))
    return [code for code in codes if code not in visited]


def unvisited_in(account: Account, region: str, today: dt.date) -> list[tuple[str, dt.date | None]]:
    """Return those villages with the Monday of the last week in which somebody was registered there, the longest ago in front."""
    codes, of = villages_without_visit(account, region, today), FlowCount
    weeks = select(of.region_code, of.week).where(of.region_code.in_(codes), of.kind == "registered")
    weeks = weeks.group_by(of.region_code, of.week).having(func.sum(of.n) > 0)
    last: dict[str, dt.date] = {}
    for code, week in db.session.execute(weeks):
        last[code] = max(week, last.get(code, week))
    return [(code, last.get(code)) for code in sorted(codes, key=lambda code: (last.get(code, dt.date.min), code))]
