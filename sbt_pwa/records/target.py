"""Targets: how many people of a region should be covered in a year, and who says so."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Record, db
from .account import Account
from .region import covers, known_regions, level_of


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


@dataclass(frozen=True)
class Aim:
    """One number that was set: so many people of a category in a region."""

    region: str
    category: str
    people: int


class Targets:
    """The targets of a year. A region without a number of its own is aimed at by the numbers nearest below it."""

    def __init__(self, year: int, category: str = ""):
        query = select(Target.region_code, Target.category, Target.people, Target.source).where(Target.year == year)
        if category:
            query = query.where(Target.category == category)
        self._told: dict[str, dict[str, int]] = {}
        self._sources: dict[str, set[str]] = {}
        for region, which, people, source in db.session.execute(query):
            self._told.setdefault(which, {})[region] = people
            self._sources.setdefault(region, set()).add(source)

    def aims_of(self, region_code: str) -> list[Aim]:
        """Of each category the region's own number, or those nearest below it; none where nobody set any."""
        found = []
        for category, told in self._told.items():
            found += [Aim(code, category, told[code]) for code in _nearest(region_code, told)]
        return found

    def count_all_of(self, region_code: str) -> bool:
        """Whether each village of this region lies where a number was set, so that all of its people are held against them."""
        aimed = {aim.region for aim in self.aims_of(region_code)}
        villages = [code for code in known_regions() if level_of(code) == "village" and covers(region_code, code)]
        return bool(aimed) and all(aimed & {village, village[:8], village[:5]} for village in villages)

    def sources_of(self, region_code: str) -> list[str]:
        """Who says so, for this region and those in it."""
        return sorted({one for region, told in self._sources.items() if covers(region_code, region) for one in told if one})


def _nearest(region_code: str, told: dict[str, int]) -> Iterator[str]:
    """The region itself if a number was told for it, else of what lies in it the regions around which there is none."""
    if region_code in told:
        yield region_code
        return
    for code in told:
        if covers(region_code, code) and code.rpartition(".")[0] not in told:
            yield code
