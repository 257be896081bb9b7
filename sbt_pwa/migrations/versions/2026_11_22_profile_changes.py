"""who changed a file profile, when, and what it was before."""

import sqlalchemy as sa
from alembic import op

revision = "0008m"
down_revision = "0008l"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile_change",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_profile_change_by_id_account")),
        sa.ForeignKeyConstraint(["profile_id"], ["file_profile.id"], name=op.f("fk_profile_change_profile_id_file_profile")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_change")),
    )
    op.create_index("ix_profile_change_profile_id", "profile_change", ["profile_id"])


def downgrade() -> None:
    op.drop_table("profile_change")
