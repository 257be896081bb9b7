"""Numbers as pictures: bars of weeks, bars of shares, and the classes of the map. Every picture has its numbers beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ..records.coverage import Figures

# The classes of the map: from how much of the target on, and the words of the legend.
CLASSES = ((0.75, 4, _l("75 % and more")), (0.5, 3, _l("50 to 74 %")), (0.25, 2, _l("25 to 49 %")), (0.0, 1, _l("below 25 %")))
NO_CLASS = 0
NO_CLASS_WORDS = _l("no target yet, or only a few people")
CHART_WIDTH, CHART_HEIGHT, TOP, FOOT = 360, 130, 18, 18
LABELLED = 8  # of more weeks only every second carries its day


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    middle: float
    number: int
    day: str


def class_of(place: Figures) -> int:
    """Return the map's class of a place; 0 where no share can be told."""
    share = place.share
    if share is None:
        return NO_CLASS
    return next(number for least, number, _words in CLASSES if share >= least)


def percent(share: float) -> str:
    """Rounded down, so that `100 %` is not said before it is reached."""
    return f"{int(share * 100 + 1e-9)}\N{NO-BREAK SPACE}%"


def bars(weeks: Sequence[tuple[dt.date, int]]) -> list[Bar]:
    """Return a bar for each week, drawn on CHART_WIDTH x CHART_HEIGHT."""
    room = CHART_HEIGHT - TOP - FOOT
    most = max((n for _week, n in weeks), default=0) or 1
    step = CHART_WIDTH / max(len(weeks), 1)
    drawn = []
    for place, (week, n) in enumerate(weeks):
        height = round(room * n / most, 1) if n else 1
        said = len(weeks) <= LABELLED or (len(weeks) - place) % 2 == 1
        x = round(place * step + step * 0.12, 1)
        day = f"{week.day}/{week.month}" if said else ""
        drawn.append(Bar(x, TOP + room - height, round(step * 0.76, 1), height, round((place + 0.5) * step, 1), n, day))
    return drawn


def parts_of(total: int, *counts: int) -> list[tuple[float, float]]:
    """Return (start, width) in percent of each count, one after the other; what is over the total is cut off."""
    whole, start, found = max(total, 1), 0.0, []
    for count in counts:
        width = min(max(count, 0) * 100 / whole, 100 - start)
        found.append((round(start, 2), round(width, 2)))
        start += width
    return found
