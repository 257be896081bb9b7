"""who let a dated row of the rates end."""

import sqlalchemy as sa
from alembic import op

revision = "0009m"
down_revision = "0008i"
branch_labels = None
depends_on = None

TABLES = ("contribution_rate", "contribution_bracket", "contribution_relief")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("ended_by_id", sa.Uuid()))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "ended_by_id")
