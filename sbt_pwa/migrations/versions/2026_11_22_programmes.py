"""programmes, places, batches, answers, and work on the list."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003p"
branch_labels = None
depends_on = None

ON_WAITING_LIST = sa.text("status = 'waitlisted'")


def upgrade() -> None:
    op.create_table(
        "answer_file",
        sa.Column("file_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("data_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("header_row", sa.Integer(), nullable=False),
        sa.Column("ignored_count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_answer_file_by_id")),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["account.id"], name=op.f("fk_answer_file_confirmed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
    )
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("total_count", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=300), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_job_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "programme",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("budget_year", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("insurances", sa.String(), nullable=False),
        sa.Column("funding", sa.String(length=8), nullable=False),
        sa.Column("agreement_no", sa.String(length=60), nullable=False),
        sa.Column("agreement_from", sa.Date(), nullable=True),
        sa.Column("agreement_to", sa.Date(), nullable=True),
        sa.Column("enrollment_group_no", sa.String(length=40), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("income_base_rupiah", sa.Integer(), nullable=False),
        sa.Column("profile_code", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("renewal_of_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_programme_by_id")),
        sa.ForeignKeyConstraint(["renewal_of_id"], ["programme.id"], name=op.f("fk_programme_renewal_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "allotment",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("budget_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("committed_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_allotment_programme_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_allotment_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment")),
        sa.UniqueConstraint("programme_id", "region_code", name=op.f("uq_allotment_programme_id_region_code")),
    )
    op.create_table(
        "batch",
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("budget_year", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(length=13), nullable=True),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("total_rupiah", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_batch_by_id")),
        sa.ForeignKeyConstraint(["district_code"], ["region.code"], name=op.f("fk_batch_district_code")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_batch_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("budget_year", "number", name=op.f("uq_batch_budget_year_number")),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "batch_row",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("nik_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_row_batch_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_batch_row_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_row")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_batch_row_batch_id_position")),
    )
    with op.batch_alter_table("batch_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_row_nik_index"), ["nik_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_row_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(
            "uq_batch_row_open",
            ["registration_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'eligible')"),
            postgresql_where=sa.text("state IN ('open', 'eligible')"),
        )

    op.create_table(
        "download",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_download_batch_id")),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_download_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
    )
    with op.batch_alter_table("download", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_download_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "answer_row",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=20), nullable=False),
        sa.Column("differs", sa.String(), nullable=False),
        sa.Column("batch_row_id", sa.Uuid(), nullable=True),
        sa.Column("suggested_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_row_id"], ["batch_row.id"], name=op.f("fk_answer_row_batch_row_id")),
        sa.ForeignKeyConstraint(["file_id"], ["answer_file.id"], name=op.f("fk_answer_row_file_id")),
        sa.ForeignKeyConstraint(["suggested_id"], ["batch_row.id"], name=op.f("fk_answer_row_suggested_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_row")),
    )
    with op.batch_alter_table("answer_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_row_batch_row_id"), ["batch_row_id"], unique=False)
        batch_op.create_index("ix_answer_row_file_id_verdict", ["file_id", "verdict", "row_number"], unique=False)

    add_to_registration()


def downgrade() -> None:
    take_from_registration()

    with op.batch_alter_table("answer_row", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_row_file_id_verdict")
        batch_op.drop_index(batch_op.f("ix_answer_row_batch_row_id"))

    op.drop_table("answer_row")
    with op.batch_alter_table("download", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_download_batch_id"))

    op.drop_table("download")
    with op.batch_alter_table("batch_row", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_batch_row_open",
            sqlite_where=sa.text("state IN ('open', 'eligible')"),
            postgresql_where=sa.text("state IN ('open', 'eligible')"),
        )
        batch_op.drop_index(batch_op.f("ix_batch_row_registration_id"))
        batch_op.drop_index(batch_op.f("ix_batch_row_nik_index"))

    op.drop_table("batch_row")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_programme_id"))

    op.drop_table("batch")
    op.drop_table("allotment")
    op.drop_table("programme")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_subject_id"))
        batch_op.drop_index(batch_op.f("ix_job_state"))

    op.drop_table("job")
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_file_sha256"))

    op.drop_table("answer_file")


def add_to_registration() -> None:
    """Column by column: SQLite cannot make the table anew while other tables and triggers refer to it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE registration ADD COLUMN programme_id CHAR(32) "
            "CONSTRAINT fk_registration_programme_id REFERENCES programme (id)"
        )
    else:
        op.add_column("registration", sa.Column("programme_id", sa.Uuid(), nullable=True))
        op.create_foreign_key("fk_registration_programme_id", "registration", "programme", ["programme_id"], ["id"])
    op.add_column("registration", sa.Column("committed_rupiah", sa.Integer(), nullable=True))
    op.add_column("registration", sa.Column("covered_from", sa.Date(), nullable=True))
    op.add_column("registration", sa.Column("covered_to", sa.Date(), nullable=True))
    op.add_column("registration", sa.Column("kpj_index", sa.LargeBinary(length=16), nullable=True))
    op.create_index("ix_registration_kpj_index", "registration", ["kpj_index"])
    op.create_index("ix_registration_programme_id_status", "registration", ["programme_id", "status"])
    op.create_index(
        "ix_registration_waiting_list", "registration", ["category", "made_at", "id"],
        sqlite_where=ON_WAITING_LIST, postgresql_where=ON_WAITING_LIST,
    )  # fmt: skip


def take_from_registration() -> None:
    for name in ("waiting_list", "programme_id_status", "kpj_index"):
        op.drop_index(f"ix_registration_{name}", "registration")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_registration_programme_id", "registration", type_="foreignkey")
    for name in ("kpj_index", "covered_to", "covered_from", "committed_rupiah", "programme_id"):
        op.drop_column("registration", name)
