"""Very many rows straight into the tables: COPY in PostgreSQL, plain inserts in SQLite, past triggers and foreign keys.

Indexes are put down before and made anew afterwards: a million rows one by one into fifteen of them take ten times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from sbt_pwa.kit.db import db

TABLES = "('registration', 'event')"
IN_A_HURRY = ("synchronous = OFF", "foreign_keys = OFF", "secure_delete = OFF", "cache_size = -400000", "temp_store = MEMORY")
INDEXES = {
    "sqlite": f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN {TABLES} AND sql IS NOT NULL",
    "postgresql": f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN {TABLES} "
    "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
}
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


class Pour:
    """Rows as texts, numbers and bytes, as both databases take them."""

    def __init__(self, connection: Any):
        self.cursor = connection.cursor()
        self.is_sqlite = db.engine.dialect.name == "sqlite"

    def rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        names = ", ".join(columns)
        if self.is_sqlite:
            self.cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
            return
        with self.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def do(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self.cursor.execute(statement)

    def all(self, query: str) -> list[tuple[str, str]]:
        return [(name, sql) for name, sql in self.cursor.execute(query).fetchall()]


@contextmanager
def pouring() -> Iterator[Pour]:
    """Give a Pour with a connection of its own. What it writes is not counted: that is done afterwards, once."""
    db.session.commit()
    connection = _connection()
    pour = Pour(connection)
    indexes = pour.all(INDEXES[db.engine.dialect.name])
    triggers = pour.all(TRIGGERS) if pour.is_sqlite else []
    pour.do([f"DROP INDEX {name}" for name, _sql in indexes] + [f"DROP TRIGGER {name}" for name, _sql in triggers])
    yield pour
    pour.do([sql for _name, sql in [*indexes, *triggers]])
    connection.commit()
    connection.close()


def _connection() -> Any:
    if db.engine.dialect.name == "sqlite":
        connection = db.engine.dialect.loaded_dbapi.connect(db.engine.url.database)  # type: ignore[attr-defined]
        for pragma in IN_A_HURRY:
            connection.execute(f"PRAGMA {pragma}")
        return connection
    connection = psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    for setting in ("session_replication_role = replica", "maintenance_work_mem = '256MB'", "timezone = 'UTC'"):
        connection.execute(f"SET {setting}")
    return connection
