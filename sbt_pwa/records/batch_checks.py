"""What the office looks at before a batch is frozen: who is held back and why, and of who goes along what has to be known.

Each check is a count and a list of all whom it counts.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ..kit.db import db
from ..kit.errors import NotFound
from .batch import Batch, BatchRow, approved_in, ready_for_batch, too_old_from
from .leaving import AGE_LIMIT
from .profile import lacking, profile_of
from .programme import Programme
from .registration import Registration

SOME = 20  # names on the page of the checks; the others stand in the list of the check
AGE, TURNS_65, BEFORE = "age", "turns_65", "before"


@dataclass(frozen=True)
class Check:
    """`why`: age, turns_65, before, or the header of a column that lacks a value."""

    why: str
    count: int
    some: list[Registration]


def held_back(programme: Programme, district_code: str | None = None) -> list[Check]:
    """Return the approved people whom a batch would leave where they are, by reason."""
    return _checks({why: one for why, one in _conditions(programme, district_code).items() if why not in (TURNS_65, BEFORE)})


def worth_knowing(programme: Programme, district_code: str | None = None) -> list[Check]:
    """Return who goes along, and turns 65 before the programme ends, or stood in an earlier batch with this NIK."""
    return _checks({why: one for why, one in _conditions(programme, district_code).items() if why in (TURNS_65, BEFORE)})


def _conditions(programme: Programme, district_code: str | None) -> dict[str, Any]:
    approved, ready = approved_in(programme, district_code), ready_for_batch(programme, district_code)
    stood = select(BatchRow.id).where(BatchRow.nik_index == Registration.nik_index).exists()
    conditions = {AGE: approved & (Registration.birth_date <= too_old_from(programme))}
    conditions |= {header: approved & lacks for header, lacks in lacking(profile_of(programme.profile_code)).items()}
    return conditions | {TURNS_65: ready & (Registration.birth_date <= born_for_65(programme.end_on)), BEFORE: ready & stood}


def born_for_65(day: dt.date) -> dt.date:
    """Return the birth date on and before which a person is 65 by this day; who was born on 29 February is on 1 March."""
    day = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return day.replace(year=day.year - AGE_LIMIT)


def _checks(conditions: dict[str, Any]) -> list[Check]:
    found = []
    for why, condition in conditions.items():
        count = db.session.scalar(select(func.count()).select_from(Registration).where(condition)) or 0
        if count:
            found.append(Check(why, count, _people(condition, None, SOME)))
    return found


def people_of_check(
    programme: Programme, district_code: str | None, why: str, after: uuid.UUID | None, limit: int
) -> list[Registration]:
    """Return a page of all whom a check counts. Raise NotFound for what is no check."""
    condition = _conditions(programme, district_code).get(why)
    if condition is None:
        raise NotFound()
    return _people(condition, after, limit)


def _people(condition: Any, after: uuid.UUID | None, limit: int) -> list[Registration]:
    query = select(Registration).where(condition).order_by(Registration.id).limit(limit)
    return list(db.session.scalars(query.where(Registration.id > after) if after else query))


def earlier_rows(people: Sequence[Registration]) -> dict[bytes, list[tuple[Batch, BatchRow]]]:
    """Return by NIK (its index) the rows of batches in which these people stood, the newest in front."""
    niks = [one.nik_index for one in people]
    query = select(Batch, BatchRow).join(BatchRow, BatchRow.batch_id == Batch.id).where(BatchRow.nik_index.in_(niks))
    found: dict[bytes, list[tuple[Batch, BatchRow]]] = {nik: [] for nik in niks}
    for batch, row in db.session.execute(query.order_by(BatchRow.made_at.desc())):
        found[row.nik_index].append((batch, row))
    return found
