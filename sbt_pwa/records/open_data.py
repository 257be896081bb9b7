"""What may be told to everybody: sums per district and group, and none from which a handful of people could be reckoned.

The rule, for each column of a group by itself (no column is the sum or the difference of others, and no sum over groups or
programmes is told anywhere):

1. A sum below LEAST is hidden, none included.
2. If that hides exactly one district, the smallest of the others is hidden too, so that the total does not give it away;
   where several are the smallest, all of them: a choice among them would tell which one is small.
3. The total is exact. It is left out where it would still give something away: nobody is left to hide behind, or the hidden
   sums are all as small or all as large as hidden ones can be. As both cases leave it out, its absence does not tell which.

So for everything hidden at least two numbers fit all that is told; the test tries every table of a size.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from .coverage import Choice, Coverage
from .reference import CATEGORIES
from .region import known_regions

LEAST = 5
COLUMNS = ("covered", "on_the_way")


@dataclass(frozen=True)
class Told:
    """Sums by district, None where one is hidden; and their total, None where it is left out."""

    sums: dict[str, int | None]
    total: int | None


@dataclass(frozen=True)
class Group:
    """One category: what is told of each column, and the targets, which count nobody."""

    category: str
    columns: dict[str, Told]
    targets: dict[str, int | None]


def told(sums: Mapping[str, int]) -> Told:
    """Hide what must be hidden."""
    hidden = {code for code, n in sums.items() if n < LEAST}
    if len(hidden) == 1 and len(sums) > 1:
        smallest = min(n for code, n in sums.items() if code not in hidden)
        hidden |= {code for code, n in sums.items() if n == smallest}
    shown = {code: None if code in hidden else n for code, n in sums.items()}
    return Told(shown, None if _gives_away([sums[code] for code in hidden]) else sum(sums.values()))


def _gives_away(hidden: list[int]) -> bool:
    """Say whether the sum of what is hidden would tell one of them."""
    return len(hidden) == 1 or (bool(hidden) and set(hidden) in ({0}, {LEAST - 1}))


def open_groups(regency: str, year: int, today: dt.date) -> list[Group]:
    """Return what is told of the districts of a regency today."""
    groups = []
    for category in CATEGORIES:
        places = Coverage(Choice(regency, year, category=category), today).places
        columns = {column: told({place.code: getattr(place, column) for place in places}) for column in COLUMNS}
        groups.append(Group(category, columns, {place.code: place.target for place in places}))
    return groups


def rows_of(group: Group) -> list[tuple[str, str, int | None, int | None, int | None]]:
    """Return (code, name, covered, on the way, target) of each district, by code."""
    names, (covered, on_the_way) = known_regions(), (group.columns[column] for column in COLUMNS)
    return [(code, names[code], covered.sums[code], on_the_way.sums[code], group.targets[code]) for code in sorted(covered.sums)]
