"""arrivals have an index: the list behind the figure of a few weeks reads no older ones."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_registration_made_at", "registration", ["made_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_registration_made_at", "registration")
