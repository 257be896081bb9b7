"""Contributions by month: who is due and what is paid. A month may be listed again at any time; what is paid stays.

Payments of a month add up. The dues that wait are marked as paid all together, once the payments cover them.
A due is one person's month of one programme. Whoever leaves loses the dues after the last day that are not paid yet.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    Index,
    String,
    Uuid,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Base, Record, db
from ..kit.errors import NotFound, WrongInput
from ..kit.months import first_day, last_day
from .account import Account
from .contributions import monthly_contribution
from .job import Job, begin, handles, job_of
from .programme import Programme
from .recheck import Recheck
from .reference import occupations
from .registration import Registration

STEP = 5_000
UNPAID = "payment_id IS NULL"
NO_MONTH_OF_PROGRAMME = _l("This month lies outside of the programme.")


class Due(Base):
    """What one person costs in one month. Its amount may change until it is paid."""

    __tablename__ = "due"
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    rupiah: Mapped[int]
    payment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payment.id"))

    registration: Mapped[Registration] = relationship()
    __table_args__ = (
        Index("ix_due_registration_id", "registration_id", "month"),
        Index("ix_due_payment_id", "payment_id"),
        # What is owed, by month: few rows, whatever was paid before.
        Index(
            "ix_due_unpaid", "programme_id", "month", "registration_id", sqlite_where=text(UNPAID), postgresql_where=text(UNPAID)
        ),
    )


class ContributionMonth(Record):
    """A month of a programme. `state`: open (no list yet), listed, paid. `people` and `rupiah` are those of all its dues."""

    __tablename__ = "contribution_month"
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"))
    month: Mapped[dt.date]
    state: Mapped[str] = mapped_column(String(8), default="open")
    people: Mapped[int] = mapped_column(default=0)
    rupiah: Mapped[int] = mapped_column(BigInteger, default=0)
    sums: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # kept, because a page must not walk through 100,000 dues

    programme: Mapped[Programme] = relationship()
    __table_args__ = (Index("uq_contribution_month", "programme_id", "month", unique=True),)

    @property
    def dues(self) -> Any:
        """The condition for the dues of this month."""
        return (Due.programme_id == self.programme_id) & (Due.month == self.month)

    @property
    def told(self) -> dict[str, Any]:
        """The sums as they were counted last; of a month that was listed before they were kept, as they are."""
        return self.sums or self._summed()

    @property
    def unpaid(self) -> tuple[int, int]:
        """How many people are not paid for yet, and their rupiah."""
        people, rupiah = self.told["unpaid"]
        return people, rupiah

    @property
    def missing(self) -> int:
        """How many rupiah the payments lack until what waits is paid."""
        return max(self.rupiah - self.told["paid"], 0) if self.unpaid[0] else 0

    @property
    def overpaid(self) -> int:
        """How many rupiah were paid beyond what all dues come to."""
        return max(self.told["paid"] - self.rupiah, 0)

    def count(self) -> None:
        """Count the dues anew and mark what the payments cover. A month is paid when it has dues and none of them waits."""
        self.sums = self._summed()
        while self._settle(self.sums):  # at most twice: what waits again may be covered once those who left are out
            self.sums = self._summed()
        self.people = sum(people for _code, people, _rupiah in self.sums["districts"])
        self.rupiah = sum(rupiah for _code, _people, rupiah in self.sums["districts"])
        self.state = "paid" if self.people and not self.unpaid[0] else "listed"

    def _settle(self, sums: dict[str, Any]) -> bool:
        """Mark the dues that wait as paid when the payments cover them all, and none when they cover less than is marked.

        Say whether dues changed.
        """
        from .payment import newest_payment

        people, rupiah = sums["unpaid"]
        marked = sum(one for _code, _people, one in sums["districts"]) - rupiah
        if sums["paid"] < marked:
            self.unmark(Due.payment_id.is_not(None))
            return True
        last = newest_payment(self) if people and sums["paid"] >= marked + rupiah else None
        if last:
            self._mark(Due.payment_id.is_(None), last.id)
        return last is not None

    def unmark(self, which: Any) -> None:
        """Let these dues wait again. Those of people who had left are dropped, and stay spent no more."""
        from .places import give_back_month, move_up

        gone = db.session.scalars(select(Due.registration_id).where(self.dues, which, gone_due(self))).all()
        self._mark(which, None)
        drop_stale(self)
        if gone:
            give_back_month(self.programme, self.month, gone)
            move_up(self.programme.category)

    def _mark(self, which: Any, payment_id: uuid.UUID | None) -> None:
        marked = update(Due).where(self.dues, which).values(payment_id=payment_id)
        db.session.execute(marked.execution_options(synchronize_session=False))

    def _summed(self) -> dict[str, Any]:
        """Return by district [code, people, rupiah], [people, rupiah] of the unpaid and of those paid for too late, and what
        the payments come to."""
        from .payment import paid_for

        waits = Due.payment_id.is_(None)
        late = ~waits & gone_before(self.month)
        parts = [func.sum(case((which, what), else_=0)) for which in (waits, late) for what in (1, Due.rupiah)]
        query = select(Registration.district_code, func.count(), func.sum(Due.rupiah), *parts).select_from(Due)
        query = query.join(Registration, Registration.id == Due.registration_id).where(self.dues)
        rows = db.session.execute(query.group_by(Registration.district_code).order_by(Registration.district_code)).all()
        unpaid, too_late = ([sum(int(row[at + n]) for row in rows) for n in (0, 1)] for at in (3, 5))
        return {
            "districts": [[row[0], row[1], int(row[2])] for row in rows],
            "unpaid": unpaid,
            "late": too_late,
            "paid": paid_for(self),
        }


def month_of(programme: Programme, month: dt.date, *, to_change: bool = False) -> ContributionMonth | None:
    """Return the month if it was ever listed; held until this transaction ends where it is to be changed."""
    query = select(ContributionMonth).where(ContributionMonth.programme_id == programme.id, ContributionMonth.month == month)
    return db.session.scalar(query.with_for_update(of=ContributionMonth) if to_change else query)


def months_of(programme: Programme) -> dict[dt.date, ContributionMonth]:
    query = select(ContributionMonth).where(ContributionMonth.programme_id == programme.id)
    return {row.month: row for row in db.session.scalars(query)}


def list_month(programme: Programme, month: dt.date, by: Account) -> ContributionMonth:
    """Put the month's list to work. Raise WrongInput for a month that is not the programme's, RateMissing without a rate."""
    if month not in programme.month_list():
        raise WrongInput(NO_MONTH_OF_PROGRAMME)
    costs_by_sector(programme, month)
    row = month_of(programme, month)
    if row is None:
        row = ContributionMonth(programme_id=programme.id, month=month)
        db.session.add(row)
        db.session.flush()
    last = job_of(row.id)
    if last is None or last.is_over:
        begin("dues", row.id, by)
    return row


@handles("dues")
def list_dues(job: Job) -> Iterator[None]:
    """Write who is due, step by step. A step that was stored is found again and not doubled."""
    month = _held(job)
    drop_stale(month)
    _set_amounts(month)
    job.done_count, last = 0, None
    job.total_count = db.session.scalar(select(func.count()).select_from(Registration).where(covered_in(month))) or 0
    while job.done_count < job.total_count:
        upto = _end_of_step(month, last)
        _add_step(month, last, upto)
        if upto is None:
            break
        job.done_count, last = job.done_count + STEP, upto
        yield
        month = _held(job)
    job.done_count = job.total_count
    month.count()
    yield


def _held(job: Job) -> ContributionMonth:
    return db.session.get_one(ContributionMonth, job.subject_id, with_for_update=True, populate_existing=True)


def covered_in(month: ContributionMonth) -> Any:
    """The condition for people who are covered on a day of this month, by this programme or before they were renewed."""
    renewed = select(Recheck.registration_id).where(Recheck.programme_id == month.programme_id, Recheck.state == "confirmed")
    own = or_(Registration.programme_id == month.programme_id, Registration.id.in_(renewed))
    return own & (Registration.covered_from <= last_day(month.month)) & (Registration.covered_to >= month.month)


def costs_by_sector(programme: Programme, month: dt.date) -> dict[str, int]:
    """Return the rupiah of a person's month by sector of work. Raise RateMissing."""
    told = (programme.segment, programme.insurances, programme.income_base_rupiah, month, programme.funding)
    sectors = sorted({one.sector for one in occupations().values()})
    return {sector: monthly_contribution(*told, sector).total_rupiah for sector in sectors}


def _amount(month: ContributionMonth) -> Any:
    """The amount as SQL: reckoned once for each sector, not for each person."""
    costs = costs_by_sector(month.programme, month.month)
    by_work = {code: costs[one.sector] for code, one in occupations().items()}
    amounts = sorted(set(by_work.values()))
    branches = [(Registration.occupation.in_([c for c, rupiah in by_work.items() if rupiah == one]), one) for one in amounts[1:]]
    return case(*branches, else_=amounts[0]) if branches else literal(amounts[0])


def _end_of_step(month: ContributionMonth, last: uuid.UUID | None) -> uuid.UUID | None:
    query = select(Registration.id).where(covered_in(month)).order_by(Registration.id).offset(STEP - 1).limit(1)
    return db.session.scalar(query.where(Registration.id > last) if last else query)


def _add_step(month: ContributionMonth, last: uuid.UUID | None, upto: uuid.UUID | None) -> None:
    there = select(Due.registration_id).where(month.dues, Due.registration_id == Registration.id)
    place = (literal(month.programme_id, Uuid), literal(month.month, Date))
    people = select(*place, Registration.id, _amount(month)).where(covered_in(month), ~there.exists())
    if last:
        people = people.where(Registration.id > last)
    if upto:
        people = people.where(Registration.id <= upto)
    names = ["programme_id", "month", "registration_id", "rupiah"]
    db.session.execute(insert(Due).from_select(names, people, include_defaults=False))


def gone_before(month: dt.date) -> Any:
    """The condition for people of a list whose cover ended before this month, or never began after all."""
    return (Registration.covered_to < month) | Registration.covered_to.is_(None)


def gone_due(month: ContributionMonth) -> Any:
    """The condition for the dues of these people."""
    return select(Registration.id).where(Registration.id == Due.registration_id, gone_before(month.month)).exists()


def drop_stale(month: ContributionMonth) -> None:
    """Take out who had left before this month, as far as nothing is paid."""
    gone = delete(Due).where(month.dues, Due.payment_id.is_(None), gone_due(month))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _set_amounts(month: ContributionMonth) -> None:
    """Give what is not paid the amount that holds today."""
    amount = select(_amount(month)).where(Registration.id == Due.registration_id).scalar_subquery()
    unpaid = update(Due).where(month.dues, Due.payment_id.is_(None), Due.rupiah != amount)
    db.session.execute(unpaid.values(rupiah=amount).execution_options(synchronize_session=False))


def drop_dues_after(entry: Registration, on: dt.date) -> None:
    """Take the dues of the months after this day away, as far as nothing is paid. What is paid was paid too much."""
    later = (Due.registration_id == entry.id) & (Due.month > on)
    for due in list(db.session.scalars(select(Due).where(later).order_by(Due.month))):
        month = month_of(db.session.get_one(Programme, due.programme_id), due.month, to_change=True)
        if due.payment_id is None:
            db.session.delete(due)
        db.session.flush()
        if month:
            month.count()


def dues_of(entry: Registration) -> list[Due]:
    """Return a person's months, newest first."""
    return list(db.session.scalars(select(Due).where(Due.registration_id == entry.id).order_by(Due.month.desc())))


def listed(programme: Programme, month: dt.date) -> ContributionMonth:
    """Return the month. Raise NotFound when it has no list."""
    row = month_of(programme, first_day(month))
    if row is None:
        raise NotFound()
    return row
