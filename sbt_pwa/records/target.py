"""Targets: how many people of a region should be covered in a year, and who says so."""

from __future__ import annotations

import uuid
from collections import Counter

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Record, db
from .account import Account
from .region import covers


class Target(Record):
    __tablename__ = "target"
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    year: Mapped[int]
    category: Mapped[str] = mapped_column(String(20))
    people: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (UniqueConstraint("region_code", "year", "category"),)


def set_target(region_code: str, year: int, category: str, people: int, source: str, by: Account | None = None) -> Target:
    """Set how many it should be in this region; a target that was set before is replaced."""
    one = (Target.region_code == region_code) & (Target.year == year) & (Target.category == category)
    target = db.session.scalar(select(Target).where(one))
    if target is None:
        target = Target(region_code=region_code, year=year, category=category)
        db.session.add(target)
    target.people, target.source, target.by_id = people, source, by.id if by else None
    return target


def years_with_targets() -> set[int]:
    return set(db.session.scalars(select(Target.year).distinct()))


class Targets:
    """The targets of a year. A region without one of its own has the sum of those below it; None where nobody set any."""

    def __init__(self, year: int, category: str = ""):
        query = select(Target.region_code, Target.category, Target.people, Target.source).where(Target.year == year)
        if category:
            query = query.where(Target.category == category)
        self._told: dict[str, dict[str, int]] = {}
        self._sources: dict[str, set[str]] = {}
        for region, which, people, source in db.session.execute(query):
            self._told.setdefault(which, {})[region] = people
            self._sources.setdefault(region, set()).add(source)
        self._people = [_rolled_up(told) for told in self._told.values()]

    def of(self, region_code: str) -> int | None:
        found = [people[region_code] for people in self._people if region_code in people]
        return sum(found) if found else None

    def sources_of(self, region_code: str) -> list[str]:
        """Who says so, for this region and those in it."""
        return sorted({one for region, told in self._sources.items() if covers(region_code, region) for one in told if one})


def _rolled_up(told: dict[str, int]) -> dict[str, int]:
    """The same, and of each region without a number of its own the sum of those right below it."""
    for length in (13, 8):  # characters of a code: villages into districts, those into the regency
        sums: Counter[str] = Counter()
        for code, people in told.items():
            if len(code) == length:
                sums[code.rpartition(".")[0]] += people
        told = dict(sums) | told
    return told
