"""Limits are set while people take places: whatever happens at once, nothing passes a limit and every count is true."""

import threading

import pytest
from sqlalchemy import event, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import WrongState
from sbt_pwa.records import places
from sbt_pwa.records.allotting import let_in, let_in_waiting, letting_in, open_programme, set_limits
from sbt_pwa.records.job import do_next
from sbt_pwa.records.programme import Allotment, taken_in
from sbt_pwa.records.registration import Registration
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.sync.phones import account

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
    monkeypatch.setattr(places, "STEP", 2)
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


def test_limits_that_are_set_while_people_take_places_hold(app, few):
    """Five supervisors approve twenty people; meanwhile the office narrows the whole and gives the district a limit."""
    programme = few(places=100)
    ids, programme_id = [one.id for one in register(app, range(1, 21))], programme.id
    db.session.rollback()
    gate, faults = threading.Barrier(6), []

    def run(work):
        with app.app_context():
            gate.wait(30)
            try:
                work()
            except Exception as fault:  # told in the main thread
                faults.append(fault)

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

    works = [narrow, *[lambda number=number: approve_some(number) for number in range(5)]]
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    db.session.expire_all()
    for limit in db.session.scalars(select(Allotment).where(Allotment.programme_id == programme_id)):
        assert (limit.taken, limit.committed_rupiah) == taken_in(limit.programme, limit.region_code), limit.region_code
        assert limit.taken <= limit.places
