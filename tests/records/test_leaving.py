"""Who reaches 65 while a programme runs, whatever the month in which it ends."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.leaving import birthday, turning_65
from tests.members import make_member
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account


@pytest.mark.parametrize(
    ("born", "age", "on"),
    [("1961-06-01", 65, "2026-06-01"), ("1960-02-29", 65, "2025-03-01"), ("1960-02-29", 64, "2024-02-29")],
)
def test_a_birthday_is_a_day_that_exists(born, age, on):
    assert birthday(dt.date.fromisoformat(born), age) == dt.date.fromisoformat(on)


@pytest.mark.parametrize(
    ("born", "months", "there"),
    [
        ("1961-02-28", 2, True),
        ("1961-03-01", 2, False),
        ("1961-04-30", 4, True),
        ("1961-05-01", 4, False),
        ("1959-01-01", 2, True),
    ],
)
def test_the_programmes_last_day_is_the_last_that_counts(app, born, months, there):
    close_programmes()
    programme = make_programme(start_on=dt.date(2026, 1, 1), months=months)
    one = make_member(programme, 1, programme.start_on)
    one.birth_date = dt.date.fromisoformat(born)
    db.session.commit()
    assert [found.entry.id for found in turning_65(programme)] == [one.id] * there


def test_who_has_left_turns_65_elsewhere(app):
    close_programmes()
    programme = make_programme(start_on=dt.date(2026, 1, 1), months=12)
    one = make_member(programme, 1, programme.start_on)
    one.birth_date = dt.date(1961, 6, 1)
    one.end(account("dewi"), ["moved_away"], dt.date(2026, 3, 31))
    db.session.commit()
    assert turning_65(programme) == []
