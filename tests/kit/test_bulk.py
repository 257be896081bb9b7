"""Rows that are written together: as if each had been written alone, in few statements, and never over somebody else's move."""

import datetime as dt

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm.exc import StaleDataError

from sbt_pwa.kit.bulk import update_together
from sbt_pwa.kit.db import db
from sbt_pwa.records.event import Event
from sbt_pwa.records.registration import Registration
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account

DAYS = dt.date(2027, 1, 1), dt.date(2027, 12, 31)


@pytest.fixture
def people(app):
    close_programmes()
    make_programme(places=50)
    found = register(app, range(1, 5))
    approve(found)
    db.session.expire_all()
    return found


def test_different_moves_are_written_with_everything_that_belongs_to_them(people):
    dewi, before = account("dewi"), [one.version for one in people]
    with db.session.no_autoflush:
        for one in people:
            one.mark_sent(dewi)
        for number, one in enumerate(people[:2]):
            one.activate(dewi, f"2000000000{number}", *DAYS)
        people[3].warnings = ["shared_phone"]
        people[3].confirmed = ["same_person"]
        update_together(people)
    db.session.commit()
    db.session.expire_all()
    assert [one.status for one in people] == ["active", "active", "sent", "sent"]
    assert [one.version for one in people] == [version + 1 for version in before]
    assert [(one.kpj, one.covered_from, one.covered_to) for one in people[:2]] == [
        ("20000000000", *DAYS),
        ("20000000001", *DAYS),
    ]
    assert (people[3].warnings, people[3].confirmed) == (["shared_phone"], ["same_person"])
    assert all(one.changed_at >= one.status_at for one in people)
    kinds = list(db.session.scalars(select(Event.kind).where(Event.registration_id == people[0].id).order_by(Event.seq)))
    assert kinds[-2:] == ["sent", "active"]


def test_who_was_moved_meanwhile_is_not_written_over_and_nobody_else_is_either(people):
    dewi, ids = account("dewi"), [one.id for one in people]
    assert [one.status for one in people] == ["approved"] * 4  # all are read
    meanwhile = update(Registration).where(Registration.id == ids[2]).values(status="ended", version=Registration.version + 1)
    with db.session.no_autoflush:
        for one in people:
            one.mark_sent(dewi)
        db.session.execute(meanwhile.execution_options(synchronize_session=False))
        with pytest.raises(StaleDataError):
            update_together(people)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Registration.status == "sent")) == 0


def test_who_is_named_twice_is_written_once(people):
    with db.session.no_autoflush:
        people[0].mark_sent(account("dewi"))
        update_together([people[0], people[0]])
    db.session.commit()
    assert (people[0].status, people[0].version) == ("sent", 3)


def test_many_rows_cost_one_statement_and_none_is_read_again(people):
    dewi, said = account("dewi"), []

    def listen(_connection, _cursor, statement, *_more):
        said.append(statement) if "registration" in statement else None

    with db.session.no_autoflush:
        for one in people:
            one.mark_sent(dewi)
        event.listen(db.engine, "before_cursor_execute", listen)
        update_together(people)
    db.session.flush()
    told = [(one.status, one.version, one.status_at <= one.changed_at) for one in people]
    event.remove(db.engine, "before_cursor_execute", listen)
    assert [statement.split()[0] for statement in said if not statement.startswith("INSERT INTO event")] == ["UPDATE"]
    assert told == [("sent", 3, True)] * 4
    db.session.commit()


def test_what_is_changed_after_it_was_written_together_is_written_too(people):
    with db.session.no_autoflush:
        people[0].mark_sent(account("dewi"))
        update_together(people)
        people[0].warnings = ["shared_phone"]
    db.session.commit()
    assert (people[0].status, people[0].warnings, people[0].version) == ("sent", ["shared_phone"], 4)
