"""Months as the law counts contributions: a month is told by its first day."""

from __future__ import annotations

import datetime as dt
import re

from flask_babel import LazyString

from .i18n import MONTHS

YEAR_FIRST = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})")
MONTH_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{4})")


def first_day(day: dt.date) -> dt.date:
    return day.replace(day=1)


def months_later(month: dt.date, count: int) -> dt.date:
    """Return the first day of the month `count` months after (or, below zero, before)."""
    years, place = divmod(month.month - 1 + count, 12)
    return dt.date(month.year + years, place + 1, 1)


def last_day(month: dt.date) -> dt.date:
    return months_later(month, 1) - dt.timedelta(days=1)


def read_month(text: str) -> dt.date | None:
    """Read `2027-01`, `01-2027` or `1/2027`; None for what is no month."""
    if found := YEAR_FIRST.fullmatch(text.strip()):
        year, month = int(found[1]), int(found[2])
    elif found := MONTH_FIRST.fullmatch(text.strip()):
        month, year = int(found[1]), int(found[2])
    else:
        return None
    return dt.date(year, month, 1) if 1 <= month <= 12 and 2000 <= year <= 2100 else None


def show_month(month: dt.date) -> str:
    """`Januari 2027`."""
    return f"{str(MONTHS).split()[month.month - 1]} {month.year}"


def lazy_month(month: dt.date) -> LazyString:
    """The same for messages that meet a language only when they are shown."""
    return LazyString(show_month, month)
