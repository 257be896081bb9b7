"""The waiting list and its one order: the moment of arrival at the server, earliest first.

Whoever lives where a limit is reached is passed over until there is room. Nobody else is: a place that is free belongs to the
first of the list who may have it, also while the work that lets them move up has not come to them yet.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select, tuple_

from ..kit.db import db
from .contributions import cost_of_place
from .programme import Allotment, Programme
from .reference import occupations
from .registration import Registration, lies_in

STEP = 200


def waits(category: str) -> Any:
    """The condition for the waiting list of a category."""
    return (Registration.status == "waitlisted") & (Registration.category == category)


def waiting_count(category: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Registration).where(waits(category))) or 0


def next_waiting(category: str, after: tuple[dt.datetime, uuid.UUID] | None) -> list[Registration]:
    """The next of the list. Rows that another transaction holds are left to it."""
    query = select(Registration).where(waits(category))
    if after:
        query = query.where(tuple_(Registration.made_at, Registration.id) > after)
    query = query.order_by(Registration.made_at, Registration.id).limit(STEP)
    return list(db.session.scalars(query.with_for_update(skip_locked=True, of=Registration)))


def others_come_first(entry: Registration, programme: Programme, limits: Sequence[Allotment], day: dt.date) -> bool:
    """Say whether somebody who came before this person waits and would find a place in the programme."""
    before = waits(entry.category) & (tuple_(Registration.made_at, Registration.id) < (entry.made_at, entry.id))
    if db.session.scalar(select(Registration.id).where(before).limit(1)) is None:
        return False
    finds = [_finds(codes, cost, limits) for cost, codes in _costs(programme, day)]
    return db.session.scalar(select(Registration.id).where(before, or_(*finds)).limit(1)) is not None


def _finds(occupation_codes: list[str], cost: int, limits: Sequence[Allotment]) -> Any:
    full = [limit for limit in limits if not limit.has_room_for(cost)]
    passed_over = [~lies_in(limit.region_code, Registration) for limit in full]
    return and_(Registration.occupation.in_(occupation_codes), *passed_over)


def _costs(programme: Programme, day: dt.date) -> list[tuple[int, list[str]]]:
    """Return (rupiah of a place, occupations), for each sector of work."""
    by_sector: dict[str, list[str]] = {}
    for code, work in occupations().items():
        by_sector.setdefault(work.sector, []).append(code)
    costs = [(cost_of_place(programme, codes[0], day), codes) for codes in by_sector.values()]
    return [(cost, codes) for cost, codes in costs if cost is not None]
