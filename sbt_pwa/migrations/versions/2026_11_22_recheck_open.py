"""those who are still to be found again lie in an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    columns = ["registration_id", "programme_id"]
    op.create_index("ix_recheck_open", "recheck", columns, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_recheck_open", "recheck")
