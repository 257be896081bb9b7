"""Arrears: months that are over and not paid. Whoever owes for longer than the grace months falls out; the office ends them.

The grace is dated data (data/arrears.csv) with its source, because only a secondary one tells it.
"""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import func, select

from ..kit.db import db
from ..kit.months import first_day, months_later
from .account import Account
from .contribution_month import ContributionMonth, Due
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
    """A member with unpaid months: since when, how many, how much, and the day the membership is lost."""

    entry: Registration
    since: dt.date
    months: int
    rupiah: int
    falls_out_on: dt.date | None

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
    """Return active members with unpaid months, those who fall out first in front. `after` is the last one of the page before."""
    sums = _sums(programme, today)
    rows = select(Registration, sums.c.since, sums.c.months, sums.c.rupiah).join(sums, sums.c.registration_id == Registration.id)
    rows = rows.where(Registration.status == "active").order_by(sums.c.since, Registration.id)
    if after:
        since = db.session.scalar(select(sums.c.since).where(sums.c.registration_id == after))
        if since:
            rows = rows.where((sums.c.since > since) | ((sums.c.since == since) & (Registration.id > after)))
    return [
        Owing(entry, since, months, int(rupiah), falls_out_on(since))
        for entry, since, months, rupiah in db.session.execute(rows.limit(limit))
    ]


class Owed(NamedTuple):
    since: dt.date
    people: int
    rupiah: int
    falls_out_on: dt.date | None


def owed_since(programme: Programme, today: dt.date) -> list[Owed]:
    """Return how many active members owe since which month, and how much in all."""
    sums = _sums(programme, today)
    query = select(sums.c.since, func.count(), func.sum(sums.c.rupiah)).join(
        Registration, Registration.id == sums.c.registration_id
    )
    query = query.where(Registration.status == "active").group_by(sums.c.since).order_by(sums.c.since)
    return [Owed(since, people, int(rupiah), falls_out_on(since)) for since, people, rupiah in db.session.execute(query)]


def _sums(programme: Programme, today: dt.date) -> Any:
    """Each person's unpaid months that are over."""
    unpaid = (Due.programme_id == programme.id) & Due.payment_id.is_(None) & (Due.month < first_day(today))
    columns = (
        Due.registration_id,
        func.min(Due.month).label("since"),
        func.count().label("months"),
        func.sum(Due.rupiah).label("rupiah"),
    )
    return select(*columns).where(unpaid).group_by(Due.registration_id).subquery()


def end_for_arrears(programme: Programme, chosen: set[uuid.UUID], by: Account, today: dt.date) -> int:
    """End these members, as far as they have fallen out; return how many. Their last day is the last one of the grace."""
    ended = 0
    for one in owing(programme, today, limit=100_000) if chosen else []:
        if one.entry.id in chosen and one.falls_out_on and one.has_fallen_out(today):
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
