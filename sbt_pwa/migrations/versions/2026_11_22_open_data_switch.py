"""the office switches open data on and off."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_data_switch",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_open_data_switch_by_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_open_data_switch")),
    )


def downgrade() -> None:
    op.drop_table("open_data_switch")
