"""What a reader chose to see, as the address tells it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ..kit.errors import WrongInput
from ..records.coverage import Choice
from ..records.messages import UNKNOWN_FILTER
from ..records.reference import CATEGORIES
from .words import SORT_WORDS

WEEKS = (4, 8, 13)
WEEKS_WORDS = {4: _l("4 weeks"), 8: _l("8 weeks"), 13: _l("13 weeks")}
DEFAULT_WEEKS = 8
DEFAULT_SORT = "missing"
BY_TARGET = ("missing", "share")  # sorts for which a target has to be told


@dataclass(frozen=True)
class Chosen:
    choice: Choice
    sort: str
    told: dict[str, str]  # what an address has to carry


def chosen(args: Mapping[str, str], region: str, this_year: int) -> Chosen:
    """Raise WrongInput for a choice that no list offers."""
    told = {name: args.get(name, "").strip()[:40] for name in ("year", "weeks", "category", "programme", "sort")}
    try:
        year = int(told["year"] or this_year)
        weeks = int(told["weeks"] or DEFAULT_WEEKS)
        programme = uuid.UUID(told["programme"]) if told["programme"] else None
    except ValueError:
        raise WrongInput(UNKNOWN_FILTER) from None
    sort = told["sort"] or DEFAULT_SORT
    if not 2000 <= year <= 2100 or weeks not in WEEKS or sort not in SORT_WORDS or told["category"] not in ("", *CATEGORIES):
        raise WrongInput(UNKNOWN_FILTER)
    choice = Choice(region, year, weeks, told["category"], programme)
    if programme and sort in BY_TARGET:
        sort = "covered"
    return Chosen(choice, sort, {name: value for name, value in told.items() if value})
