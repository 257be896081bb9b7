"""what stays spent when somebody leaves a place. Who left before gave all of it back, and that stays as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0017l"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_place",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("village_code", sa.String(13), nullable=False),
        sa.Column("months", sa.JSON(), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_spent_place_programme_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_spent_place_registration_id")),
        sa.ForeignKeyConstraint(["village_code"], ["region.code"], name=op.f("fk_spent_place_village_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_place")),
    )
    op.create_index(op.f("ix_spent_place_registration_id"), "spent_place", ["registration_id"])
    op.create_index("ix_spent_place_programme_id_village_code", "spent_place", ["programme_id", "village_code"])


def downgrade() -> None:
    op.drop_table("spent_place")
