"""Programmes: who pays for whom, for how long, and for how many. An allotment is the limit of a programme in a region."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Record, TextList, db
from ..kit.errors import NotFound, WrongInput, WrongState
from ..kit.months import first_day, last_day, months_later
from .messages import BELOW_TAKEN, NO_PLACES_YET
from .region import Region, covers, village_in

SEGMENTS = {"vulnerable": "BPU", "non_civil_servant": "PU"}  # the insurer's segment of a category (domain glossary)


class Programme(Record):
    __tablename__ = "programme"
    name: Mapped[str] = mapped_column(String(120))
    budget_year: Mapped[int]
    category: Mapped[str] = mapped_column(String(20))
    insurances: Mapped[list[str]] = mapped_column(TextList)
    funding: Mapped[str] = mapped_column(String(8))
    agreement_no: Mapped[str] = mapped_column(String(60), default="")
    agreement_from: Mapped[dt.date | None]
    agreement_to: Mapped[dt.date | None]
    enrollment_group_no: Mapped[str] = mapped_column(String(40), default="")
    start_on: Mapped[dt.date]  # the first day of a month
    months: Mapped[int]
    income_base_rupiah: Mapped[int]  # what contributions are reckoned with, a month
    profile_code: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(8), default="draft")  # draft, open, closed
    renewal_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("programme.id"))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))

    allotments: Mapped[list[Allotment]] = relationship(order_by="Allotment.region_code", back_populates="programme")

    @property
    def segment(self) -> str:
        return SEGMENTS[self.category]

    @property
    def end_on(self) -> dt.date:
        """The last day of cover."""
        return last_day(months_later(self.start_on, self.months - 1))

    def month_list(self, since: dt.date | None = None) -> list[dt.date]:
        """Return the first days of the programme's months, from that of `since` on."""
        months = [months_later(self.start_on, n) for n in range(self.months)]
        return [month for month in months if since is None or month >= first_day(since)]

    def first_month(self, day: dt.date) -> dt.date:
        """Return the month in which cover can begin for somebody who gets a place on `day`: the next one, or the start."""
        return max(self.start_on, months_later(day, 1))

    @property
    def whole(self) -> Allotment:
        """The limit of the whole programme: that of the shortest region code."""
        return min(self.allotments, key=lambda allotment: len(allotment.region_code))

    def open(self) -> None:
        """Let approvals take places."""
        if self.state == "closed" or not any(a.places for a in self.allotments):
            raise WrongState(NO_PLACES_YET)
        self.state = "open"

    def close(self) -> None:
        """Let approvals take no more places. Whoever has one keeps it."""
        self.state = "closed"

    def allot(self, region_code: str, places: int, budget_rupiah: int) -> Allotment:
        """Set the limit in a region. Raise WrongInput when more is taken already."""
        found = next((a for a in self.allotments if a.region_code == region_code), None)
        if found is None:
            taken, committed = taken_in(self, region_code)
            found = Allotment(region_code=region_code, taken=taken, committed_rupiah=committed)
            self.allotments.append(found)
        if places < found.taken or budget_rupiah < found.committed_rupiah:
            raise WrongInput(BELOW_TAKEN)
        found.places, found.budget_rupiah = places, budget_rupiah
        return found


class Allotment(Record):
    """Places and rupiah of a programme in a region. `taken` and `committed_rupiah` move with each place, in one statement."""

    __tablename__ = "allotment"
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    places: Mapped[int]
    budget_rupiah: Mapped[int] = mapped_column(BigInteger)
    taken: Mapped[int] = mapped_column(default=0)
    committed_rupiah: Mapped[int] = mapped_column(BigInteger, default=0)

    programme: Mapped[Programme] = relationship(back_populates="allotments")
    region: Mapped[Region] = relationship()
    __table_args__ = (UniqueConstraint("programme_id", "region_code"),)

    @property
    def places_left(self) -> int:
        return self.places - self.taken

    @property
    def rupiah_left(self) -> int:
        return self.budget_rupiah - self.committed_rupiah

    def has_room_for(self, cost: int) -> bool:
        return self.places_left >= 1 and self.rupiah_left >= cost

    def covers(self, region_code: str) -> bool:
        return covers(self.region_code, region_code)


def taken_in(programme: Programme, region_code: str) -> tuple[int, int]:
    """Return how many places people of this region hold, and the rupiah of these and of what stays spent of others.

    It is counted from the people themselves.
    """
    from .registration import Registration
    from .spent import spent_in

    held = select(db.func.count(), db.func.coalesce(db.func.sum(Registration.committed_rupiah), 0)).where(
        Registration.programme_id == programme.id,
        Registration.committed_rupiah.is_not(None),
        village_in(region_code, Registration.village_code),
    )
    count, rupiah = db.session.execute(held).one()
    return count, int(rupiah) + spent_in([programme.id], region_code)[programme.id]


def all_programmes() -> list[Programme]:
    """Return every programme, the newest in front."""
    return list(db.session.scalars(select(Programme).order_by(Programme.start_on.desc(), Programme.name)))


def find_programme(told: uuid.UUID | str) -> Programme:
    """Raise NotFound for what is no programme."""
    try:
        found = db.session.get(Programme, told if isinstance(told, uuid.UUID) else uuid.UUID(told))
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found


def open_programmes(category: str) -> list[Programme]:
    """Return the programmes that take people of this category, the one that began first in front."""
    query = select(Programme).where(Programme.category == category, Programme.state == "open")
    return list(db.session.scalars(query.order_by(Programme.start_on, Programme.id)))


def programmes_before(programme: Programme) -> list[Programme]:
    """Return the open programmes that approvals fill before this one, as far as they have places left."""
    own = (programme.start_on, programme.id)
    return [one for one in open_programmes(programme.category) if (one.start_on, one.id) < own and one.whole.places_left > 0]
