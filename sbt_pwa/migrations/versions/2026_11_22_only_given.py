"""columns that few rows fill are indexed for those rows only: a new entry has no number, mostly no photo, and follows nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014i"
branch_labels = None
depends_on = None

SPARSE = (("registration", "kpj_index"), ("registration", "photo_sha256"), ("envelope", "parent_id"))


def upgrade() -> None:
    for table, column in SPARSE:
        given = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_{table}_{column}", table)
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    for table, column in SPARSE:
        op.drop_index(f"ix_{table}_{column}", table)
        op.create_index(f"ix_{table}_{column}", table, [column])
