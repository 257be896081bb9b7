"""What is counted of registrations and events, in the transaction of each move; `recount` reckons it anew.

A move to where the person has been before (`Event.is_again`) is not counted: a week tells who was approved, or became a
member, for the first time. So the weeks add up to people, and no renewal looks like growth.
The database does it itself, by triggers (migrations 0006, 0010, 0014l and 0017l). PostgreSQL counts at the end of each
statement, in slots of the transaction's own: always sum. SQLite has triggers for single rows only: they write down what moved,
and `fold` counts all of it together right before the commit, which costs a batch a third of counting row by row.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, SmallInteger, String, event
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, db

NO_PROGRAMME = uuid.UUID(int=0)
KINDS = ("registered", *"returned approved waitlisted sent active declined refused withdrawn ended undone".split())


class Counted(Base):
    """Category and programme of what is counted; `programme_id` is NO_PROGRAMME for whoever has none yet."""

    __abstract__ = True
    __table_args__ = {"sqlite_with_rowid": False}
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    programme_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[int]


class CoverageCount(Counted):
    """Entries by status now, of districts and villages. Days of cover stand only with `active`, as ISO text or empty."""

    __tablename__ = "coverage_count"
    region_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    status: Mapped[str] = mapped_column(String(12), primary_key=True)
    covered_from: Mapped[str] = mapped_column(String(10), primary_key=True)
    covered_to: Mapped[str] = mapped_column(String(10), primary_key=True)
    rupiah: Mapped[int] = mapped_column(BigInteger)  # what their places cost


class PortraitCount(Counted):
    """Who they are, of the regency, districts and villages: `kind` occupation (value: its code) or born (`female 1980`)."""

    __tablename__ = "portrait_count"
    region_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    stage: Mapped[str] = mapped_column(String(6), primary_key=True)  # work, active, over
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(30), primary_key=True)


class StandingCount(Counted):
    """Entries on their way by the local day since which they stand where they stand, of districts and villages."""

    __tablename__ = "standing_count"
    region_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    status: Mapped[str] = mapped_column(String(12), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)


class FlowCount(Counted):
    """What happened in a week (told by its Monday, local), of the regency, districts and villages; `kind` is one of KINDS."""

    __tablename__ = "flow_count"
    region_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    week: Mapped[dt.date] = mapped_column(primary_key=True)


class OfficerCount(Counted):
    """The same by who registered the person."""

    __tablename__ = "officer_count"
    region_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    week: Mapped[dt.date] = mapped_column(primary_key=True)
    author_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class CoverageClock(Base):
    """One row: how far local time is from UTC, for days and weeks. Set at the migration and by `coverage rebuild`."""

    __tablename__ = "coverage_clock"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    offset_minutes: Mapped[int]


class CoverageMove(Base):
    """SQLite only: what this transaction moved, out of (sign -1) and into (1) the counters. Empty after every commit."""

    __tablename__ = "coverage_move"
    seq: Mapped[int] = mapped_column(primary_key=True)
    sign: Mapped[int] = mapped_column(SmallInteger)
    village_code: Mapped[str | None] = mapped_column(String(13))
    category: Mapped[str | None] = mapped_column(String(20))
    programme_id: Mapped[uuid.UUID | None]
    status: Mapped[str | None] = mapped_column(String(12))
    status_at: Mapped[dt.datetime | None]
    made_at: Mapped[dt.datetime | None]
    author_id: Mapped[uuid.UUID | None]
    covered_from: Mapped[dt.date | None]
    covered_to: Mapped[dt.date | None]
    committed_rupiah: Mapped[int | None]
    occupation: Mapped[str | None] = mapped_column(String(30))
    sex: Mapped[str | None] = mapped_column(String(6))
    birth_date: Mapped[dt.date | None]
    event_kind: Mapped[str | None] = mapped_column(String(16))
    event_at: Mapped[dt.datetime | None]


@event.listens_for(db.session, "after_begin")
def _let_it_count(_session: Any, _transaction: Any, connection: Connection) -> None:
    connection.execution_options(counts=True)  # a migration's connection does not: its tables come and go


@event.listens_for(Engine, "commit")
def _before_commit(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("counts") and options.get("writes"):
        fold(connection)


def fold(connection: Connection) -> None:
    """Count what was moved so far in this transaction."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM coverage_move)").scalar():
        connection.exec_driver_sql("INSERT INTO coverage_fold VALUES (1)")
