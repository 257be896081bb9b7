"""The ground that the other tests stand on: each starts alike, on both databases, whatever the one before has done."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import MetaData, Table, create_engine, event, inspect, select, text

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import Account
from sbt_pwa.records.region import Region
from tests.conftest import PostgresHouse

VALUES = {
    str: "x", int: 1, bytes: b"x", bool: True, float: 1.0, dict: [], object: [], uuid.UUID: uuid.UUID(int=7),
    dt.date: dt.date(2026, 1, 1), dt.datetime: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
}  # fmt: skip


def usernames():
    return set(db.session.scalars(select(Account.username)))


def test_a_test_may_spoil_its_database(app):
    for account in db.session.scalars(select(Account)):
        account.username = f"other-{account.username}"
    db.session.commit()
    assert "sari" not in usernames()


def test_and_the_next_starts_from_the_template_again(app):
    assert {"sari", "budi"} <= usernames()
    assert db.session.get(Region, "81.05.01.2003") is not None


def test_the_database_is_the_one_that_was_asked_for(app, database):
    assert db.engine.dialect.name == database


@pytest.mark.only_on("postgresql")
def test_a_house_that_was_closed_is_built_again(app, request, tmp_path):
    """Processes steal each other's work: a database whose tests were over may come back."""

    class Another(PostgresHouse):
        NAME = "another"

    for folder in (tmp_path / "first", tmp_path / "again"):
        folder.mkdir()
        house = Another(folder, request)
        house.build()
        house.close()


@pytest.fixture
def others(app):
    """An engine of somebody else, whom no foreign key and, on PostgreSQL, no trigger keeps from anything."""
    options = dict(app.config["SQLALCHEMY_ENGINE_OPTIONS"])
    if db.engine.dialect.name == "postgresql":
        options["connect_args"] = {"options": "-c session_replication_role=replica"}
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"], **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA foreign_keys=OFF"))
    yield engine
    engine.dispose()


@pytest.fixture
def write(others):
    def write(*statements):
        with others.begin() as connection:
            for one in statements:
                connection.execute(text(one) if isinstance(one, str) else one)

    return write


def tables() -> list[Table]:
    there = MetaData()
    there.reflect(db.session.connection())
    return there.sorted_tables


def everything() -> dict[str, object]:
    """Each row of each table in its place, the counters' next numbers, and the whole schema."""
    told: dict[str, object] = {table.name: rows(select(table)) for table in tables()}
    schema = inspect(db.session.connection())
    if db.engine.dialect.name == "sqlite":
        told["schema"] = rows("SELECT name, sql FROM sqlite_master ORDER BY name")
    else:
        for ask in ("columns", "indexes", "foreign_keys", "unique_constraints", "check_constraints", "pk_constraint"):
            told[ask] = repr(sorted(getattr(schema, f"get_multi_{ask}")().items()))
        told["views"] = schema.get_view_names()
        told["triggers"] = rows("SELECT tgname, tgenabled, tgrelid::regclass::text FROM pg_trigger ORDER BY 1, 3")
        told["functions"] = rows("SELECT proname, prosrc FROM pg_proc WHERE oid >= 16384 ORDER BY 1")
        told["counters"] = [rows(f'SELECT last_value, is_called FROM "{name}"') for name in sorted(schema.get_sequence_names())]
    db.session.rollback()
    db.engine.dispose()
    return told


def rows(question) -> list[tuple]:
    asked = db.session.execute(text(question) if isinstance(question, str) else question)
    return [tuple(row) for row in asked]


def a_row(table: Table) -> dict[str, object]:
    return {column.name: VALUES[column.type.python_type] for column in table.columns if not column.nullable}


def test_no_row_of_any_table_reaches_the_next_test(app, house, write):
    before, all_tables = everything(), tables()
    db.session.rollback()
    for table in all_tables:
        write(table.delete(), table.insert().values(a_row(table)))
    after = everything()
    assert [table.name for table in all_tables if after[table.name] == before[table.name]] == []
    house.reset()
    assert everything() == before


def test_a_single_changed_value_and_a_single_missing_row_are_put_back(app, house, write):
    before = everything()
    write("UPDATE region SET name = 'Elsewhere' WHERE code = '81.05.01.2003'", "DELETE FROM account WHERE username = 'rina'")
    house.reset()
    assert everything() == before


@pytest.mark.only_on("postgresql")
def test_what_somebody_has_not_yet_finished_writing_is_over(app, house, others):
    """The next test neither waits for it nor finds it. (With SQLite it opens another file.)"""
    before = everything()
    connection = others.connect()
    connection.execute(text("UPDATE account SET name = 'Half written'"))
    house.reset()
    connection.invalidate()
    assert everything() == before


CHANGES = [
    "CREATE TABLE more (id integer)",
    "DROP TABLE erased",
    "ALTER TABLE account ADD COLUMN more integer DEFAULT 7",
    "DROP INDEX ix_name_word_registration_id",
    "CREATE VIEW more AS SELECT 1 AS one",
]
CHANGES_OF_POSTGRES = [
    "ALTER TABLE registration DISABLE TRIGGER queue_registration_in",
    "CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE account ALTER COLUMN failed_count SET DEFAULT 3",
    "CREATE SEQUENCE more",
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_of_the_schema_reaches_the_next_test(app, house, write, change):
    before = everything()
    write(change)
    assert everything() != before
    house.reset()
    assert everything() == before


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("change", CHANGES_OF_POSTGRES)
def test_nor_does_what_only_postgresql_has(app, house, write, change):
    test_no_change_of_the_schema_reaches_the_next_test(app, house, write, change)


def test_a_furnished_house_is_furnished_each_time_and_empty_afterwards(app, house):
    empty = everything()

    def furnish():
        db.session.add(Region(code="99", name="Elsewhere", level="province"))
        db.session.commit()

    house.furnish("elsewhere", furnish)
    furnished = everything()
    assert furnished != empty
    db.session.execute(text("DELETE FROM region_change"))
    db.session.commit()
    house.reset()
    assert everything() == empty
    house.furnish("elsewhere", lambda: pytest.fail("built twice"))
    assert everything() == furnished
