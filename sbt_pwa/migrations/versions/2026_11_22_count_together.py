"""SQLite counts what a transaction moved together, at its end; PostgreSQL counts the queue by statement, as the rest."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009m"
branch_labels = None
depends_on = None

COVERAGE = import_module("sbt_pwa.migrations.versions.2026_11_22_coverage")
QUEUE = import_module("sbt_pwa.migrations.versions.2026_11_22_queue_indexes")
SQL = COVERAGE.Sqlite()
FACTS = [column for column in COVERAGE.REGISTRATION if column != "id"]
WATCHED = list(dict.fromkeys(name for counter in COVERAGE.counters(SQL) for name in counter.watched))
WATCHED_BY_EVENTS = ["village_code", "category", "programme_id", "author_id"]


def upgrade() -> None:
    op.create_table(
        "coverage_move",
        *(sa.Column(name, kind, nullable=name not in ("seq", "sign")) for name, kind in COLUMNS.items()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_coverage_move")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in COVERAGE.sqlite_triggers(SQL):
            op.execute(f"DROP TRIGGER {statement.split()[2]}")
        for statement in sqlite_triggers():
            op.execute(statement)
    else:
        for statement in QUEUE.ENDS["postgresql"]:
            op.execute(statement)
        for statement in queue_triggers():
            op.execute(statement)


COLUMNS: dict[str, sa.types.TypeEngine] = {
    "seq": sa.Integer(), "sign": sa.SmallInteger(), "village_code": sa.String(13), "category": sa.String(20),
    "programme_id": sa.Uuid(), "status": sa.String(12), "status_at": sa.DateTime(timezone=True),
    "made_at": sa.DateTime(timezone=True), "author_id": sa.Uuid(), "covered_from": sa.Date(), "covered_to": sa.Date(),
    "committed_rupiah": sa.Integer(), "occupation": sa.String(30), "sex": sa.String(6), "birth_date": sa.Date(),
    "event_kind": sa.String(16), "event_at": sa.DateTime(timezone=True),
}  # fmt: skip


# ---- SQLite: triggers write down what moved, and a view that is written into lets all of it be counted


def sqlite_triggers():
    counted = {row: f"{row}.kind IN {tuple(COVERAGE.COUNTED_KINDS)}" for row in ("NEW", "OLD")}
    told = "OLD.registration_id IS NOT NEW.registration_id OR OLD.kind IS NOT NEW.kind OR OLD.at IS NOT NEW.at"
    return [
        f"CREATE TRIGGER coverage_registration_in AFTER INSERT ON registration BEGIN {entry('NEW', 1)} END",
        f"CREATE TRIGGER coverage_registration_out AFTER DELETE ON registration BEGIN {entry('OLD', -1)} END",
        f"CREATE TRIGGER coverage_registration_again AFTER UPDATE OF {', '.join(WATCHED)} ON registration "
        f"WHEN {differ(WATCHED)} BEGIN {entry('OLD', -1)} {entry('NEW', 1)} END",
        f"CREATE TRIGGER coverage_registration_past AFTER UPDATE OF {', '.join(WATCHED_BY_EVENTS)} ON registration "
        f"WHEN {differ(WATCHED_BY_EVENTS)} BEGIN {past('OLD', -1)} {past('NEW', 1)} END",
        f"CREATE TRIGGER coverage_event_in AFTER INSERT ON event WHEN {counted['NEW']} BEGIN {happening('NEW', 1)} END",
        f"CREATE TRIGGER coverage_event_out AFTER DELETE ON event WHEN {counted['OLD']} BEGIN {happening('OLD', -1)} END",
        f"CREATE TRIGGER coverage_event_again AFTER UPDATE OF registration_id, kind, at ON event WHEN {told} "
        f"BEGIN {happening('OLD', -1)} {happening('NEW', 1)} END",
        "CREATE VIEW coverage_fold AS SELECT 1 AS now",
        f"CREATE TRIGGER coverage_folded INSTEAD OF INSERT ON coverage_fold BEGIN {fold(COVERAGE.counters(SQL), COVERAGE.counters_of_events(SQL))} END",
    ]


def differ(columns):
    return " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)


def entry(row, sign):
    values = ", ".join(f"{row}.{column}" for column in FACTS)
    return f"INSERT INTO coverage_move (sign, {', '.join(FACTS)}) VALUES ({sign}, {values});"


def past(row, sign):
    """What happened so far is counted where the entry stands now."""
    values = ", ".join(f"{row}.{column}" for column in FACTS)
    return (
        f"INSERT INTO coverage_move (sign, {', '.join(FACTS)}, event_kind, event_at) "
        f"SELECT {sign}, {values}, e.kind, e.at FROM event e WHERE e.registration_id = {row}.id;"
    )


def happening(row, sign):
    values = ", ".join(f"g.{column}" for column in FACTS)
    return (
        f"INSERT INTO coverage_move (sign, {', '.join(FACTS)}, event_kind, event_at) "
        f"SELECT {sign}, {values}, {row}.kind, {row}.at FROM registration g WHERE g.id = {row}.registration_id;"
    )


def fold(of_entries, of_events):
    entries, events = (f"(SELECT * FROM coverage_move WHERE event_kind IS {what}NULL) r" for what in ("", "NOT "))
    steps = [counter.insert(entries, "r.sign", "0") for counter in of_entries]
    steps += [counter.insert(events, "r.sign", "0") for counter in of_events]
    left = "SELECT {region} FROM coverage_move WHERE sign < 0"
    regions = f"{left.format(region='substr(village_code, 1, 8)')} UNION {left.format(region='village_code')}"
    steps.append(f"DELETE FROM standing_count WHERE n = 0 AND region_code IN ({regions});")
    return " ".join([*steps, "DELETE FROM coverage_move;"])


# ---- PostgreSQL: who waits in the queue, counted in the slot that the transaction has for all that it counts


def queue_triggers():
    found = []
    columns = ", ".join(QUEUE.COUNTED)
    differs = " OR ".join(f"o.{column} IS DISTINCT FROM n.{column}" for column in QUEUE.COUNTED)
    for what, event, given, told in (
        ("in", "INSERT", "NEW TABLE AS new_rows", [("new_rows", 1)]),
        ("out", "DELETE", "OLD TABLE AS old_rows", [("old_rows", -1)]),
        ("again", "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows", [("old_rows", -1), ("new_rows", 1)]),
    ):
        rows = " UNION ALL ".join(f"SELECT {columns}, {by} AS by FROM {name} WHERE {QUEUE.WAITING}" for name, by in told)
        worth = f"SELECT 1 FROM {told[0][0]} WHERE {QUEUE.WAITING}"
        if what == "again":
            worth = f"SELECT 1 FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE {differs}"
        body = (
            f"IF NOT EXISTS ({worth}) THEN RETURN NULL; END IF; my_slot := coverage_slot(); "
            f"INSERT INTO queue_count ({columns}, slot, n) SELECT {columns}, my_slot, sum(r.by) FROM ({rows}) r "
            f"GROUP BY {columns} HAVING sum(r.by) <> 0 ORDER BY {columns} "
            f"ON CONFLICT ({columns}, slot) DO UPDATE SET n = queue_count.n + excluded.n; RETURN NULL;"
        )
        name = f"queue_registration_{what}"
        found.append(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE my_slot smallint; BEGIN {body} END $$"
        )
        found.append(
            f"CREATE TRIGGER {name} AFTER {event} ON registration REFERENCING {given} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    return found


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in sqlite_triggers():
            kind, name = statement.split()[1:3]
            op.execute(f"DROP {kind} IF EXISTS {name}")
        for statement in COVERAGE.sqlite_triggers(SQL):
            op.execute(statement)
    else:
        for what in ("in", "out", "again"):
            op.execute(f"DROP TRIGGER queue_registration_{what} ON registration")
            op.execute(f"DROP FUNCTION queue_registration_{what}()")
        for statement in QUEUE.BEGINS["postgresql"]:
            op.execute(statement)
    op.drop_table("coverage_move")
