"""What cover pays: figures with the day from which they hold and the law they stand in. Data, because laws change."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ..kit.months import last_day, months_later
from .reference import DATA

# All there are, in the order in which they are told.
INSURANCES: dict[str, LazyString] = {
    "JKK": _l("accident at work (JKK)"),
    "JKM": _l("death (JKM)"),
    "JHT": _l("savings for old age (JHT)"),
}
# What the law pays out of the savings is reckoned by the insurer, so no more than this is said.
JHT_MEANS = _l("Part of the contribution is saved in your name. BPJS says how much it is and when it is paid out.")


@dataclass(frozen=True)
class Benefit:
    code: str
    insurance: str  # empty: of all of them
    amount: int
    unit: str
    from_on: str  # ISO; empty: as long as we know
    to_on: str
    legal_basis: str

    def holds_on(self, day: dt.date) -> bool:
        return self.from_on <= day.isoformat() and (not self.to_on or day.isoformat() <= self.to_on)


@cache
def _all() -> list[Benefit]:
    with (DATA / "benefits.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Benefit(r["code"], r["programme"], int(r["amount"]), r["unit"], r["from_on"], r["to_on"], r["legal_basis"]) for r in rows
    ]


def benefits_on(day: dt.date) -> dict[str, Benefit]:
    """Return the benefits that hold on that day, by code; of two rows the one that began later."""
    holding = sorted((b for b in _all() if b.holds_on(day)), key=lambda benefit: benefit.from_on)
    return {benefit.code: benefit for benefit in holding}


def early_until(covered_from: dt.date) -> dt.date:
    """Return the last day on which the smaller death benefit of new members holds for who began on `covered_from`."""
    months = benefits_on(covered_from)["early_months"].amount
    same_day = months_later(covered_from, months)
    same_day = same_day.replace(day=min(covered_from.day, last_day(same_day).day))
    return same_day - dt.timedelta(days=1)
