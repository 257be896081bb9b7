"""How often a phone may send: counted with what it brought, also when that is refused; and one batch at a time in a process."""

from sqlalchemy import func, select

from sbt_pwa.kit import turns
from sbt_pwa.kit.db import db
from sbt_pwa.kit.throttle import ThrottleCount
from sbt_pwa.records.registration import Registration
from tests.sync.phones import content, count, send
from tests.sync.test_body import EMPTY, post


def times_counted() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.sum(ThrottleCount.count)).where(ThrottleCount.key.contains("batch"))) or 0


def test_a_batch_is_counted_once_taken_or_refused(phone):
    assert post(phone, EMPTY)[0] == 200
    assert times_counted() == 1
    assert post(phone, b"no JSON")[0] == 400
    assert times_counted() == 2
    assert post(phone, EMPTY, Content_Type="text/plain")[0] == 415
    assert times_counted() == 3
    phone.token = "x" * 43
    assert post(phone, EMPTY)[0] == 401
    assert times_counted() == 4


def test_a_phone_over_its_limit_is_refused_and_counted_on(phone):
    assert post(phone, EMPTY)[0] == 200
    row = db.session.scalars(select(ThrottleCount).where(ThrottleCount.key.contains("batch"))).one()
    row.count = 600
    db.session.commit()
    assert post(phone, EMPTY)[0] == 429
    assert times_counted() == 601


def test_a_batch_that_breaks_does_not_keep_its_turn(phone):
    """The next one of this process would wait for ever."""
    assert post(phone, b'{"records":5}')[0] == 400
    assert nobody_is_at_it()
    send(phone, content(1))
    assert count(Registration) == 1
    assert nobody_is_at_it()


def nobody_is_at_it() -> bool:
    taken = [turn for turn in (turns.COMPUTES, turns.WRITES, turns.WRITES) if turn.acquire(blocking=False)]
    for turn in taken:
        turn.release()
    return len(taken) == 3
