"""The days of cover that an answer tells: what is stored of them, and which of them a person has to look at."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..kit.db import now
from ..kit.i18n import local
from ..kit.months import last_day, months_later
from .batch import Batch
from .registration import Registration

# Months. Programmes are renewed year by year: a day further from its programme than a year is another one's, or a slip.
FAR = 12
PROBLEMS = ("days_unread", "days_backward", "days_far", "days_long")
BY_PROGRAMME = "programme_days"  # the problem of a row whose days a person has put aside

Days = tuple[dt.date, dt.date]


def programme_days(batch: Batch) -> Days:
    """Return the first and the last day that the programme gives to who stood in this batch."""
    return batch.programme.first_month(local(batch.frozen_at or now()).date()), batch.programme.end_on


def days_of_cover(told: dict[str, Any], batch: Batch, problem: str = "") -> Days:
    """Return the days that the insurer told; where it told none, or a person put them aside, those of the programme."""
    first, last = programme_days(batch)
    if problem == BY_PROGRAMME:
        return first, last
    return _day(told["covered_from"]) or first, _day(told["covered_to"]) or last


def days_problem(told: dict[str, Any], batch: Batch, entry: Registration) -> str:
    """Say why nobody but a person can let these days hold; empty when nothing speaks against them."""
    first, last = days_of_cover(told, batch)
    programme = batch.programme
    # Of a member the insurer may tell the first day of all, as it did when the membership began.
    earliest = min(programme.start_on, entry.covered_from or programme.start_on)
    if told.get("unread"):
        return "days_unread"
    if last < first:
        return "days_backward"
    over_before = entry.covered_to is None and last < programme.start_on
    if first < months_later(earliest, -FAR) or first > programme.end_on or over_before:
        return "days_far"
    return "days_long" if last > last_day(months_later(programme.end_on, FAR)) else ""


def may_have_programme_days(batch: Batch) -> bool:
    """Say whether the programme has days left for who stood in this batch."""
    first, last = programme_days(batch)
    return first <= last


def _day(told: str | None) -> dt.date | None:
    return dt.date.fromisoformat(told) if told else None
