"""The database: base class, identifiers, times, and SQLite made as careful as PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Index, MetaData, String, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
LONG_REST = 2.0  # seconds
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "wal_autocheckpoint": "16000",  # pages: a batch writes some hundred, and most of them the next one writes again
    "busy_timeout": "5000",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "cache_size": "-16000",
    "temp_store": "MEMORY",
}


def now() -> dt.datetime:
    """Return the time in UTC, aware."""
    return dt.datetime.now(dt.UTC)


def uuid7(at: dt.datetime | None = None) -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562): 48 bits of milliseconds, 74 random bits."""
    milliseconds = int(at.timestamp() * 1000) if at else time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment. SQLite keeps no zone, so it is written and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


class TextList(TypeDecorator[list[str]]):
    """A short list of words as JSON text: unlike a JSON column it can stand in an index."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map={dt.datetime: UtcDateTime})


class Record(Base):
    """A row with its own id, known before it is stored because encrypted values are bound to it."""

    __abstract__ = True
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    changed_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", uuid7())
        super().__init__(**values)


def index_where_given(table: str, column: str) -> Index:
    """An index for a column that few rows fill: the others cost it nothing."""
    given = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=given, postgresql_where=given)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def engine_options(url: str) -> dict[str, Any]:
    """Return what `create_engine` needs; SQLite gets the driver that brings a version without the WAL fault."""
    if not url.startswith("sqlite"):
        return {"hide_parameters": True, "pool_size": 8, "max_overflow": 24}
    import pysqlite3.dbapi2

    # A logged fault must not name people. The driver keeps prepared statements, 100 if not told otherwise, and what comes when
    # they are full pushes out what came last: after the pages' statements each one of a batch was read anew, 3 ms of 60.
    return {"hide_parameters": True, "module": pysqlite3.dbapi2, "connect_args": {"cached_statements": 1_000}}


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: Any) -> None:
    if "sqlite" not in type(connection).__module__:
        return
    connection.isolation_level = None  # the driver's own BEGIN comes too late: a savepoint would survive a rollback
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Take SQLite's write lock at the start, so that a transaction never has to be upgraded and fail."""
    if connection.dialect.name == "sqlite":
        reading = has_request_context() and request.method in {"GET", "HEAD"}
        writing = connection.get_execution_options().get("writes", not reading)
        connection.execution_options(writes=writing)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@event.listens_for(Engine, "checkin")
def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["resting_since"] = time.monotonic()


@event.listens_for(Engine, "checkout")
def _look_after_rest(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Find out whether PostgreSQL is still there, of a connection that rested: asked each time it cost a page 0.9 ms."""
    rested = time.monotonic() - record.info.get("resting_since", time.monotonic())
    if rested < LONG_REST or "sqlite" in type(connection).__module__:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as fault:
        raise DisconnectionError from fault  # the pool then opens another


@contextmanager
def looking_first() -> Iterator[None]:
    """Read before a write begins, so that long computing in between does not keep other writers waiting."""
    db.session.connection(execution_options={"writes": False})
    yield
    db.session.expunge_all()
    db.session.commit()  # a rollback would have psycopg forget its prepared statements


@contextmanager
def alone() -> Iterator[Connection]:
    """Give a connection for one statement that reads; PostgreSQL is spared the way there and back for BEGIN and for COMMIT."""
    reads = {"writes": False} if db.engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    with db.engine.connect().execution_options(**reads) as connection, connection.begin():
        yield connection


@contextmanager
def apart() -> Iterator[Connection]:
    """Give a writing transaction of its own, for small notes that outlive the request's fate.

    A request that has begun to write holds SQLite's one write lock already and would wait for itself: there the note is
    part of what it writes.
    """
    reading = has_request_context() and request.method in {"GET", "HEAD"}
    if db.engine.dialect.name == "sqlite" and not reading and db.session().in_transaction():
        yield db.session.connection()
        return
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def keep_apart(statement: Any) -> None:
    with apart() as connection:
        connection.execute(statement)
