"""Limits are set while people take places: whatever happens at once, nothing passes a limit and every count is true."""

import datetime as dt
import threading
import time
from functools import partial

import pytest
from sqlalchemy import event, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import WrongState
from sbt_pwa.records import places, waiting_list
from sbt_pwa.records.allotting import let_in, let_in_waiting, letting_in, open_programme, set_limits
from sbt_pwa.records.contributions import cost_of_place
from sbt_pwa.records.job import Job, do_next
from sbt_pwa.records.programme import Allotment, taken_in
from sbt_pwa.records.registration import Registration
from tests.members import work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import OTHER_VILLAGE, limits_hold, statuses
from tests.sync.phones import account
from tests.together import at_once

MUCH = 10**12


@pytest.fixture
def few(app):
    close_programmes()
    return make_programme


def test_all_limits_are_set_or_none(app, few):
    programme = few(places=5)
    approve(register(app, [1, 2]))
    against = set_limits(programme, {"81.05.04": (3, MUCH), "81.05.01": (1, MUCH), "81.05": (5, 0)})
    assert against.keys() == {"81.05.01", "81.05"}
    assert [limit.region_code for limit in programme.allotments] == ["81.05"]
    assert (programme.whole.places, programme.whole.budget_rupiah) == (5, 10**12)


def test_a_limit_may_be_set_to_exactly_what_is_taken(app, few):
    programme = few(places=5)
    approve(register(app, [1, 2]))
    assert set_limits(programme, {"81.05": (2, programme.whole.committed_rupiah)}) == {}


def test_a_draft_is_opened_once(app, few):
    programme = few(opened=False)
    let_in(programme, account("dewi"))
    assert letting_in(programme) is None
    open_programme(programme, account("dewi"))
    with pytest.raises(WrongState):
        open_programme(programme, account("dewi"))


def test_the_waiting_list_moves_up_step_by_step_and_after_a_fall_goes_on(app, few, monkeypatch):
    monkeypatch.setattr(waiting_list, "STEP", 2)
    programme = few(places=1)
    there, people = register(app, [1], village="81.05.01.2004"), register(app, range(2, 9))
    approve([people[0], *there, *people[1:]])
    set_limits(programme, {"81.05": (6, MUCH), "81.05.01.2004": (0, MUCH)})
    let_in(programme, account("dewi"))
    db.session.commit()
    job = letting_in(programme)
    steps = let_in_waiting(job)
    next(steps)
    db.session.commit()
    next(steps)
    db.session.rollback()  # killed within the second step
    steps.close()
    assert (job.total_count, job.done_count) == (5, 1), "who lives where there is no place is passed over"
    while do_next():
        pass
    db.session.expire_all()
    assert [one.status for one in there] == ["waitlisted"]
    assert [one.status for one in people] == ["approved"] * 6 + ["waitlisted"]
    assert [len([told for told in one.events if told.kind == "approved"]) for one in people] == [1] * 6 + [0]
    assert (letting_in(programme).state, letting_in(programme).done_count) == ("done", 5)
    limits_hold()


def test_many_move_up_in_few_statements(app, few):
    programme = few(places=1)
    approve(register(app, range(1, 9)))
    set_limits(programme, {"81.05": (7, MUCH)})
    said = []

    def listen(_connection, _cursor, statement, *_more):
        said.append(statement) if statement.startswith(("UPDATE registration", "UPDATE allotment")) else None

    event.listen(db.engine, "before_cursor_execute", listen)
    assert places.move_up("vulnerable") == 6
    event.remove(db.engine, "before_cursor_execute", listen)
    db.session.commit()
    assert len(said) == 2
    limits_hold()


def test_an_approval_right_after_the_opening_does_not_pass_those_who_wait(app, few):
    """The work that lets the list move up has not begun: the free place is of who came first, and of nobody else's village."""
    programme = few(places=1, opened=False)
    first, second, third = register(app, [1, 2, 3])
    approve([first])
    open_programme(programme, account("dewi"))
    db.session.commit()
    approve([third])
    assert statuses([first, third]) == ["waitlisted", "waitlisted"]
    work()
    approve([second])
    assert statuses([first, second, third]) == ["approved", "waitlisted", "waitlisted"]
    limits_hold()


def test_with_room_for_all_an_approval_waits_only_for_the_work_to_come(app, few):
    programme = few(places=5, opened=False)
    first, second = register(app, [1, 2])
    approve([first])
    programme.open()  # and nobody has put the moving up on the list
    db.session.commit()
    approve([second])
    assert (statuses([first, second]), letting_in(programme).state) == (["waitlisted", "waitlisted"], "waiting")
    jobs = db.session.query(Job).count()
    approve(register(app, [3]))
    assert db.session.query(Job).count() == jobs, "it is on the list once"
    work()
    assert statuses([first, second]) == ["approved", "approved"]
    limits_hold()


def test_nobody_waits_for_those_who_would_find_no_place(app, few, monkeypatch):
    """Waiting before: somebody of a village without places, and somebody whose work costs more than the rupiah that are left."""
    monkeypatch.setattr(places, "today", lambda: dt.date(2026, 12, 1))
    programme = few(places=3, start_on=dt.date(2027, 1, 1), months=12, funding="SELF")
    cheap = cost_of_place(programme, "motorcycle_taxi", dt.date(2026, 12, 1))
    [there] = register(app, [1], village=OTHER_VILLAGE, occupation="motorcycle_taxi")
    [dear] = register(app, [2], occupation="fisher")
    [one] = register(app, [3], occupation="motorcycle_taxi")
    set_limits(programme, {"81.05": (3, cheap), OTHER_VILLAGE: (0, MUCH)})
    approve([there, dear, one])
    assert statuses([there, dear, one]) == ["waitlisted", "waitlisted", "approved"]
    limits_hold()


def test_who_came_before_those_who_wait_takes_the_place_at_once(app, few):
    programme = few(places=1, opened=False)
    first, second = register(app, [1, 2])
    approve([second])
    programme.open()
    db.session.commit()
    approve([first])
    assert statuses([first, second]) == ["approved", "waitlisted"]


@pytest.mark.parametrize("how", ["more places", "somebody leaves"])
def test_who_is_put_on_the_list_while_a_place_becomes_free_is_not_left_behind(app, few, how):
    """The approval has found no place and is not stored yet; in this moment there is one, and nobody else would look again."""
    programme = few(places=1)
    placed, late = register(app, [1, 2])
    approve([placed])
    ids, programme_id, gate = (placed.id, late.id), programme.id, threading.Barrier(2)

    def put_on_the_list():
        db.session.get(Registration, ids[1]).approve(account("budi"))
        db.session.flush()
        gate.wait(30)
        time.sleep(0.5)  # long enough for the other to be through, if nothing keeps it waiting

    def make_room():
        gate.wait(30)
        if how == "more places":
            found = db.session.get(type(programme), programme_id)
            set_limits(found, {"81.05": (2, MUCH)})
            let_in(found, account("dewi"))
        else:
            db.session.get(Registration, ids[0]).end(account("dewi"), ["moved_away"], dt.date.today())

    at_once(put_on_the_list, make_room, app=app)
    work()
    assert statuses([db.session.get(Registration, ids[1])]) == ["approved"]
    limits_hold()


def test_limits_that_are_set_while_people_take_places_hold(app, few):
    """Five supervisors approve twenty people; meanwhile the office narrows the whole and gives the district a limit."""
    programme = few(places=100)
    ids, programme_id = [one.id for one in register(app, range(1, 21))], programme.id

    def approve_some(number):
        for entry_id in ids[number::5]:
            db.session.get(Registration, entry_id).approve(account("budi"))
            db.session.commit()

    def narrow():
        found = db.session.get(type(programme), programme_id)
        for most in (8, 12, 16, 20):
            set_limits(found, {"81.05": (most, MUCH)})
            db.session.commit()
            set_limits(found, {"81.05.01": (most - 1, MUCH)})
            db.session.commit()

    at_once(narrow, *[partial(approve_some, number) for number in range(5)], app=app)
    for limit in db.session.scalars(select(Allotment).where(Allotment.programme_id == programme_id)):
        assert (limit.taken, limit.committed_rupiah) == taken_in(limit.programme, limit.region_code), limit.region_code
        assert limit.taken <= limit.places
