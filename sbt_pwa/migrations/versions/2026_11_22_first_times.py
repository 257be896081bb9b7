"""a person's first approval and first membership are counted, and none that comes again."""

from importlib import import_module

from alembic import op

revision = "0017l"
down_revision = "0016"
branch_labels = None
depends_on = None

COVERAGE = import_module("sbt_pwa.migrations.versions.2026_11_22_coverage")
TOGETHER = import_module("sbt_pwa.migrations.versions.2026_11_22_count_together")
OFFICERS = import_module("sbt_pwa.migrations.versions.2026_11_22_officers_by_region")
AGAIN = (
    "kind IN ('approved', 'active') AND EXISTS (SELECT 1 FROM event e WHERE e.registration_id = event.registration_id "
    "AND e.kind = event.kind AND e.seq < event.seq)"
)
TOLD = ["registration_id", "kind", "at"]
EVENTS = ("coverage_event_in", "coverage_event_out", "coverage_event_again", "coverage_registration_past")


def upgrade() -> None:
    op.execute("ALTER TABLE event ADD COLUMN is_again BOOLEAN NOT NULL DEFAULT false")
    count(-1, AGAIN)
    op.execute(f"UPDATE event SET is_again = true WHERE {AGAIN}")
    count_without_those(True)


def downgrade() -> None:
    count_without_those(False)
    count(1, "is_again")
    op.drop_column("event", "is_again")


def count(by, again) -> None:
    """Count these events out of the counters (-1) or into them. The slot matters to nobody who sums."""
    sql = COVERAGE.Sqlite() if op.get_bind().dialect.name == "sqlite" else COVERAGE.Postgres()
    happened = COVERAGE.happenings(f"(SELECT * FROM event WHERE {again})", "registration")
    for counter in OFFICERS.of_events(sql):
        op.execute(counter.insert(f"({happened}) r", str(by), "0"))


def count_without_those(without: bool) -> None:
    """Let the triggers pass them over, or count them as before."""
    statements = sqlite_triggers(without) if op.get_bind().dialect.name == "sqlite" else postgres_functions(without)
    for statement in statements:
        op.execute(statement)


def sqlite_triggers(without):
    yield from (f"DROP TRIGGER {name}" for name in EVENTS)
    for statement in TOGETHER.sqlite_triggers():
        if statement.split()[2] in EVENTS:
            yield passing_over(statement) if without else statement


def passing_over(statement):
    """The same trigger for what is a person's first only. An event that is told otherwise is counted out and in as it was told."""
    name = statement.split()[2]
    if name == "coverage_registration_past":
        return statement.replace(" FROM event e WHERE ", " FROM event e WHERE NOT e.is_again AND ")
    if name == "coverage_event_again":
        columns = "UPDATE OF registration_id, kind, at"
        statement = statement.replace(columns, f"{columns}, is_again").replace(
            " OR OLD.at IS NOT NEW.at", " OR OLD.at IS NOT NEW.at OR OLD.is_again IS NOT NEW.is_again"
        )
    for row in ("NEW", "OLD"):
        which = f"WHERE g.id = {row}.registration_id"
        statement = statement.replace(which, f"{which} AND NOT {row}.is_again")
    return statement


def postgres_functions(without):
    sql = COVERAGE.Postgres()
    of_entries, of_events = OFFICERS.of_entries(sql), OFFICERS.of_events(sql)
    watched = list(dict.fromkeys(column for counter in of_entries for column in counter.watched))
    told = [*TOLD, "is_again"] if without else TOLD
    for table, what in (("event", "in"), ("event", "out"), ("event", "again"), ("registration", "again")):
        body = COVERAGE.postgres_body(table, what, told if table == "event" else watched, of_entries, of_events)
        for rows in ("new_rows", "old_rows", "event") if without else ():
            body = body.replace(f"FROM {rows} e JOIN", f"FROM (SELECT * FROM {rows} WHERE NOT is_again) e JOIN")
        yield (
            f"CREATE OR REPLACE FUNCTION coverage_{table}_{what}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"DECLARE my_slot smallint; BEGIN {body} END $$"
        )
