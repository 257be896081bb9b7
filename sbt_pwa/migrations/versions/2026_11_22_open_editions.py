"""what open data tell stands for a month, so that nobody sees a sum move from day to day."""

import sqlalchemy as sa
from alembic import op

revision = "0008l"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_edition",
        sa.Column("regency_code", sa.String(13), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("regency_code", "month", name=op.f("pk_open_edition")),
    )


def downgrade() -> None:
    op.drop_table("open_edition")
