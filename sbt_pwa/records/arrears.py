"""Arrears: months that are over and not paid. Whoever owes for longer than the grace months falls out; the office ends them.

The grace is dated data (data/arrears.csv) with its source, because only a secondary one tells it.
A part that was paid of a month counts for all who wait in it, each with the same share: what is told here is what is still owed.
The sums of months are those that are kept with them, so no page walks through 100,000 dues.
"""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from ..kit.db import db
from ..kit.months import first_day, months_later
from .account import Account
from .contribution_month import ContributionMonth, Due, months_of
from .programme import Programme
from .reference import DATA
from .registration import Registration

REASON = "in_arrears"


@dataclass(frozen=True)
class Grace:
    months: int
    valid_from: dt.date
    valid_to: dt.date | None
    text: str  # a msgid
    legal_basis: str
    source: str
    verified: str


class Owing(NamedTuple):
    """A member with unpaid months: since when, how many, how much is still owed, and the first day beyond the grace."""

    entry: Registration
    since: dt.date
    months: int
    rupiah: int
    falls_out_on: dt.date | None

    @property
    def lost_on(self) -> dt.date | None:
        """The day on which the cover is lost: beyond the grace, or when it ends anyway."""
        ends = self.entry.covered_to
        days = [self.falls_out_on, ends + dt.timedelta(days=1) if ends else None]
        return min((day for day in days if day), default=None)

    def has_fallen_out(self, today: dt.date) -> bool:
        return self.falls_out_on is not None and self.falls_out_on <= today


@cache
def graces() -> list[Grace]:
    with (DATA / "arrears.csv").open(newline="", encoding="utf-8") as file:
        return [_grace(row) for row in csv.DictReader(file)]


def _grace(row: dict[str, str]) -> Grace:
    first, last = dt.date.fromisoformat(row["valid_from"]), row["valid_to"] and dt.date.fromisoformat(row["valid_to"])
    return Grace(int(row["grace_months"]), first, last or None, row["text"], row["legal_basis"], row["source"], row["verified"])


def grace_on(day: dt.date) -> Grace | None:
    """Return the rule that holds; None before the first one, when nobody falls out."""
    held = [one for one in graces() if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)]
    return held[-1] if held else None


def falls_out_on(since: dt.date) -> dt.date | None:
    """Return the day on which a membership is lost whose first unpaid month is `since`: the first one beyond the grace.

    A month is in arrears from the day after it. With three months of grace, January's is lost on the first of May.
    """
    grace = grace_on(since)
    return months_later(since, grace.months + 1) if grace else None


def owing(programme: Programme, today: dt.date, *, after: uuid.UUID | None = None, limit: int = 50) -> list[Owing]:
    """Return active members with unpaid months, those who fall out first in front. `after` is the last one of the page before.

    It is read month by month as far as the page goes, and not put in order out of all dues.
    """
    unpaid = _unpaid(programme, today)
    since = db.session.scalar(select(func.min(Due.month)).where(unpaid, Due.registration_id == after)) if after else None
    found: list[Registration] = []
    for month in db.session.scalars(
        select(ContributionMonth.month).where(_over(programme, today)).order_by(ContributionMonth.month)
    ):
        if len(found) == limit:
            break
        if since is None or month >= since:
            found += _owing_since(programme, month, after if month == since else None, limit - len(found))
    return _told(found, programme, unpaid)


def _owing_since(programme: Programme, month: dt.date, after: uuid.UUID | None, limit: int) -> list[Registration]:
    """Return active members whose first unpaid month this is."""
    earlier = aliased(Due)
    before = select(earlier.month).where(
        earlier.programme_id == programme.id, earlier.registration_id == Due.registration_id, earlier.payment_id.is_(None)
    )
    query = (
        select(Registration)
        .join(Due, Due.registration_id == Registration.id)
        .where(Due.programme_id == programme.id, Due.month == month, Due.payment_id.is_(None), Registration.status == "active")
    )
    query = query.where(~before.where(earlier.month < month).exists()).order_by(Due.registration_id).limit(limit)
    return list(db.session.scalars(query.where(Due.registration_id > after) if after else query))


def _told(entries: list[Registration], programme: Programme, unpaid: Any) -> list[Owing]:
    """Return what each of them owes, in their order."""
    mine = unpaid & Due.registration_id.in_([entry.id for entry in entries])
    query = select(Due.registration_id, Due.month, Due.rupiah).where(mine).order_by(Due.month)
    months, owed = months_of(programme), defaultdict[uuid.UUID, dict[dt.date, int]](dict)
    for person, month, rupiah in db.session.execute(query):
        owed[person][month] = still_owed(rupiah, months[month]) if month in months else rupiah
    return [
        Owing(one, since := min(told), len(told), sum(told.values()), falls_out_on(since))
        for one in entries
        if (told := owed.get(one.id))
    ]


def still_owed(rupiah: int, month: ContributionMonth) -> int:
    """Return what is left of a due that waits, once the parts that were paid are shared out; never nothing while it waits."""
    waits = month.unpaid[1]
    return -(-rupiah * month.missing // waits) if waits else rupiah


class Owed(NamedTuple):
    """A month that is over and not paid: for how many people, what is still missing, and what was paid of it."""

    month: dt.date
    people: int
    rupiah: int
    paid_in_part: int
    falls_out_on: dt.date | None


def owed_by_month(programme: Programme, today: dt.date) -> list[Owed]:
    """Return the months that are over in which somebody waits, the earliest in front; people who have left wait in theirs too.

    Whoever owes since that month is lost on `falls_out_on`, at the latest when the programme is over.
    """
    found = db.session.scalars(select(ContributionMonth).where(_over(programme, today)).order_by(ContributionMonth.month))
    return [_owed(programme, row) for row in found if row.unpaid[0]]


def _owed(programme: Programme, row: ContributionMonth) -> Owed:
    people, waits = row.unpaid
    out = falls_out_on(row.month)
    latest = programme.end_on + dt.timedelta(days=1)
    return Owed(row.month, people, row.missing, waits - row.missing, min(out, latest) if out else None)


def _unpaid(programme: Programme, today: dt.date) -> Any:
    """The condition for the dues of months that are over."""
    return (Due.programme_id == programme.id) & Due.payment_id.is_(None) & (Due.month < first_day(today))


def _over(programme: Programme, today: dt.date) -> Any:
    return (ContributionMonth.programme_id == programme.id) & (ContributionMonth.month < first_day(today))


def end_for_arrears(programme: Programme, chosen: set[uuid.UUID], by: Account, today: dt.date) -> int:
    """End these members, as far as they have fallen out; return how many. Their last day is the last one of the grace."""
    ended = 0
    members = select(Registration).where(Registration.id.in_(chosen), Registration.status == "active").order_by(Registration.id)
    for one in _told(list(db.session.scalars(members)), programme, _unpaid(programme, today)) if chosen else []:
        if one.falls_out_on and one.has_fallen_out(today):
            one.entry.end(by, [REASON], one.falls_out_on - dt.timedelta(days=1))
            ended += 1
    return ended


def months_without_list(programme: Programme, today: dt.date) -> list[dt.date]:
    """Return the months that are over and were never listed: what they owe is not known yet."""
    there = set(
        db.session.scalars(
            select(ContributionMonth.month).where(
                ContributionMonth.programme_id == programme.id, ContributionMonth.state != "open"
            )
        )
    )
    return [month for month in programme.month_list() if month < first_day(today) and month not in there]
