"""rates, brackets and reliefs as dated rows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HELD = sa.text("valid_to IS NULL OR valid_to >= valid_from")
SAME = {
    "contribution_rate": ["segment", "insurance"],
    "contribution_bracket": ["segment", "income_from"],
    "contribution_relief": ["segment", "sector", "insurances"],
}


def upgrade() -> None:
    make(
        "contribution_rate",
        sa.Column("segment", sa.String(length=4), nullable=False),
        sa.Column("insurance", sa.String(length=4), nullable=False),
        sa.Column("per_million", sa.Integer(), nullable=False),
    )
    make(
        "contribution_bracket",
        sa.Column("segment", sa.String(length=4), nullable=False),
        sa.Column("income_from", sa.BigInteger(), nullable=False),
        sa.Column("income_to", sa.BigInteger(), nullable=True),
        sa.Column("base_rupiah", sa.Integer(), nullable=False),
        sa.Column("jkk_rupiah", sa.Integer(), nullable=False),
        sa.Column("jkm_rupiah", sa.Integer(), nullable=False),
        sa.Column("jht_rupiah", sa.Integer(), nullable=False),
    )
    make(
        "contribution_relief",
        sa.Column("segment", sa.String(length=4), nullable=False),
        sa.Column("insurances", sa.String(), nullable=False),
        sa.Column("factor_per_million", sa.Integer(), nullable=False),
        sa.Column("sector", sa.String(length=20), nullable=False),
        sa.Column("excluded_funding", sa.String(), nullable=False),
    )


def make(table, *columns) -> None:
    op.create_table(
        table,
        *columns,
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("verified", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f(f"fk_{table}_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    key = [*SAME[table], "valid_from"]
    name = op.f(f"ix_{table}_{'_'.join(key)}")
    op.create_index(name, table, key, unique=True, sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    for table in SAME:
        op.drop_table(table)
