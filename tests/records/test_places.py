"""Places: never more than there are, whoever comes at once; the waiting list has one order; nobody falls between."""

import datetime as dt
from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AppError, WrongInput, WrongState
from sbt_pwa.records.event import Event
from sbt_pwa.records.ledger import STAGES, stage_counts
from sbt_pwa.records.places import cost_of_place, left_for, move_up
from sbt_pwa.records.programme import Allotment, Programme, taken_in
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.spent import SpentPlace
from sbt_pwa.records.worker import NameWord
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.together import at_once

TODAY = dt.date(2026, 12, 1)
OTHER_VILLAGE = "81.05.01.2004"


@pytest.fixture
def few(app):
    """Build the only open programme, with so many places."""
    close_programmes()
    return make_programme


def statuses(entries):
    db.session.expire_all()
    return [entry.status for entry in entries]


def limits_hold() -> None:
    """What stands in the limits is what people hold and what stays spent, added up here person by person, and never more than
    allowed."""
    db.session.expire_all()
    entries, spent = db.session.scalars(select(Registration)).all(), db.session.scalars(select(SpentPlace)).all()
    for limit in db.session.scalars(select(Allotment)):
        assert (limit.taken, limit.committed_rupiah) == taken_in(limit.programme, limit.region_code)
        held = [one for one in entries if one.committed_rupiah is not None and one.programme_id == limit.programme_id]
        rupiah = sum(one.committed_rupiah for one in held if limit.covers(one.village_code))
        rupiah += sum(row.rupiah for row in spent if row.programme_id == limit.programme_id and limit.covers(row.village_code))
        assert limit.committed_rupiah == rupiah
        assert limit.taken <= limit.places
        assert limit.committed_rupiah <= limit.budget_rupiah


def test_places_are_taken_until_none_is_left_and_then_people_wait(app, few):
    few(places=2)
    people = register(app, range(1, 5))
    approve(people)
    assert statuses(people) == ["approved", "approved", "waitlisted", "waitlisted"]
    limits_hold()


def test_rupiah_run_out_like_places_do(app, few):
    programme = few(places=100, budget=0, opened=False)
    cost = cost_of_place(programme, "fisher", dt.date.today())
    programme.allot("81.05", 100, 2 * cost + cost - 1)
    programme.open()
    db.session.commit()
    people = register(app, range(1, 5))
    approve(people)
    assert statuses(people) == ["approved", "approved", "waitlisted", "waitlisted"]
    assert people[0].committed_rupiah == cost
    limits_hold()


def test_a_limit_of_a_village_holds_beside_that_of_the_whole(app, few):
    programme = few(places=10)
    programme.allot(OTHER_VILLAGE, 1, 10**9)
    db.session.commit()
    there = register(app, range(1, 3), village=OTHER_VILLAGE)
    elsewhere = register(app, range(11, 13))
    approve([*there, *elsewhere])
    assert statuses(there) == ["approved", "waitlisted"]
    assert statuses(elsewhere) == ["approved", "approved"]
    limits_hold()


def test_without_a_programme_of_the_category_everybody_waits(app, few):
    few(category="non_civil_servant")
    [one] = register(app, [1])
    approve([one])
    assert statuses([one]) == ["waitlisted"]


def test_a_programme_that_is_over_gives_no_place(app, few):
    few(start_on=dt.date(2020, 1, 1), months=12)
    [one] = register(app, [1])
    approve([one])
    assert statuses([one]) == ["waitlisted"]


def test_the_second_programme_takes_who_finds_no_place_in_the_first(app, few):
    first = few(places=1)
    second = few(places=1, start_on=first.start_on.replace(year=first.start_on.year + 1))
    people = register(app, range(1, 4))
    approve(people)
    assert statuses(people) == ["approved", "approved", "waitlisted"]
    assert [one.programme_id for one in people] == [first.id, second.id, None]


def test_who_came_first_moves_up_first_whoever_was_approved_first(app, few):
    few(places=1)
    people = register(app, range(1, 5))
    approve([people[3], people[2], people[1], people[0]])
    assert statuses(people) == ["waitlisted", "waitlisted", "waitlisted", "approved"]
    people[3].undo(account("budi"), dt.timedelta(hours=1))
    db.session.commit()
    assert statuses(people) == ["approved", "waitlisted", "waitlisted", "submitted"]
    limits_hold()


def test_who_lives_where_a_limit_is_reached_is_passed_over(app, few):
    programme = few(places=2)
    programme.allot(OTHER_VILLAGE, 1, 10**9)
    db.session.commit()
    there = register(app, range(1, 3), village=OTHER_VILLAGE)
    elsewhere = register(app, range(11, 13))
    approve([*there, *elsewhere])
    assert statuses([*there, *elsewhere]) == ["approved", "waitlisted", "approved", "waitlisted"]
    lead_to_member(elsewhere[0])
    elsewhere[0].end(account("dewi"), ["moved_away"], TODAY)
    db.session.commit()
    assert statuses([*there, *elsewhere]) == ["approved", "waitlisted", "ended", "approved"]
    limits_hold()


def lead_to_member(one: Registration) -> None:
    one.mark_sent(account("dewi"))
    one.activate(account("dewi"), "12345678901", TODAY, TODAY + dt.timedelta(days=300))
    db.session.commit()


def test_more_places_let_the_waiting_list_move_up(app, few):
    programme = few(places=1)
    people = register(app, range(1, 5))
    approve(people)
    programme.allot("81.05", 3, 10**12)
    db.session.flush()
    assert move_up("vulnerable") == 2
    db.session.commit()
    assert statuses(people) == ["approved", "approved", "approved", "waitlisted"]
    assert people[1].events[-1].kind == "approved"
    limits_hold()


def test_a_limit_below_what_is_taken_is_refused_in_words(app, few):
    programme = few(places=5)
    approve(register(app, range(1, 4)))
    for places, budget in ((2, 10**12), (5, 1)):
        with pytest.raises(WrongInput):
            programme.allot("81.05", places, budget)
    with pytest.raises(WrongInput):
        programme.allot("81.05.01", 2, 10**12)  # three of them live there
    programme.allot("81.05.01", 3, 10**12)
    db.session.commit()
    limits_hold()


def test_a_programme_without_places_does_not_open_and_a_closed_one_stays_closed(app, few):
    with pytest.raises(WrongState):
        few(places=0)
    db.session.rollback()
    programme = few(places=1)
    programme.close()
    with pytest.raises(WrongState):
        programme.open()


def test_supervisors_see_what_is_left_in_their_region_only(app, few):
    programme = few(places=5)
    programme.allot("81.05.01", 3, 10**9)
    programme.allot("81.05.04", 1, 10**9)
    db.session.commit()
    told = [(limit.region_code, limit.places_left) for limit in left_for(account("budi"))]
    assert told == [("81.05", 5), ("81.05.01", 3)]
    assert left_for(account("budi"), "non_civil_servant") == []


def test_many_at_once_never_take_more_than_there_is(app, few):
    """Eight supervisors approve sixteen people into five places, all at the same moment."""
    few(places=5)
    ids = [one.id for one in register(app, range(1, 17))]

    def approve_some(number):
        for entry_id in ids[number::8]:
            db.session.get(Registration, entry_id).approve(account("budi"))
            db.session.commit()

    at_once(*[partial(approve_some, number) for number in range(8)], app=app)
    found = db.session.scalars(select(Registration.status).where(Registration.id.in_(ids)))
    assert Counter(found) == {"approved": 5, "waitlisted": 11}
    limits_hold()


STEPS = ("approve", "undo", "withdraw", "send", "activate", "decline", "correct", "end", "more places", "close", "open another")


def test_everybody_who_was_approved_is_in_exactly_one_place_whatever_happens(app, few):
    """Any order of actions on six people: the stages hold everybody once, and the limits tell the truth."""
    counter = iter(range(1, 10**6))

    @settings(max_examples=12, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 4), st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), min_size=4, max_size=18))
    def walk(places, steps):
        clear()
        programme = few(places=places + 1)
        people = register(app, [next(counter) for _ in range(6)])
        for step, number in steps:
            one = people[number]
            try:
                take(step, one, programme)
                db.session.commit()
            except AppError:
                db.session.rollback()
        db.session.expire_all()
        approved = {one.id for one in people if any(e.kind in ("approved", "waitlisted") for e in one.events)}
        for one in people:
            holds = one.committed_rupiah is not None
            assert holds == (one.status in ("approved", "sent", "active"))
            back = one.status in ("submitted", "held", "returned", "refused", "withdrawn")
            assert one.id not in approved or back or one.status in STAGES
        limits_hold()
        counted = stage_counts()
        query = select(func.count()).select_from(Registration).where(Registration.status.in_(STAGES))
        assert sum(counted.values()) == db.session.scalar(query)
        clear()

    walk()


def clear() -> None:
    db.session.rollback()
    for model in (SpentPlace, NameWord, Event, Registration, Allotment, Programme):
        db.session.execute(delete(model))
    db.session.commit()


def take(step: str, one: Registration, programme: Programme) -> None:
    budi, dewi = account("budi"), account("dewi")
    if step == "approve":
        one.approve(budi)
    elif step == "undo":
        one.undo(budi, dt.timedelta(hours=1))
    elif step == "withdraw":
        one.withdraw(one.author_id)
    elif step == "send":
        one.mark_sent(dewi)
    elif step == "activate":
        one.activate(dewi, "12345678901", TODAY, TODAY + dt.timedelta(days=300))
    elif step == "decline":
        one.decline(dewi, "NIK_MISMATCH")
        db.session.flush()
        move_up(one.category)
    elif step == "correct":
        one.resubmit(one.author_id, ["name"], [], False)
    elif step == "end":
        one.end(dewi, ["has_died"], TODAY)
    elif step == "more places":
        programme.allot("81.05", programme.whole.places + 1, 10**12)
        db.session.flush()
        move_up(one.category)
    elif step == "close":
        programme.close()
    elif programme.state == "closed":
        make_programme(places=1)
