"""what officers did is counted by region too, and what happened lies by kind and week: a page reads no older weeks."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0014l"
down_revision = "0013"
branch_labels = None
depends_on = None

COVERAGE = import_module("sbt_pwa.migrations.versions.2026_11_22_coverage")
TOGETHER = import_module("sbt_pwa.migrations.versions.2026_11_22_count_together")
WHOSE = ("category", "programme_id")
FLOW = ("region_code", "kind", "week", *WHOSE)
FLOW_BEFORE = ("region_code", *WHOSE, "kind", "week")
OFFICER = ("region_code", "kind", "week", *WHOSE, "author_id")
OFFICER_BEFORE = ("week", "village_code", "author_id", *WHOSE, "kind")
TYPES = {
    "region_code": sa.String(13), "village_code": sa.String(13), "kind": sa.String(12), "week": sa.Date(),
    "category": sa.String(20), "programme_id": sa.Uuid(), "author_id": sa.Uuid(),
}  # fmt: skip
IN_FULL = "SELECT {keys}, slot, n FROM kept"
BY_REGION = (
    f"SELECT substr(village_code, 1, l.len) AS region_code, {', '.join(OFFICER[1:])}, slot, sum(n) "
    f"FROM kept CROSS JOIN {COVERAGE.REGIONS} GROUP BY 1, {', '.join(OFFICER[1:])}, slot"
)
OF_VILLAGES = f"SELECT {', '.join(OFFICER_BEFORE).replace('village', 'region')}, slot, n FROM kept WHERE length(region_code) = 13"


def upgrade() -> None:
    count_by(of_entries, of_events, {"flow_count": (FLOW, IN_FULL), "officer_count": (OFFICER, BY_REGION)})


def downgrade() -> None:
    before = {"flow_count": (FLOW_BEFORE, IN_FULL), "officer_count": (OFFICER_BEFORE, OF_VILLAGES)}
    count_by(COVERAGE.counters, COVERAGE.counters_of_events, before)


def of_entries(sql):
    *others, officer = COVERAGE.counters(sql)
    return [*others, by_region(officer)]


def of_events(sql):
    flow, officer = COVERAGE.counters_of_events(sql)
    return [flow, by_region(officer)]


def by_region(officer):
    keys = {"region_code": "substr(r.village_code, 1, l.len)"} | officer.keys
    del keys["village_code"]
    return COVERAGE.Counter("officer_count", keys, COVERAGE.REGIONS, officer.where, watched=" ".join(officer.watched))


def count_by(entries, events, tables) -> None:
    """Let the triggers count by these counters. SQLite looks at its triggers whenever a table goes, so they go before."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("DROP TRIGGER coverage_folded")
    for table, (keys, kept) in tables.items():
        make_anew(table, keys, kept)
    if is_sqlite:
        folded = TOGETHER.fold(entries(TOGETHER.SQL), events(TOGETHER.SQL))
        op.execute(f"CREATE TRIGGER coverage_folded INSTEAD OF INSERT ON coverage_fold BEGIN {folded} END")
        return
    sql = COVERAGE.Postgres()
    for statement in COVERAGE.postgres_counting(entries(sql), events(sql)):
        if statement.startswith("CREATE FUNCTION"):
            op.execute(statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))


def make_anew(table, keys, kept) -> None:
    """Make the table with its key in this order, and write into it what `kept` says of the one before."""
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}")
    op.drop_table(table)
    COVERAGE.counter_table(table, *(COVERAGE.column(name, TYPES[name]) for name in keys))
    told = ", ".join(keys)
    op.execute(f"INSERT INTO {table} ({told}, slot, n) {kept.format(keys=told)}")
    op.execute("DROP TABLE kept")
