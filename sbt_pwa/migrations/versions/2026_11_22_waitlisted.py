"""the office reads who stands in a stage, newest first, and who was ever on the waiting list, from indexes of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0014i"
down_revision = "0014l"
branch_labels = None
depends_on = None

IN_STAGES = sa.text("status IN ('waitlisted', 'approved', 'sent', 'active', 'declined', 'ended')")
WAITLISTED = sa.text("kind = 'waitlisted'")


def upgrade() -> None:
    columns = ["status", "status_at", "id"]
    op.create_index("ix_registration_stage", "registration", columns, sqlite_where=IN_STAGES, postgresql_where=IN_STAGES)
    op.create_index("ix_event_waitlisted", "event", ["registration_id"], sqlite_where=WAITLISTED, postgresql_where=WAITLISTED)


def downgrade() -> None:
    op.drop_index("ix_event_waitlisted", "event")
    op.drop_index("ix_registration_stage", "registration")
