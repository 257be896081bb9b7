"""The day is the regency's: in the last evening of a year in UTC, the new year has begun there."""

import datetime as dt
from types import SimpleNamespace

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records import places
from sbt_pwa.records.batch import Batch
from sbt_pwa.records.cover_days import days_of_cover
from sbt_pwa.records.places import cost_of_place, move_up
from sbt_pwa.records.renewal import close_renewal, start_renewal
from tests.exchange.test_round_trip import work
from tests.members import make_member
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account

EVENING = dt.datetime(2026, 12, 31, 20, tzinfo=dt.UTC)
NEW_YEAR = dt.date(2027, 1, 1)


class Clock(dt.datetime):
    @classmethod
    def now(cls, tz=None):
        return EVENING.astimezone(tz)


@pytest.fixture
def new_year(monkeypatch):
    monkeypatch.setattr("sbt_pwa.kit.i18n.dt", SimpleNamespace(datetime=Clock, date=dt.date, UTC=dt.UTC))
    monkeypatch.setattr(places, "now", lambda: EVENING)


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(places=1, start_on=dt.date(2026, 7, 1), months=12)


def test_a_place_costs_the_months_that_are_left_there(app, programme, new_year):
    people = register(app, [1, 2])
    approve(people)
    programme.allot("81.05", 2, 10**12)
    db.session.flush()
    assert move_up("vulnerable") == 1
    assert [one.committed_rupiah for one in people] == [cost_of_place(programme, "fisher", NEW_YEAR)] * 2
    assert cost_of_place(programme, "fisher", NEW_YEAR) < cost_of_place(programme, "fisher", EVENING.date())


def test_cover_of_which_no_first_day_is_told_begins_in_the_month_after_the_freeze_there(programme):
    told = {"covered_from": None, "covered_to": None}
    first, last = days_of_cover(told, Batch(programme=programme, frozen_at=EVENING))
    assert (first, last) == (dt.date(2027, 2, 1), programme.end_on)


def test_a_programme_is_over_when_its_last_day_is_over_there(app, new_year):
    close_programmes()
    old = make_programme(start_on=dt.date(2026, 1, 1), months=12)
    one = make_member(old, 1, old.start_on)
    start_renewal(old, "Baru", account("dewi"))
    close_renewal(old, account("dewi"))
    work()
    db.session.expire_all()
    assert (one.status, old.state) == ("ended", "closed")
