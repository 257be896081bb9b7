"""the sums of a month are kept with it, so that its page does not walk through all dues."""

import sqlalchemy as sa
from alembic import op

revision = "0008i"
down_revision = "0008m"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contribution_month", sa.Column("sums", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contribution_month") as table:
        table.drop_column("sums")
