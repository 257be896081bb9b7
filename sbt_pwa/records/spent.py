"""What stays spent when somebody leaves a place. The rule:

A place is given back with the rupiah of the months that were not used. Spent stays what stands on a list of dues, paid or
not (`end` has taken the unpaid months after the last day off it), and each other month of this programme in which the
person was covered for a day: its list is still to come. It never is more than was committed for the place. Who was
never covered gives all of it back. A programme's committed rupiah are those of the places that are held and what is spent here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import JSON, ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Record, db
from ..kit.months import last_day
from .programme import Programme
from .reference import occupations
from .region import village_in
from .registration import Registration


class SpentPlace(Record):
    """What a place had cost when its person left it. Who leaves one of a programme twice has two rows, with other months."""

    __tablename__ = "spent_place"
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"))
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    village_code: Mapped[str] = mapped_column(ForeignKey("region.code"))  # where it was held: whose limits it counts in
    months: Mapped[dict[str, int]] = mapped_column(JSON)  # rupiah by the first day of the month
    rupiah: Mapped[int]  # of all these months
    __table_args__ = (Index("ix_spent_place_programme_id_village_code", "programme_id", "village_code"),)

    def drop(self, *months: str) -> int:
        """Let these months stay spent no more; return what they were."""
        rupiah = sum(self.months.get(month, 0) for month in months)
        self.months = {month: cost for month, cost in self.months.items() if month not in months}
        self.rupiah -= rupiah
        return rupiah


def keep_spent(programme: Programme, people: Sequence[Registration]) -> dict[uuid.UUID, int]:
    """Note what stays spent of the places that these people leave now; return it by person."""
    used, before = used_by(programme, people), defaultdict[uuid.UUID, set[str]](set)
    for row in _rows(programme, used):
        before[row.registration_id] |= set(row.months)
    stays = dict.fromkeys(used, 0)
    for one in people:
        new = {month: rupiah for month, rupiah in used[one.id].items() if month.isoformat() not in before[one.id]}
        months = _up_to(one.committed_rupiah or 0, new)
        stays[one.id] = sum(months.values())
        if months:
            told = {"programme_id": programme.id, "registration_id": one.id, "village_code": one.village_code}
            db.session.add(SpentPlace(**told, months=months, rupiah=stays[one.id]))
    return stays


def _rows(programme: Programme, ids: Iterable[uuid.UUID]) -> Sequence[SpentPlace]:
    query = select(SpentPlace).where(SpentPlace.programme_id == programme.id, SpentPlace.registration_id.in_(list(ids)))
    return db.session.scalars(query.order_by(SpentPlace.id)).all()


def _up_to(rupiah: int, months: Mapping[dt.date, int]) -> dict[str, int]:
    """Return the months that fit, the earliest in front; the last of them perhaps in part."""
    fits = {}
    for month in sorted(months):
        fits[month.isoformat()] = min(months[month], rupiah)
        rupiah -= fits[month.isoformat()]
    return {month: part for month, part in fits.items() if part}


def used_by(programme: Programme, people: Sequence[Registration]) -> dict[uuid.UUID, dict[dt.date, int]]:
    """Return by person and month the rupiah of the months that this programme has paid for, or has to pay for still."""
    from .contribution_month import Due, costs_by_sector

    used: dict[uuid.UUID, dict[dt.date, int]] = {one.id: {} for one in people}
    dues = select(Due.registration_id, Due.month, Due.rupiah)
    dues = dues.where(Due.programme_id == programme.id, Due.registration_id.in_(used))
    for person, month, rupiah in db.session.execute(dues):
        used[person][month] = rupiah
    costs: dict[dt.date, dict[str, int]] = {}
    for one in _covered_by(programme, people):
        for month in set(_covered_months(programme, one)) - set(used[one.id]):
            costs[month] = costs.get(month) or costs_by_sector(programme, month)
            used[one.id][month] = costs[month][occupations()[one.occupation].sector]
    return used


def _covered_by(programme: Programme, people: Sequence[Registration]) -> list[Registration]:
    """Return whose cover comes from this programme, or went on from it into the one that followed."""
    from .batch import covering_programmes

    covering = covering_programmes([one for one in people if one.covered_from])
    return [one for one in people if (by := covering.get(one.id)) and programme.id in (by.id, by.renewal_of_id)]


def _covered_months(programme: Programme, one: Registration) -> list[dt.date]:
    first, last = one.covered_from, one.covered_to
    if first is None or last is None:
        return []
    return [month for month in programme.month_list() if first <= last_day(month) and month <= last]


def unused_after(entry: Registration, on: dt.date) -> list[tuple[Programme, str, int]]:
    """Let the months after this day stay spent no more, but for those on a list of dues still: they were paid.

    Return the programme, the village and the rupiah of each place that somebody left before the cover was made shorter.
    """
    from .contribution_month import Due

    due = select(Due.programme_id, Due.month).where(Due.registration_id == entry.id, Due.month > on)
    kept = {(programme, month.isoformat()) for programme, month in db.session.execute(due)}
    less = []
    for row in db.session.scalars(select(SpentPlace).where(SpentPlace.registration_id == entry.id).order_by(SpentPlace.id)):
        unused = [month for month in row.months if month > on.isoformat() and (row.programme_id, month) not in kept]
        if unused:
            less.append((db.session.get_one(Programme, row.programme_id), row.village_code, row.drop(*unused)))
    return less


def unused_month(programme: Programme, month: dt.date, ids: Sequence[uuid.UUID]) -> dict[str, int]:
    """Let this month stay spent no more for people of whom it turned out that they had left; return the rupiah by village."""
    less = defaultdict[str, int](int)
    for row in _rows(programme, ids):
        less[row.village_code] += row.drop(month.isoformat())
    return {village: rupiah for village, rupiah in less.items() if rupiah}


def spent_in(programme_ids: Sequence[uuid.UUID], region_code: str) -> dict[uuid.UUID, int]:
    """Return by programme what stays spent for people of this region who have left."""
    spent = dict.fromkeys(programme_ids, 0)
    for _village, programme, rupiah in spent_by_village(programme_ids, region_code):
        spent[programme] += rupiah
    return spent


def spent_by_village(programme_ids: Sequence[uuid.UUID], region_code: str) -> list[tuple[str, uuid.UUID, int]]:
    """Return the same as (village, programme, rupiah)."""
    of = SpentPlace
    here = of.programme_id.in_(programme_ids) & village_in(region_code, of.village_code)
    query = select(of.village_code, of.programme_id, func.sum(of.rupiah)).where(here).group_by(of.village_code, of.programme_id)
    return [(village, programme, int(rupiah)) for village, programme, rupiah in db.session.execute(query)]


def spent_for(entry: Registration) -> int:
    """Return what stays spent for somebody who left, in all programmes."""
    query = select(func.sum(SpentPlace.rupiah)).where(SpentPlace.registration_id == entry.id)
    return int(db.session.scalar(query) or 0)
