"""Many lines at once: nothing is doubled, nothing is lost, nobody waits for ever."""

import fcntl
import threading
import uuid

import pytest
from sqlalchemy import Engine, event, func, select

from sbt_pwa.kit import turns
from sbt_pwa.kit.db import db
from sbt_pwa.records.envelope import Envelope
from sbt_pwa.records.photo import Photo
from sbt_pwa.records.registration import OPEN_STATUSES, Registration
from tests.protocol_client import NoAnswer, Phone, Refused
from tests.sync.phones import content, count, enrolled, entries, envelopes, picture
from tests.together import at_once


def same_phone(phone):
    """Another line of the same phone with the same outbox, as a second tab or a worker would have it."""
    twin = Phone(phone.line, phone.key, phone.device_id, phone.token, phone.author_id)
    twin.outbox = {one: type(kept)(kept.envelope, receipt_code=kept.receipt_code) for one, kept in phone.outbox.items()}
    twin.photos = phone.photos
    return twin


def send_all(phone, turns=20):
    """Send until nothing waits, as a phone does over time."""
    for _turn in range(turns):
        try:
            phone.send()
        except (NoAnswer, Refused) as trouble:
            assert not isinstance(trouble, Refused) or trouble.status in (409, 503), trouble
        if not phone.waiting():
            return
    raise AssertionError([(kept.state, kept.reasons) for kept in phone.waiting()])


def test_eight_lines_with_the_same_batch_store_each_record_once(phone):
    good = [phone.save(content(seed)) for seed in range(1, 13)]
    bad = [phone.save(content(20, nik="1")), phone.save({"name": "x"}, kind="correct", parent=str(uuid.uuid4()))]
    fixed = phone.save({"nik": content(20)["nik"]}, kind="correct", parent=bad[0])
    broken = phone.save(content(21))
    phone.outbox[broken].envelope["digest"] = "A" * 43
    lines = [same_phone(phone) for _line in range(8)]
    at_once(*[lambda one=one: send_all(one) for one in lines])
    assert len(entries()) == len(good) + 1
    ids = [row.record_id for row in envelopes() if row.record_id]
    assert len(ids) == len(set(ids)) == len(good) + 3
    assert len(envelopes(record_id=None)) == 1
    for record_id in [*good, *bad, fixed, broken]:
        assert len({line.outbox[record_id].server_seq for line in lines}) == 1


def test_conflicting_records_at_once_are_both_kept(phone):
    first = phone.outbox[phone.save(content(1))]
    second = phone.outbox[phone.save(content(2), id=first.envelope["id"])]
    lines = []
    for kept in (first, second) * 4:
        line = same_phone(phone)
        line.outbox = {first.envelope["id"]: type(kept)(kept.envelope)}
        lines.append(line)
    at_once(*[lambda one=one: send_all(one) for one in lines])
    assert len(entries()) == 1
    assert sorted(row.state for row in envelopes()) == ["conflict", "taken"]


def test_fifty_pairs_of_the_same_nik_at_once_open_once_each(app, phone, other_phone):
    for seed in range(1, 51):
        phone.save(content(seed))
        other_phone.save(content(seed, name="Somebody Else"))
    other_phone.outbox = dict(reversed(other_phone.outbox.items()))

    def in_tens(one):
        waiting = one.waiting()
        for start in range(0, 50, 10):
            try:
                one.send_some(waiting[start : start + 10])
            except Refused as busy:  # the database let one of two crossing writers go first
                assert busy.status == 503
        send_all(one)

    at_once(lambda: in_tens(phone), lambda: in_tens(other_phone))
    assert len(entries()) == 100
    opened = select(Registration.nik_index, func.count()).where(Registration.status.in_(OPEN_STATUSES))
    assert [number for _nik, number in db.session.execute(opened.group_by(Registration.nik_index))] == [1] * 50
    states = sorted(kept.state for one in (phone, other_phone) for kept in one.outbox.values())
    assert set(states) <= {"accepted", "duplicate", "held"} and states.count("held") == 50


def test_the_same_photo_on_eight_lines_at_once(phone):
    phone.save(content(1), photo=picture())
    phone.send()
    lines = [same_phone(phone) for _line in range(8)]
    [name] = phone.photos
    at_once(*[lambda one=one: one.send_photo(name) for one in lines])
    assert count(Photo) == 1
    db.session.rollback()
    assert db.session.get(Photo, name).state == "stored"


def test_a_record_and_its_correction_at_once_find_each_other(app, phone):
    """Brought by two phones at the same moment, ten times."""
    carrier = enrolled(app, "yusuf")
    for seed in range(1, 11):
        first = phone.save(content(seed, nik="1"))
        follow = phone.save({"nik": content(seed)["nik"]}, kind="correct", parent=first)
        carrier.outbox = {follow: phone.outbox.pop(follow)}
        at_once(lambda: send_all(phone), lambda: send_all(carrier))
    assert len(entries()) == 10
    assert count(Envelope) == 20


@pytest.mark.only_on("sqlite")
def test_a_batch_waits_for_the_writer_of_another_process(app, phone):
    phone.save(content(1))
    with (app.config["SBT_DATA_DIR"] / turns.PEN).open("w") as pen:  # as another process holds it while it writes
        fcntl.flock(pen, fcntl.LOCK_EX)
        db.session.rollback()
        line = threading.Thread(target=phone.send)
        line.start()
        line.join(1)
        assert line.is_alive() and entries() == []
        db.session.rollback()
        fcntl.flock(pen, fcntl.LOCK_UN)
        line.join(60)
    assert not line.is_alive() and len(entries()) == 1


@pytest.mark.only_on("sqlite")
def test_a_batch_is_asked_to_come_again_when_another_process_writes_for_too_long(app, phone, monkeypatch):
    phone.save(content(1))
    monkeypatch.setattr(turns, "PATIENCE", 0.0)
    with (app.config["SBT_DATA_DIR"] / turns.PEN).open("w") as pen:
        fcntl.flock(pen, fcntl.LOCK_EX)
        with pytest.raises(Refused) as refusal:
            phone.send()
    assert refusal.value.status == 503
    phone.send()
    assert len(entries()) == 1


@pytest.mark.only_on("postgresql")
def test_while_a_batch_waits_for_the_database_the_next_one_is_opened(app, phone):
    phone.save(content(1))
    db.session.rollback()
    with turns.WRITES, turns.WRITES:  # as other batches of this process hold it while PostgreSQL works for them
        line = threading.Thread(target=phone.send)
        line.start()
        line.join(1)
        assert line.is_alive() and entries() == []
        assert turns.COMPUTES.acquire(timeout=10)
        turns.COMPUTES.release()
        db.session.rollback()
    line.join(60)
    assert not line.is_alive() and len(entries()) == 1


@pytest.mark.only_on("sqlite")
def test_while_a_batch_is_kept_the_next_one_may_compute(app, phone):
    free = []

    def look(connection):
        if connection.get_execution_options().get("writes"):
            free.append(not turns.COMPUTES.locked())

    phone.save(content(1))
    event.listen(Engine, "commit", look)
    phone.send()
    event.remove(Engine, "commit", look)
    assert free[-1] and len(entries()) == 1
