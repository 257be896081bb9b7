"""The schema that migrations make is the one the code means, and moving between versions costs no row."""

import datetime as dt

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from sbt_pwa.kit.db import db
from sbt_pwa.records.event import Event
from sbt_pwa.records.recount import differences
from sbt_pwa.records.registration import Registration
from tests.factories import invented
from tests.sync.phones import account


def test_migrations_and_models_agree(app):
    context = MigrationContext.configure(db.session.connection(), opts={"compare_type": True})
    assert compare_metadata(context, db.metadata) == []


@pytest.fixture
def a_registration(new_visitor):
    sari = new_visitor()
    sari.sign_in("sari")
    person = invented(91)
    typed = {name: value for name, value in person.typed(consent="yes").items() if value is not None}
    sari.get("/register/new").submit("/register", **typed).see("Menunggu persetujuan")
    return person


def counts():
    tables = ("registration", "event", "envelope", "name_word", "session", "account", "region")
    told = {table: db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables}
    db.session.rollback()
    return told


def test_going_back_a_version_and_forth_again_costs_no_row(app, a_registration):
    before = counts()
    assert before["registration"] == 1
    db.session.remove()
    downgrade(revision="-1")
    upgrade()
    assert counts() == before


def test_counters_stay_right_when_a_version_goes_back_and_comes_again(app, a_registration):
    db.session.remove()
    downgrade(revision="0013")
    upgrade()
    assert differences(app.config["SBT_TIME_ZONE"]) == []
    db.session.rollback()
    for one in db.session.query(Registration):
        one.send_back(account("budi"), ["other"])  # the triggers came back too
    db.session.commit()
    assert differences(app.config["SBT_TIME_ZONE"]) == []


def test_what_came_again_before_a_version_is_found_by_it(app, a_registration):
    """Approved, taken back and approved again: two events, one approval that counts."""
    [one] = db.session.query(Registration)
    for _time in range(2):
        one.approve(account("budi"))
        if not _time:
            one.undo(account("budi"), dt.timedelta(hours=1))
    db.session.commit()
    db.session.remove()
    downgrade(revision="0016")
    upgrade()
    approvals = select(Event.is_again).where(Event.kind == "approved").order_by(Event.seq)
    assert db.session.scalars(approvals).all() == [False, True]
    assert differences(app.config["SBT_TIME_ZONE"]) == []
