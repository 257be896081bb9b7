"""What contributions cost: for a person and month, and for a programme's year before anyone commits to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from .rate_book import Contribution, RateMissing
from .rates import rate_book
from .reference import occupations

if TYPE_CHECKING:
    from .programme import Programme

__all__ = ["Contribution", "Need", "RateMissing", "cost_of_place", "monthly_contribution", "people_within", "programme_need"]


class Need(NamedTuple):
    months: list[tuple[dt.date, int]]
    total_rupiah: int


def monthly_contribution(
    segment: str,
    insurances: Collection[str],
    income_rupiah: int,
    month: dt.date,
    funding: str,
    sector: str | None = None,
) -> Contribution:
    """Reckon one person's month with the rows that hold in it. Raise RateMissing where one is missing."""
    return rate_book().contribution(segment, insurances, income_rupiah, month, funding, sector)


def programme_need(programme: Programme, people: int) -> Need:
    """Return what each month of the programme costs for so many people, and the sum."""
    told = (programme.segment, programme.insurances, programme.income_base_rupiah)
    costs = [(month, monthly_contribution(*told, month, programme.funding).total_rupiah) for month in programme.month_list()]
    months = [(month, rupiah * people) for month, rupiah in costs]
    return Need(months, sum(rupiah for _month, rupiah in months))


def cost_of_place(programme: Programme, occupation: str, day: dt.date) -> int | None:
    """Return the rupiah of all months that are left for somebody who comes in on `day`; None when none is left."""
    months = programme.month_list(since=programme.first_month(day))
    sector = occupations()[occupation].sector
    told = (programme.segment, programme.insurances, programme.income_base_rupiah)
    costs = [monthly_contribution(*told, month, programme.funding, sector).total_rupiah for month in months]
    return sum(costs) if costs else None


def people_within(programme: Programme, budget_rupiah: int) -> int:
    """Return how many people the budget carries through all months."""
    for_one = programme_need(programme, 1).total_rupiah
    return budget_rupiah // for_one if for_one else 0
