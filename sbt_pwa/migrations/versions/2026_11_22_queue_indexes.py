"""the queue's filters lie in its indexes, and its counts in a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITING = sa.text("status IN ('submitted', 'held')")
ORDER = ["rank", "submitted_at", "id"]
FILTERS = ["status", "district_code", "village_code", "author_id", "category", "warnings"]
LEADING = {"": [], "_district": ["district_code"], "_village": ["village_code"], "_author": ["author_id"]}
BEFORE = {name: LEADING[name] for name in ("", "_district", "_village")}
COUNTED = ["district_code", "village_code", "author_id", "category", "status", "warnings"]


def upgrade() -> None:
    drop(BEFORE)
    change_type(sa.String(), "VARCHAR")
    make(LEADING, FILTERS)
    make_counts()


def downgrade() -> None:
    for statement in ENDS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("queue_count")
    drop(LEADING)
    change_type(sa.JSON(), "TEXT" if op.get_bind().dialect.name == "sqlite" else "JSON")
    make(BEFORE, [])


def drop(indexes) -> None:
    for name in indexes:
        op.drop_index(f"ix_registration_queue{name}", "registration")


def make(indexes, more) -> None:
    for name, leading in indexes.items():
        columns = list(dict.fromkeys([*leading, *ORDER, *more]))
        op.create_index(f"ix_registration_queue{name}", "registration", columns, sqlite_where=WAITING, postgresql_where=WAITING)


def change_type(type_, sql_name) -> None:
    """JSON text before and after. PostgreSQL has no order for its JSON type, so an index cannot hold it.

    Column by column, because SQLite cannot make the table anew while other tables refer to it.
    """
    op.add_column("registration", sa.Column("warnings_new", type_, nullable=False, server_default="[]"))
    op.execute(f"UPDATE registration SET warnings_new = CAST(warnings AS {sql_name})")
    op.drop_column("registration", "warnings")
    op.execute("ALTER TABLE registration RENAME COLUMN warnings_new TO warnings")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE registration ALTER COLUMN warnings DROP DEFAULT")


def make_counts() -> None:
    op.create_table(
        "queue_count",
        sa.Column("district_code", sa.String(8), nullable=False),
        sa.Column("village_code", sa.String(13), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("warnings", sa.String(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*COUNTED, "slot", name=op.f("pk_queue_count")),
        sqlite_with_rowid=False,
    )
    columns = ", ".join(COUNTED)
    op.execute(
        f"INSERT INTO queue_count ({columns}, slot, n) SELECT {columns}, 0, count(*) FROM registration "
        f"WHERE {WAITING} GROUP BY {columns}"
    )
    for statement in BEGINS[op.get_bind().dialect.name]:
        op.execute(statement)


def step(row: str, by: int, slot: str) -> str:
    """Count the row in or out, if it waits."""
    values = ", ".join(f"{row}.{column}" for column in COUNTED)
    return (
        f"INSERT INTO queue_count ({', '.join(COUNTED)}, slot, n) SELECT {values}, {slot}, {by} WHERE {row}.{WAITING} "
        f"ON CONFLICT ({', '.join(COUNTED)}, slot) DO UPDATE SET n = queue_count.n + excluded.n;"
    )


CHANGED = f"UPDATE OF {', '.join(COUNTED)}"
# Connections of PostgreSQL count in slots of their own, so that transactions do not wait for each other's rows.
SLOT = "pg_backend_pid() % 64"
BEGINS = {
    "sqlite": [
        f"CREATE TRIGGER registration_counted_in AFTER INSERT ON registration BEGIN {step('NEW', 1, '0')} END",
        f"CREATE TRIGGER registration_counted_out AFTER DELETE ON registration BEGIN {step('OLD', -1, '0')} END",
        f"CREATE TRIGGER registration_recounted AFTER {CHANGED} ON registration "
        f"BEGIN {step('OLD', -1, '0')} {step('NEW', 1, '0')} END",
    ],
    "postgresql": [
        "CREATE FUNCTION count_queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {step('OLD', -1, SLOT)} END IF; "
        f"IF TG_OP <> 'DELETE' THEN {step('NEW', 1, SLOT)} END IF; "
        "RETURN NULL; END $$",
        f"CREATE TRIGGER registration_counted AFTER INSERT OR DELETE OR {CHANGED} ON registration "
        "FOR EACH ROW EXECUTE FUNCTION count_queue()",
    ],
}
ENDS = {
    "sqlite": [f"DROP TRIGGER registration_{name}" for name in ("counted_in", "counted_out", "recounted")],
    "postgresql": ["DROP TRIGGER registration_counted ON registration", "DROP FUNCTION count_queue()"],
}
