"""Regions by Kemendagri code: regency 81.05, district 81.05.01, village 81.05.01.2003."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, db

DATA = Path(__file__).parent / "data"
LEVELS = {2: "province", 5: "regency", 8: "district", 13: "village"}
KEPT_FOR = 60.0  # seconds

_kept: WeakKeyDictionary[Any, tuple[dict[str, str], float]] = WeakKeyDictionary()  # by engine, in this process


class Region(Base):
    __tablename__ = "region"
    code: Mapped[str] = mapped_column(String(13), primary_key=True)
    level: Mapped[str] = mapped_column(String(8), index=True)
    parent_code: Mapped[str | None] = mapped_column(String(8), index=True)
    name: Mapped[str] = mapped_column(String(80))


class RegionChange(Base):
    """A code that was replaced, so that what was written with the old one still finds its village."""

    __tablename__ = "region_change"
    old_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    new_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    since: Mapped[dt.date]


def level_of(code: str) -> str:
    """Raise KeyError for what is no region code."""
    return LEVELS[len(code)]


def district_of(village_code: str) -> str:
    return village_code[:8]


def covers(region_code: str, other_code: str) -> bool:
    """Say whether `other_code` is this region or lies in it."""
    return other_code == region_code or other_code.startswith(region_code + ".")


def village_in(region_code: str, village_code: Any) -> ColumnElement[bool]:
    """The same as a condition on a column of villages."""
    inside = village_code.startswith(region_code + ".", autoescape=True)
    return (village_code == region_code) | inside


def provinces() -> list[str]:
    """Return the first two digits that a NIK may have, of today's provinces."""
    return sorted({code for code, _name in national_rows() if len(code) == 2})


def national_rows() -> Iterator[tuple[str, str]]:
    """Yield (code, name) of the whole country; source: Kepmendagri 300.2.2-2138/2025 (see NOTICE)."""
    with gzip.open(DATA / "regions_indonesia.csv.gz", "rb") as packed:
        for row in csv.DictReader(io.TextIOWrapper(packed, "utf-8")):
            yield row["code"], row["name"]


def load_regions(regency_code: str) -> int:
    """Store the regency with its districts and villages; return how many regions. Raise KeyError if unknown."""
    rows = [(code, name) for code, name in national_rows() if covers(regency_code, code)]
    if not rows or level_of(regency_code) != "regency":
        raise KeyError(regency_code)
    known = set(db.session.scalars(select(Region.code)))
    db.session.add_all(
        Region(code=code, name=name, level=level_of(code), parent_code=code.rpartition(".")[0])
        for code, name in rows
        if code not in known
    )
    db.session.flush()
    _kept.pop(db.engine, None)
    _load_changes({code for code, _name in rows})
    return len(rows)


def _load_changes(loaded: set[str]) -> None:
    known = set(db.session.scalars(select(RegionChange.old_code)))
    with (DATA / "region_changes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["new_code"] in loaded and row["old_code"] not in known:
                since = dt.date.fromisoformat(row["since"])
                db.session.add(RegionChange(old_code=row["old_code"], new_code=row["new_code"], since=since))


def region_names() -> dict[str, str]:
    """Return name by code of every loaded region (about 215 for a regency)."""
    return {row.code: row.name for row in db.session.execute(select(Region.code, Region.name))}


def region_codes() -> set[str]:
    """Return the code of every loaded region: asked for by each batch, and one text is read faster than 200 rows."""
    return set((db.session.scalar(select(func.aggregate_strings(Region.code, " "))) or "").split())


def known_regions() -> dict[str, str]:
    """The same as it was at most a minute ago: for what is shown again and again, never for what is judged."""
    names, until = _kept.get(db.engine, ({}, 0.0))
    if not names or time.monotonic() >= until:
        names = region_names()
        _kept[db.engine] = names, time.monotonic() + KEPT_FOR
    return names


def districts_with_villages(within: str) -> list[tuple[Region, list[Region]]]:
    """Return the districts in or around the region `within`, each with its villages, by name."""
    regions = list(db.session.scalars(select(Region).where(Region.level.in_(["district", "village"])).order_by(Region.name)))
    districts = [r for r in regions if r.level == "district" and (covers(within, r.code) or covers(r.code, within))]
    villages = [r for r in regions if r.level == "village" and (covers(within, r.code) or level_of(within) != "village")]
    return [(d, [v for v in villages if v.parent_code == d.code]) for d in districts]


def all_districts() -> list[Region]:
    return list(db.session.scalars(select(Region).where(Region.level == "district").order_by(Region.name)))


def current_village_code(code: str) -> str | None:
    """Return the code that is in force for this village, or None when there is no such village."""
    if db.session.scalar(select(Region.code).where(Region.code == code, Region.level == "village")):
        return code
    return db.session.scalar(select(RegionChange.new_code).where(RegionChange.old_code == code))
