"""who took a row of an answer for a person is kept. Of rows that were ticked before nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("answer_row") as table:
        table.add_column(sa.Column("ticked_by_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(op.f("fk_answer_row_ticked_by_id"), "account", ["ticked_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("answer_row") as table:
        table.drop_constraint(op.f("fk_answer_row_ticked_by_id"), type_="foreignkey")
        for column in ("ticked_at", "ticked_by_id"):
            table.drop_column(column)
