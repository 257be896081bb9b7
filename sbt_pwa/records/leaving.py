"""Who leaves: why, and members who turn 65 while their programme runs. Nobody is ended by the calendar; the office does it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select

from ..kit.db import db
from .programme import Programme
from .registration import Registration

AGE_LIMIT = 65
# From where somebody may leave who is no member yet, and why.
BEFORE_COVER = ("approved", "waitlisted", "sent", "declined")
LEFT = ("moved_away", "has_died", "turned_65", "found_employer", "left_the_work", "other_end")


class Birthday(NamedTuple):
    entry: Registration
    on: dt.date

    @property
    def last_day(self) -> dt.date:
        """The last day at 64."""
        return self.on - dt.timedelta(days=1)


def birthday(born: dt.date, age: int = AGE_LIMIT) -> dt.date:
    """Return the day on which somebody reaches this age; who was born on 29 February does so on 1 March."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


def turning_65(programme: Programme) -> list[Birthday]:
    """Return the members who have reached 65 or reach it up to the programme's last day, the earliest in front."""
    latest = programme.end_on.replace(year=programme.end_on.year - AGE_LIMIT, day=min(programme.end_on.day, 28))
    latest += dt.timedelta(days=3)  # a few days too many, looked at below
    query = select(Registration).where(Registration.programme_id == programme.id, Registration.status == "active")
    entries = db.session.scalars(
        query.where(Registration.birth_date <= latest).order_by(Registration.birth_date, Registration.id)
    )
    found = [Birthday(entry, birthday(entry.birth_date)) for entry in entries]
    return [one for one in found if one.on <= programme.end_on]
