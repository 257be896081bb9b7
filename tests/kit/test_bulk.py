"""Rows that are written together: as if each had been written alone, in few statements, and never over somebody else's move."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from sbt_pwa.kit.bulk import insert_rows, next_numbers, update_together
from sbt_pwa.kit.db import db
from sbt_pwa.records.envelope import Envelope
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


def kept_aside(number: int, record_id: uuid.UUID | None, reasons: list) -> dict:
    told = {"server_seq": number, "record_id": record_id, "digest": f"d{number}", "kind": "create", "key_id": "1"}
    told |= {"header": "satu\nna’ma\t\\N", "sealed": b"\x00\xff\n\\.", "parent_id": None, "state": "quarantined"}
    return told | {"reasons": reasons, "received_at": dt.datetime(2026, 11, 23, 4, 5, 6, 789, tzinfo=dt.UTC)}


def test_new_rows_are_read_back_as_they_were_given(app):
    record_id, said = uuid.uuid4(), [{"field": "nik", "code": "digits"}]
    first, second = next_numbers(Envelope.server_seq, 2)
    insert_rows(Envelope, [kept_aside(first, record_id, said), kept_aside(second, None, [])])
    db.session.commit()
    found = list(db.session.scalars(select(Envelope).order_by(Envelope.server_seq)))[-2:]
    assert [(row.server_seq, row.record_id, row.reasons) for row in found] == [(first, record_id, said), (second, None, [])]
    given = kept_aside(first, record_id, said)
    assert [getattr(found[0], name) for name in given] == list(given.values())


def test_numbers_of_new_rows_go_on_where_others_ended(app):
    insert_rows(Envelope, [kept_aside(number, None, []) for number in next_numbers(Envelope.server_seq, 3)])
    db.session.commit()
    alone = Envelope(digest="alone", kind="create", key_id="1", header="", sealed=b"", state="quarantined")
    db.session.add(alone)
    db.session.commit()
    highest = db.session.scalar(select(func.max(Envelope.server_seq)))
    assert alone.server_seq == highest
    assert next_numbers(Envelope.server_seq, 2) == [highest + 1, highest + 2]


def test_a_row_that_is_there_already_takes_the_others_with_it_and_is_named_so(app):
    before = db.session.scalar(select(func.count()).select_from(Envelope))
    first, second = next_numbers(Envelope.server_seq, 2)
    insert_rows(Envelope, [kept_aside(first, None, [])])
    with pytest.raises(IntegrityError), db.session.begin_nested():
        insert_rows(Envelope, [kept_aside(second, None, []), kept_aside(first, None, [])])
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Envelope)) == before + 1
