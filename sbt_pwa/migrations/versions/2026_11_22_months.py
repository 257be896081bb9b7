"""contributions by month, payments, and the people to be found again at a renewal."""

import sqlalchemy as sa
from alembic import op

revision = "0005m"
down_revision = "0004"
branch_labels = None
depends_on = None

UNPAID = sa.text("payment_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "contribution_month",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        *record("contribution_month"),
        refers("contribution_month", "programme_id", "programme"),
    )
    op.create_index("uq_contribution_month", "contribution_month", ["programme_id", "month"], unique=True)
    op.create_table(
        "payment",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("rupiah", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("due_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("proof_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proof_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        *record("payment"),
        refers("payment", "programme_id", "programme"),
        refers("payment", "by_id", "account"),
    )
    op.create_index("ix_payment_programme_id_month", "payment", ["programme_id", "month"])
    op.create_table(
        "due",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        refers("due", "programme_id", "programme"),
        refers("due", "registration_id", "registration"),
        refers("due", "payment_id", "payment"),
        sa.PrimaryKeyConstraint("programme_id", "month", "registration_id", name=op.f("pk_due")),
    )
    op.create_index("ix_due_registration_id", "due", ["registration_id", "month"])
    op.create_index("ix_due_payment_id", "due", ["payment_id"])
    unpaid = ["programme_id", "month", "registration_id"]
    op.create_index("ix_due_unpaid", "due", unpaid, sqlite_where=UNPAID, postgresql_where=UNPAID)
    op.create_table(
        "recheck",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=False),
        refers("recheck", "programme_id", "programme"),
        refers("recheck", "registration_id", "registration"),
        refers("recheck", "by_id", "account"),
        sa.PrimaryKeyConstraint("programme_id", "registration_id", name=op.f("pk_recheck")),
    )
    op.create_index("ix_recheck_registration_id", "recheck", ["registration_id"])


def record(table: str) -> list:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    for table in ("recheck", "due", "payment", "contribution_month"):
        op.drop_table(table)
