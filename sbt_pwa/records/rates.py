"""Rates, brackets and reliefs as dated rows that the office keeps. A row is never overwritten: it ends, and the next begins."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, String, Uuid, event, select, text
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column, relationship

from ..kit.db import Record, TextList, db
from ..kit.errors import NotFound, WrongInput
from ..kit.months import last_day
from .account import Account
from .rate_book import Bracket, Rate, RateBook, Relief

DATA = Path(__file__).parent / "data"
HELD = "valid_to IS NULL OR valid_to >= valid_from"  # the others were put right before they held for a month
BOOK = "rate_book"
BEGINS_TOO_EARLY = _l("The new figures cannot begin before the old ones do. Choose a later month.")
ENDED_ALREADY = _l("This row has ended already. Change the one that follows it, or add a new row.")
ENDS_BEFORE_IT_BEGINS = _l("The last month lies before the first one.")
HELD_BY_ANOTHER = _l("Another row holds in one of these months already. Change that one instead.")


class DatedRow(Record):
    """`valid_from` is the first day of a month, `valid_to` the last of one; `by` is None for what came with the app."""

    __abstract__ = True
    SAME: ClassVar[tuple[str, ...]]  # the fields that say which rows follow each other
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    legal_basis: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
    verified: Mapped[str] = mapped_column(String(20), default="no")
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)  # who let it end with nothing after it

    @property
    def ended_by(self) -> Account | None:
        return db.session.get(Account, self.ended_by_id) if self.ended_by_id else None

    @property
    def never_held(self) -> bool:
        return self.valid_to is not None and self.valid_to < self.valid_from

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def change(self, from_month: dt.date, by: Account, **figures: Any) -> DatedRow:
        """End this row the day before `from_month` and begin the next one with other figures."""
        if from_month < self.valid_from:
            raise WrongInput(BEGINS_TOO_EARLY)
        if self.never_held or (self.valid_to and self.valid_to < from_month):
            raise WrongInput(ENDED_ALREADY)
        same = {name: getattr(self, name) for name in self.SAME}
        values = {"valid_to": self.valid_to} | same | figures
        with db.session.begin_nested():  # both or neither
            self.valid_to = from_month - dt.timedelta(days=1)
            db.session.flush()
            return add_row(type(self), valid_from=from_month, by=by, **values)

    def end(self, last_month: dt.date, by: Account) -> None:
        """Let this row hold up to the end of `last_month`, with nothing after it."""
        if self.never_held or (self.valid_to and self.valid_to < last_day(last_month)):
            raise WrongInput(ENDED_ALREADY)
        if last_month < self.valid_from:
            raise WrongInput(ENDS_BEFORE_IT_BEGINS)
        self.valid_to, self.ended_by_id = last_day(last_month), by.id
        forget_book(db.session())


class ContributionRate(DatedRow):
    """A share of the wage, of a segment that pays by shares."""

    __tablename__ = "contribution_rate"
    SAME = ("segment", "insurance")
    segment: Mapped[str] = mapped_column(String(4))
    insurance: Mapped[str] = mapped_column(String(4))
    per_million: Mapped[int]
    by: Mapped[Account | None] = relationship()
    __table_args__ = (
        Index(None, "segment", "insurance", "valid_from", unique=True, sqlite_where=text(HELD), postgresql_where=text(HELD)),
    )

    def told(self) -> Rate:
        return Rate(self.segment, self.insurance, self.per_million, self.valid_from, self.valid_to, self.legal_basis)


class ContributionBracket(DatedRow):
    """What incomes from `income_from` up to the next bracket pay. `income_to` is told as the annex prints it."""

    __tablename__ = "contribution_bracket"
    SAME = ("segment", "income_from")
    segment: Mapped[str] = mapped_column(String(4))
    income_from: Mapped[int] = mapped_column(BigInteger)
    income_to: Mapped[int | None] = mapped_column(BigInteger)
    base_rupiah: Mapped[int]
    jkk_rupiah: Mapped[int]
    jkm_rupiah: Mapped[int]
    jht_rupiah: Mapped[int]
    by: Mapped[Account | None] = relationship()
    __table_args__ = (
        Index(None, "segment", "income_from", "valid_from", unique=True, sqlite_where=text(HELD), postgresql_where=text(HELD)),
    )

    def told(self) -> Bracket:
        amounts = {"JKK": self.jkk_rupiah, "JKM": self.jkm_rupiah, "JHT": self.jht_rupiah}
        dates = (self.valid_from, self.valid_to)
        return Bracket(self.segment, self.income_from, self.base_rupiah, amounts, *dates, self.legal_basis)


class ContributionRelief(DatedRow):
    """Of these insurances only a part is paid; `sector` "" is every sector that no other row names."""

    __tablename__ = "contribution_relief"
    SAME = ("segment", "sector", "insurances")
    segment: Mapped[str] = mapped_column(String(4))
    insurances: Mapped[list[str]] = mapped_column(TextList)
    factor_per_million: Mapped[int]
    sector: Mapped[str] = mapped_column(String(20), default="")
    excluded_funding: Mapped[list[str]] = mapped_column(TextList)
    by: Mapped[Account | None] = relationship()
    __table_args__ = (
        Index(
            None, "segment", "sector", "insurances", "valid_from",
            unique=True, sqlite_where=text(HELD), postgresql_where=text(HELD),
        ),
    )  # fmt: skip

    def told(self) -> Relief:
        lists = (tuple(self.insurances), self.factor_per_million, self.sector, tuple(self.excluded_funding))
        return Relief(self.segment, *lists, self.valid_from, self.valid_to, self.legal_basis)


TABLES: dict[str, type[DatedRow]] = {"rate": ContributionRate, "bracket": ContributionBracket, "relief": ContributionRelief}
AnyRow = TypeVar("AnyRow", bound=DatedRow)


def rows_of(table: type[AnyRow]) -> list[AnyRow]:
    """Return every row that ever was, those that follow each other together, the newest last."""
    order = [getattr(table, name) for name in (*table.SAME, "valid_from", "made_at")]
    return list(db.session.scalars(select(table).order_by(*order)))


def row_to_change(table: type[AnyRow], row_id: uuid.UUID) -> AnyRow:
    """Return the row, held until this transaction ends. Raise NotFound."""
    row = db.session.scalar(select(table).where(table.id == row_id).with_for_update(of=table))
    if row is None:
        raise NotFound()
    return row


def add_row(table: type[AnyRow], *, by: Account | None, **values: Any) -> AnyRow:
    """Store a row. Raise WrongInput when another one holds in one of its months."""
    row = table(by_id=by.id if by else None, **values)
    if row.never_held:
        raise WrongInput(ENDS_BEFORE_IT_BEGINS)
    if any(_meet(row, other) for other in rows_of(table)):
        raise WrongInput(HELD_BY_ANOTHER)
    db.session.add(row)
    db.session.flush()
    forget_book(db.session())
    return row


def _meet(one: DatedRow, other: DatedRow) -> bool:
    if other.never_held or any(_apart(getattr(one, name), getattr(other, name)) for name in one.SAME):
        return False
    return (one.valid_to is None or other.valid_from <= one.valid_to) and (
        other.valid_to is None or one.valid_from <= other.valid_to
    )


def _apart(one: Any, other: Any) -> bool:
    """Say whether the two concern different things: lists of insurances do when they share none."""
    return not set(one) & set(other) if isinstance(one, list) else bool(one != other)


def rate_book() -> RateBook:
    """Return all rows, read once in a transaction: a run over many people asks for them again and again."""
    session = db.session()
    if BOOK not in session.info:
        session.info[BOOK] = RateBook(
            [row.told() for row in rows_of(ContributionRate) if not row.never_held],
            [row.told() for row in rows_of(ContributionBracket) if not row.never_held],
            [row.told() for row in rows_of(ContributionRelief) if not row.never_held],
        )
    book: RateBook = session.info[BOOK]
    return book


def forget_book(session: Session) -> None:
    session.info.pop(BOOK, None)


@event.listens_for(db.session, "after_transaction_end")
def _when_a_transaction_ends(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        forget_book(session)


@event.listens_for(db.session, "after_soft_rollback")
def _when_a_savepoint_is_undone(session: Session, _transaction: SessionTransaction) -> None:
    forget_book(session)


def load_rates() -> int:
    """Fill the tables that are empty from the files that come with the app; return how many rows were added."""
    count = 0
    for name, table in TABLES.items():
        if db.session.scalar(select(table.id).limit(1)) is None:
            with (DATA / f"contribution_{name}s.csv").open(newline="", encoding="utf-8") as file:
                rows = [table(**_row(line)) for line in csv.DictReader(file)]
            db.session.add_all(rows)
            count += len(rows)
    db.session.flush()
    forget_book(db.session())
    return count


def _row(line: dict[str, str]) -> dict[str, Any]:
    return {name: READERS[name](value) if name in READERS else value for name, value in line.items()}


def _day(value: str) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


READERS: dict[str, Callable[[str], Any]] = (
    dict.fromkeys(["valid_from", "valid_to"], _day)
    | dict.fromkeys(["insurances", "excluded_funding"], str.split)
    | dict.fromkeys(["income_from", "base_rupiah", "jkk_rupiah", "jkm_rupiah", "jht_rupiah"], int)
    | dict.fromkeys(["per_million", "factor_per_million"], int)
    | {"income_to": lambda value: int(value) if value else None}
)
