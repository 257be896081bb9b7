"""payments can be taken back and add up; the sums of months are kept anew, with what was paid."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("taken_back_by_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("taken_back_because_sealed", sa.LargeBinary(), nullable=True))
        table.create_foreign_key(op.f("fk_payment_taken_back_by_id"), "account", ["taken_back_by_id"], ["id"])
    op.execute("UPDATE contribution_month SET sums = NULL")


def downgrade() -> None:
    with op.batch_alter_table("payment") as table:
        table.drop_constraint(op.f("fk_payment_taken_back_by_id"), type_="foreignkey")
        for column in ("taken_back_because_sealed", "taken_back_by_id", "taken_back_at"):
            table.drop_column(column)
