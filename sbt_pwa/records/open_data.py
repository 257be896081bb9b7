"""What may be told to everybody: sums per district and group, and none from which a handful of people could be reckoned.

The rule:

1. A sum is told rounded down to a multiple of STEP; below STEP it is hidden, none included.
2. The total is the true one, rounded in the same way. Of a number of districts that STEP divides none is told, because there
   it could stand so high over the rounded sums that it gives all of them away.
3. What is told once in a month stands until the month is over, whoever asks and however often. So nobody sees a sum move
   from one day to the next, and of two editions both are rounded.

So for everything told, and for the difference of everything told in two editions, at least two numbers fit. The test tries
every table of a size, and every pair of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import JSON, Date, String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, apart, db
from .coverage import Choice, Coverage
from .reference import CATEGORIES
from .region import known_regions

STEP = 5
COLUMNS = ("covered", "on_the_way")


class OpenEdition(Base):
    """What is told of a regency in a month. `told` is a Group for each category, as a dict."""

    __tablename__ = "open_edition"
    regency_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    made_on: Mapped[dt.date]
    told: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


KEEP = text(
    "INSERT INTO open_edition (regency_code, month, made_on, told) VALUES (:regency, :month, :made_on, :told) "
    "ON CONFLICT (regency_code, month) DO NOTHING"
)
KEEP = KEEP.bindparams(bindparam("month", type_=Date), bindparam("made_on", type_=Date), bindparam("told", type_=JSON))


@dataclass(frozen=True)
class Told:
    """Sums by district, None where one is hidden; and their total, None where it is left out."""

    sums: dict[str, int | None]
    total: int | None


@dataclass(frozen=True)
class Group:
    """One category: what is told of each column, and the targets, which count nobody.

    `in_part`: districts of which only some villages have a target. Of those no share is told, because that would hold all who are
    covered against a part; to tell the covered of that part beside all covered would tell a third sum, their difference.
    """

    category: str
    columns: dict[str, Told]
    targets: dict[str, int | None]
    in_part: list[str]


@dataclass(frozen=True)
class Edition:
    made_on: dt.date
    groups: list[Group]


def told(sums: Mapping[str, int]) -> Told:
    """Hide and round what must be."""
    total = None if len(sums) % STEP == 0 else rounded(sum(sums.values()))
    return Told({code: rounded(n) for code, n in sums.items()}, total)


def rounded(n: int) -> int | None:
    return n // STEP * STEP or None


def edition_of(regency: str, today: dt.date) -> Edition:
    """Return what is told this month. The first who asks lets it be counted, and from then on it stays."""
    month = today.replace(day=1)
    kept = select(OpenEdition.made_on, OpenEdition.told).where(OpenEdition.regency_code == regency, OpenEdition.month == month)
    row = db.session.execute(kept).first()
    if row is None:
        groups = [asdict(group) for group in open_groups(regency, today)]
        with apart() as connection:  # whoever asks in the same moment gets what the faster one has kept
            connection.execute(KEEP, {"regency": regency, "month": month, "made_on": today, "told": groups})
            row = connection.execute(kept).one()
    return Edition(row.made_on, [_group(one) for one in row.told])


def open_groups(regency: str, today: dt.date) -> list[Group]:
    """Return what may be told of the districts of a regency today."""
    groups = []
    for category in CATEGORIES:
        coverage = Coverage(Choice(regency, today.year, category=category), today)
        places = coverage.places
        columns = {column: told({place.code: getattr(place, column) for place in places}) for column in COLUMNS}
        in_part = [place.code for place in places if place.target is not None and not coverage.targets.count_all_of(place.code)]
        groups.append(Group(category, columns, {place.code: place.target for place in places}, in_part))
    return groups


def rows_of(group: Group) -> list[tuple[str, str, int | None, int | None, int | None, str]]:
    """Return (code, name, covered, on the way, target, whom the target counts: `all`, `part` or nobody) of each district."""
    names, (covered, on_the_way) = known_regions(), (group.columns[column] for column in COLUMNS)
    return [
        (code, names[code], covered.sums[code], on_the_way.sums[code], group.targets[code], _counted_by_target(group, code))
        for code in sorted(covered.sums)
    ]


def _counted_by_target(group: Group, code: str) -> str:
    if group.targets[code] is None:
        return ""
    return "part" if code in group.in_part else "all"


def _group(told: dict[str, Any]) -> Group:
    """Of an edition that was kept before parts were told apart no share is told."""
    columns = {name: Told(**one) for name, one in told["columns"].items()}
    return Group(told["category"], columns, told["targets"], told.get("in_part", list(told["targets"])))
