"""A session's note of when its person was last seen."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from sbt_pwa.kit.db import db, now
from sbt_pwa.records.account import Session
from tests.words import words


@pytest.fixture
def away_for_five_minutes(visitor):
    visitor.sign_in("sari")
    visitor.get("/sign-out")  # a page with a form; what follows is sent from it
    db.session.execute(update(Session).values(seen_at=now() - dt.timedelta(minutes=5)))
    db.session.commit()
    return visitor


def seen_since():
    db.session.rollback()
    return now() - db.session.scalar(select(Session.seen_at))


def test_reading_a_page_notes_that_the_person_was_seen(away_for_five_minutes):
    away_for_five_minutes.get("/sign-out")
    assert seen_since() < dt.timedelta(minutes=1)


def test_sending_a_form_after_a_pause_does_not_wait_for_itself(away_for_five_minutes):
    """On SQLite the note once wanted the write lock that the same request held: five seconds, then a failure."""
    away_for_five_minutes.page.submit("/sign-out").see(words("Sign in"))
