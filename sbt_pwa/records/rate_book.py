"""What a month of insurance costs: pure reckoning over dated rows, in whole rupiah.

Nothing here is a constant of the law: rates, brackets and reliefs come in from outside, each with its months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from flask_babel import lazy_gettext as _l

from ..kit.errors import AppError
from ..kit.months import first_day, lazy_month
from .benefits import INSURANCES

MILLION = 1_000_000
ANY_SECTOR = ""  # of a relief: every sector that no row names


class Dated(Protocol):
    @property
    def valid_from(self) -> dt.date: ...
    @property
    def valid_to(self) -> dt.date | None: ...


@dataclass(frozen=True)
class Rate:
    """A share of the wage; `per_million` 2,400 is 0.24 %."""

    segment: str
    insurance: str
    per_million: int
    valid_from: dt.date
    valid_to: dt.date | None
    legal_basis: str


@dataclass(frozen=True)
class Bracket:
    """Incomes from `income_from` up to the next bracket pay these amounts."""

    segment: str
    income_from: int
    base_rupiah: int
    amounts: dict[str, int]
    valid_from: dt.date
    valid_to: dt.date | None
    legal_basis: str


@dataclass(frozen=True)
class Relief:
    """Of these insurances only `factor_per_million` is paid, unless one of the excluded sources pays."""

    segment: str
    insurances: tuple[str, ...]
    factor_per_million: int
    sector: str
    excluded_funding: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date | None
    legal_basis: str


@dataclass(frozen=True)
class Contribution:
    """One person's month: `parts` before the relief, `total_rupiah` after it."""

    base_rupiah: int
    parts: dict[str, int]
    relief_rupiah: int
    total_rupiah: int
    legal_basis: tuple[str, ...]


class RateMissing(AppError):
    """A dated row that would be needed is not there. The message names what to add."""

    status = 409
    code = "rate_missing"

    def __init__(self, what: str, month: dt.date):
        message = _l("%(what)s: no row holds in %(month)s. Add it under Rates.", what=what, month=lazy_month(month))
        super().__init__(message)
        self.what, self.month = what, month


def share(rupiah: int, per_million: int) -> int:
    """Return the share, rounded half up to whole rupiah."""
    return (rupiah * per_million + MILLION // 2) // MILLION


def holds(row: Dated, month: dt.date) -> bool:
    return row.valid_from <= month and (row.valid_to is None or month <= row.valid_to)


class RateBook:
    """All rows at hand, so that many people are reckoned without asking the database for each."""

    def __init__(self, rates: Collection[Rate], brackets: Collection[Bracket], reliefs: Collection[Relief]):
        self.rates, self.brackets, self.reliefs = rates, brackets, reliefs
        self._of_month: dict[dt.date, RateBook] = {}

    def in_month(self, month: dt.date) -> RateBook:
        """Return the rows that hold in this month; months come again and again in a run."""
        if month not in self._of_month:
            self._of_month[month] = RateBook(
                [row for row in self.rates if holds(row, month)],
                [row for row in self.brackets if holds(row, month)],
                [row for row in self.reliefs if holds(row, month)],
            )
        return self._of_month[month]

    def contribution(
        self,
        segment: str,
        insurances: Collection[str],
        income_rupiah: int,
        month: dt.date,
        funding: str,
        sector: str | None = None,
    ) -> Contribution:
        """Reckon one person's month. Raise RateMissing where a row is missing."""
        if income_rupiah < 0:
            raise ValueError("an income below zero")
        month = first_day(month)
        chosen = [one for one in INSURANCES if one in insurances]
        brackets = [row for row in self.brackets if row.segment == segment]
        by = self._by_bracket if brackets else self._by_rate  # a segment pays by brackets or by a share of the wage
        base, parts, legal = by(segment, chosen, income_rupiah, month)
        relief, relief_legal = self._relief(segment, parts, month, funding, sector)
        named = tuple(dict.fromkeys([*legal, *([relief_legal] if relief_legal else [])]))
        return Contribution(base, parts, relief, sum(parts.values()) - relief, named)

    def _by_bracket(self, segment: str, chosen: list[str], income: int, month: dt.date) -> tuple[int, dict[str, int], list[str]]:
        fitting = [b for b in self.in_month(month).brackets if b.segment == segment and b.income_from <= income]
        if not fitting:
            raise RateMissing(f"{segment}, Rp{income:,}", month)
        bracket = max(fitting, key=lambda row: row.income_from)
        return bracket.base_rupiah, {one: bracket.amounts[one] for one in chosen}, [bracket.legal_basis]

    def _by_rate(self, segment: str, chosen: list[str], income: int, month: dt.date) -> tuple[int, dict[str, int], list[str]]:
        held = {rate.insurance: rate for rate in self.in_month(month).rates if rate.segment == segment}
        missing = [one for one in chosen if one not in held]
        if missing:
            raise RateMissing(f"{segment}, {', '.join(missing)}", month)
        parts = {one: share(income, held[one].per_million) for one in chosen}
        return income, parts, [held[one].legal_basis for one in chosen]

    def _relief(
        self, segment: str, parts: dict[str, int], month: dt.date, funding: str, sector: str | None
    ) -> tuple[int, str | None]:
        """Return what need not be paid. With an unknown sector only what every sector is spared counts."""
        named = {relief.sector for relief in self.reliefs if relief.segment == segment}
        held = [r for r in self.in_month(month).reliefs if r.segment == segment and funding not in r.excluded_funding]
        sectors = {ANY_SECTOR, *named} if sector is None else {sector if sector in named else ANY_SECTOR}
        spared = [_spared([r for r in held if r.sector == one], parts) for one in sectors]
        return min(spared, key=lambda found: found[0])


def _spared(reliefs: list[Relief], parts: dict[str, int]) -> tuple[int, str | None]:
    """Return the sum of what each part is spared; of two reliefs the larger, never both."""
    total, legal = 0, None
    for insurance, rupiah in parts.items():
        fit = [relief for relief in reliefs if insurance in relief.insurances]
        if fit:
            best = min(fit, key=lambda relief: relief.factor_per_million)
            total, legal = total + rupiah - share(rupiah, best.factor_per_million), best.legal_basis
    return total, legal
