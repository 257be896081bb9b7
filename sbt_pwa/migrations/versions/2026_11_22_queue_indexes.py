"""the queue's filters lie in its indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITING = sa.text("status IN ('submitted', 'held')")
ORDER = ["rank", "submitted_at", "id"]
FILTERS = ["status", "district_code", "village_code", "author_id", "category", "warnings"]
LEADING = {"": [], "_district": ["district_code"], "_village": ["village_code"], "_author": ["author_id"], "_id": ["id"]}
BEFORE = {name: LEADING[name] for name in ("", "_district", "_village")}


def upgrade() -> None:
    drop(BEFORE)
    change_type(sa.String(), "VARCHAR")
    make(LEADING, FILTERS)


def downgrade() -> None:
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
