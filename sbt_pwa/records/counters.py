"""What is counted of registrations and events. The database keeps these tables itself (triggers of migration 0006), in the
transaction of each move; `recount` reckons them anew. Connections of PostgreSQL count in slots of their own: always sum.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base

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
    """The same by who registered the person, of villages."""

    __tablename__ = "officer_count"
    week: Mapped[dt.date] = mapped_column(primary_key=True)
    village_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    author_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)


class CoverageClock(Base):
    """One row: how far local time is from UTC, for days and weeks. Set at the migration and by `coverage rebuild`."""

    __tablename__ = "coverage_clock"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    offset_minutes: Mapped[int]
