"""Counters lie in the database, so that all processes count together; a window ends by itself."""

import time

import pytest
from sqlalchemy import func, select

from sbt_pwa.kit import throttle
from sbt_pwa.kit.db import db
from sbt_pwa.kit.throttle import DatabaseStorage, ThrottleCount
from tests.together import at_once


@pytest.fixture
def storage(app):
    return DatabaseStorage()


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(throttle.time, "time", lambda: begin + seconds)

    begin = time.time()
    move(0)
    return move


def rows() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ThrottleCount))


def test_it_counts_up_within_the_window(storage, at):
    assert [storage.incr("k", 60) for _ in range(3)] == [1, 2, 3]
    assert storage.incr("k", 60, amount=5) == 8
    assert storage.get("k") == 8
    assert storage.get("another") == 0


def test_the_window_begins_at_the_first_try_and_ends_by_itself(storage, at):
    storage.incr("k", 60)
    at(59)
    assert storage.incr("k", 60) == 2
    at(60.5)
    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1
    at(119)
    assert storage.incr("k", 60) == 2


def test_it_says_when_the_window_ends(storage, at):
    began = throttle.time.time()
    storage.incr("k", 60)
    assert abs(storage.get_expiry("k") - (began + 60)) < 0.01
    assert storage.get_expiry("none") <= throttle.time.time()


def test_a_counter_can_be_cleared_and_old_ones_go(storage, at):
    storage.incr("a", 10)
    storage.incr("b", 100)
    storage.clear("a")
    assert (storage.get("a"), storage.get("b")) == (0, 1)
    storage.incr("a", 10)
    at(11)
    storage.forget_old()
    assert rows() == 1


def test_a_very_long_key_is_cut_and_still_counts(storage):
    assert [storage.incr("k" * 500, 60) for _ in range(2)] == [1, 2]
    assert storage.get("k" * 500) == 2


def test_many_at_once_lose_no_count(app, storage):
    counts = []

    def count():
        counts.extend(DatabaseStorage().incr("k", 60) for _ in range(5))

    at_once(*[count] * 6, app=app)
    assert sorted(counts) == list(range(1, 31))


def test_health_is_never_refused(visitor):
    assert {visitor.client.get("/health").status_code for _ in range(120)} == {200}
