"""first form."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("token_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contact_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_token_hash")),
    )
    op.create_table(
        "erased", sa.Column("record_id", sa.Uuid(), nullable=False), sa.PrimaryKeyConstraint("record_id", name=op.f("pk_erased"))
    )
    op.create_table(
        "photo",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("received_count", sa.Integer(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_photo")),
    )
    op.create_table(
        "photo_use",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "record_id", name=op.f("pk_photo_use")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=13), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("parent_code", sa.String(length=8), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_level"), ["level"], unique=False)
        batch_op.create_index(batch_op.f("ix_region_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "throttle_count",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle_count")),
    )
    with op.batch_alter_table("throttle_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttle_count_until"), ["until"], unique=False)

    op.create_table(
        "account",
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("password_hash", sa.String(length=120), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("is_active_account", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_account_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "region_change",
        sa.Column("old_code", sa.String(length=13), nullable=False),
        sa.Column("new_code", sa.String(length=13), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["new_code"], ["region.code"], name=op.f("fk_region_change_new_code")),
        sa.PrimaryKeyConstraint("old_code", name=op.f("pk_region_change")),
    )
    op.create_table(
        "device_user",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_device_user_account_id")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_user_device_id")),
        sa.PrimaryKeyConstraint("device_id", "account_id", name=op.f("pk_device_user")),
    )
    with op.batch_alter_table("device_user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_user_account_id"), ["account_id"], unique=False)

    op.create_table(
        "envelope",
        sa.Column(
            "server_seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("device_seq", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("carrier_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("header", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_envelope_author_id")),
        sa.PrimaryKeyConstraint("server_seq", name=op.f("pk_envelope")),
        sa.UniqueConstraint("record_id", "digest", name=op.f("uq_envelope_record_id_digest")),
    )
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.create_index("ix_envelope_device_id_device_seq", ["device_id", "device_seq"], unique=False)
        batch_op.create_index(batch_op.f("ix_envelope_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_envelope_receipt_index"), ["receipt_index"], unique=False)
        batch_op.create_index(
            "ix_envelope_state",
            ["state"],
            unique=False,
            sqlite_where=sa.text("state <> 'taken'"),
            postgresql_where=sa.text("state <> 'taken'"),
        )

    op.create_table(
        "registration",
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("district_code", sa.String(length=8), nullable=False),
        sa.Column("village_code", sa.String(length=13), nullable=False),
        sa.Column("occupation", sa.String(length=30), nullable=False),
        sa.Column("sex", sa.String(length=6), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("phone_is_own", sa.Boolean(), nullable=True),
        sa.Column("heir_relation", sa.String(length=20), nullable=True),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nik_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("family_card_no_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("birth_place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("workplace_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("monthly_income_rupiah_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mother_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("heir_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("heir_phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("agency_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("position_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("location_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("kpj_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("nik_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("confirmed", sa.JSON(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("photo_sha256", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_registration_author_id")),
        sa.ForeignKeyConstraint(["village_code"], ["region.code"], name=op.f("fk_registration_village_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index("ix_registration_author_id_submitted_at", ["author_id", "submitted_at"], unique=False)
        batch_op.create_index("ix_registration_district_status", ["district_code", "status", "status_at"], unique=False)
        batch_op.create_index("ix_registration_nik_index", ["nik_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_person_index"), ["person_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_photo_sha256"), ["photo_sha256"], unique=False)
        batch_op.create_index(
            "ix_registration_queue",
            ["rank", "submitted_at", "id"],
            unique=False,
            sqlite_where=sa.text("status IN ('submitted', 'held')"),
            postgresql_where=sa.text("status IN ('submitted', 'held')"),
        )
        batch_op.create_index(
            "ix_registration_queue_district",
            ["district_code", "rank", "submitted_at", "id"],
            unique=False,
            sqlite_where=sa.text("status IN ('submitted', 'held')"),
            postgresql_where=sa.text("status IN ('submitted', 'held')"),
        )
        batch_op.create_index(
            "ix_registration_queue_village",
            ["village_code", "rank", "submitted_at", "id"],
            unique=False,
            sqlite_where=sa.text("status IN ('submitted', 'held')"),
            postgresql_where=sa.text("status IN ('submitted', 'held')"),
        )
        batch_op.create_index(
            "uq_registration_open_nik",
            ["nik_index"],
            unique=True,
            sqlite_where=sa.text("status IN ('submitted', 'approved', 'waitlisted', 'sent', 'active', 'declined')"),
            postgresql_where=sa.text("status IN ('submitted', 'approved', 'waitlisted', 'sent', 'active', 'declined')"),
        )

    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "event",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_event_by_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_event_registration_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "name_word",
        sa.Column("word", sa.LargeBinary(length=16), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_name_word_registration_id")),
        sa.PrimaryKeyConstraint("word", "registration_id", name=op.f("pk_name_word")),
    )
    with op.batch_alter_table("name_word", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_name_word_registration_id"), ["registration_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("name_word", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_name_word_registration_id"))

    op.drop_table("name_word")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_registration_id"))

    op.drop_table("event")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_account_id"))

    op.drop_table("session")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_registration_open_nik",
            sqlite_where=sa.text("status IN ('submitted', 'approved', 'waitlisted', 'sent', 'active', 'declined')"),
            postgresql_where=sa.text("status IN ('submitted', 'approved', 'waitlisted', 'sent', 'active', 'declined')"),
        )
        batch_op.drop_index(
            "ix_registration_queue_village",
            sqlite_where=sa.text("status IN ('submitted', 'held')"),
            postgresql_where=sa.text("status IN ('submitted', 'held')"),
        )
        batch_op.drop_index(
            "ix_registration_queue_district",
            sqlite_where=sa.text("status IN ('submitted', 'held')"),
            postgresql_where=sa.text("status IN ('submitted', 'held')"),
        )
        batch_op.drop_index(
            "ix_registration_queue",
            sqlite_where=sa.text("status IN ('submitted', 'held')"),
            postgresql_where=sa.text("status IN ('submitted', 'held')"),
        )
        batch_op.drop_index(batch_op.f("ix_registration_photo_sha256"))
        batch_op.drop_index(batch_op.f("ix_registration_person_index"))
        batch_op.drop_index("ix_registration_nik_index")
        batch_op.drop_index("ix_registration_district_status")
        batch_op.drop_index("ix_registration_author_id_submitted_at")

    op.drop_table("registration")
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_envelope_state", sqlite_where=sa.text("state <> 'taken'"), postgresql_where=sa.text("state <> 'taken'")
        )
        batch_op.drop_index(batch_op.f("ix_envelope_receipt_index"))
        batch_op.drop_index(batch_op.f("ix_envelope_parent_id"))
        batch_op.drop_index("ix_envelope_device_id_device_seq")

    op.drop_table("envelope")
    with op.batch_alter_table("device_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_user_account_id"))

    op.drop_table("device_user")
    op.drop_table("region_change")
    op.drop_table("account")
    with op.batch_alter_table("throttle_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_throttle_count_until"))

    op.drop_table("throttle_count")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_parent_code"))
        batch_op.drop_index(batch_op.f("ix_region_level"))

    op.drop_table("region")
    op.drop_table("photo_use")
    op.drop_table("photo")
    op.drop_table("erased")
    op.drop_table("device")
