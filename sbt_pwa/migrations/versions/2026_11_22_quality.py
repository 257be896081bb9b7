"""the newest events of a kind are found without walking the others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TELLING = sa.text("kind IN ('returned', 'approved', 'active', 'declined', 'refused')")


def upgrade() -> None:
    op.create_index("ix_event_telling", "event", ["kind", "at"], sqlite_where=TELLING, postgresql_where=TELLING)


def downgrade() -> None:
    op.drop_index("ix_event_telling", "event")
