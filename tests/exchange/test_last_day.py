"""A member's last day: it never lengthens the cover, has to have come, and before the first day leaves no cover at all."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from tests.exchange.test_round_trip import bring, confirm, freeze, member_row, reply, status_of
from tests.people import approve, code_of, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.words import words

DAY = dt.timedelta(days=1)


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(places=2)


def member(app, dewi, lina, programme, first: dt.date, last: dt.date):
    [one] = register(app, [1])
    approve([one])
    freeze(dewi, programme)
    confirm(lina, bring(dewi, reply([member_row(one, 1)])))
    one.covered_from, one.covered_to = first, last
    db.session.commit()
    assert status_of([one]) == ["active"]
    return one


def end(dewi, one, day: dt.date, reason: str = "moved_away", status: int | None = None):
    page = dewi.get(f"/exchange/people/{one.id}")
    return page.submit("/end", reason=reason, last_day=f"{day:%d-%m-%Y}", status=status)


def test_leaving_does_not_lengthen_the_cover(app, dewi, lina, programme):
    today = dt.date.today()
    one = member(app, dewi, lina, programme, today - 60 * DAY, today - 10 * DAY)
    end(dewi, one, today)
    assert (status_of([one]), one.covered_to) == (["ended"], today - 10 * DAY)


def test_a_day_to_come_is_refused(app, dewi, lina, programme):
    today = dt.date.today()
    one = member(app, dewi, lina, programme, today - 60 * DAY, today + 60 * DAY)
    end(dewi, one, today + 2 * DAY, status=422).see(words("This day has not come yet. End the membership when it has come."))
    assert (status_of([one]), one.covered_to) == (["active"], today + 60 * DAY)


@pytest.mark.parametrize("begun", [-20, 20])
def test_who_dies_before_the_cover_begins_had_none(app, dewi, lina, visitor, programme, begun):
    today = dt.date.today()
    first = today + begun * DAY
    one = member(app, dewi, lina, programme, first, first + 300 * DAY)
    if begun < 0:
        end(dewi, one, first - DAY, status=422)
        assert status_of([one]) == ["active"]
    end(dewi, one, min(today, first - DAY), "has_died")
    assert (status_of([one]), one.covered_from, one.covered_to) == (["ended"], None, None)
    assert (one.committed_rupiah, programme.whole.taken) == (None, 0)
    limits_hold()
    told = visitor.get("/check").submit("/check", code=code_of(1))
    told.see(words("Your membership ended before the cover began."), words("You are not covered"))
    told.not_see(words("You are not covered any more"), words("Keep a card"))
