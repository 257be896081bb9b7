"""States of a PostgreSQL database, kept in memory: to go back to one, only the tables that were written to are filled anew.

A new database from a template makes some 300 files, which costs many times what most tests do. So this looks at what is
there: each write that counts leaves a row newer than all before, or one row less, whoever wrote it. A changed schema shows
in the catalogue the same way; then there is nothing to fill, and the database has to be made anew.
"""

import time

import psycopg
from psycopg import sql

FIRST_OF_OURS = 16384  # PostgreSQL's own tables, functions and types have smaller numbers
CATALOGUE = {
    "pg_class": "oid", "pg_attribute": "attrelid", "pg_attrdef": "adrelid", "pg_constraint": "oid", "pg_index": "indexrelid",
    "pg_proc": "oid", "pg_trigger": "oid", "pg_type": "oid", "pg_namespace": "oid",
}  # fmt: skip
NEWEST = "count(*), coalesce(max(xmin::text::bigint), 0)"
NAMES = "SELECT relname FROM pg_class WHERE relkind = %s AND relnamespace = 'public'::regnamespace ORDER BY relname"
END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class SchemaChanged(Exception):
    """Rows alone do not lead back."""


class Shelf:
    def __init__(self) -> None:
        self.rows: dict[str, dict[str, bytes]] = {}  # by state, by table
        self.counters: dict[str, dict[str, tuple]] = {}  # by state, by sequence

    def open(self, url: str) -> None:
        """Look at this database from now on, through a connection of its own."""
        # Neither foreign keys nor our counters' triggers look: what is filled in was right when it was kept.
        self.connection = psycopg.connect(url, autocommit=True, options="-c session_replication_role=replica")
        self.tables, self.sequences = ([row[0] for row in self.connection.execute(NAMES, [kind])] for kind in "rS")
        self.catalogue = self._look_at_catalogue()

    def close(self) -> None:
        self.connection.close()

    def keep(self, name: str) -> None:
        self.rows[name] = {table: self._copy_out(table) for table in self.tables}
        self.counters[name] = self._look_at_counters()
        self.lies_there, self.seen = name, self._look_at(self.tables)

    def restore(self, name: str) -> None:
        """Bring back what was kept as `name`. Raise SchemaChanged when filling in rows cannot do that."""
        while self.connection.execute(END_OTHERS).fetchall():
            time.sleep(0.001)
        if self._look_at_catalogue() != self.catalogue:
            raise SchemaChanged
        there, wanted, seen = self.rows[self.lies_there], self.rows[name], self._look_at(self.tables)
        other = [one for one in self.tables if seen[one] != self.seen[one] or there[one] != wanted[one]]
        self._fill({table: wanted[table] for table in other})
        for sequence, (value, was_called) in self.counters[name].items():
            self.connection.execute("SELECT setval(%s::regclass, %s, %s)", [sequence, value, was_called])
        self.lies_there = name

    def _fill(self, rows: dict[str, bytes]) -> None:
        if not rows:
            return
        with self.connection.transaction():
            for table in rows:
                self._say("DELETE FROM {}", table)
        self._say("VACUUM {}", *rows)  # the next test finds the files as if they had just been made
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for table, data in rows.items():
                with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(table))) as copy:
                    copy.write(data)
        self.seen |= self._look_at(rows)

    def _say(self, statement: str, *names: str) -> None:
        self.connection.execute(sql.SQL(statement).format(sql.SQL(", ").join(map(sql.Identifier, names))))

    def _copy_out(self, table: str) -> bytes:
        with (
            self.connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))) as copy,
        ):
            return b"".join(copy)

    def _look_at(self, tables) -> dict[str, tuple]:
        return self._told(f"SELECT '{table}', {NEWEST} FROM \"{table}\"" for table in tables)

    def _look_at_catalogue(self) -> dict[str, tuple]:
        ours = f">= {FIRST_OF_OURS}"
        return self._told(f"SELECT '{table}', {NEWEST} FROM {table} WHERE {oid} {ours}" for table, oid in CATALOGUE.items())

    def _look_at_counters(self) -> dict[str, tuple]:
        return self._told(f"SELECT '{one}', last_value, is_called FROM \"{one}\"" for one in self.sequences)

    def _told(self, questions) -> dict[str, tuple]:
        return {name: tuple(values) for name, *values in self.connection.execute(" UNION ALL ".join(questions))}
