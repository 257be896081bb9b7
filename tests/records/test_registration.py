"""The state machine: every move checks, writes exactly one event, and happens once; nobody approves the own entry."""

import datetime as dt
import threading
from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm.exc import StaleDataError

from sbt_pwa.kit.db import db, now
from sbt_pwa.kit.errors import AppError, NotAllowed, WrongState
from sbt_pwa.records.account import Account, create_account
from sbt_pwa.records.event import Event
from sbt_pwa.records.registration import MAY_BECOME, STATUSES, Registration, rank_of
from sbt_pwa.records.worker import NameWord
from tests.factories import invented
from tests.sync.phones import account, entries
from tests.together import at_once
from tests.visitor import PASSWORD

HOUR = dt.timedelta(hours=1)
TODAY = dt.date(2026, 12, 1)
WHO = ("sari", "yusuf", "budi", "halima", "dewi", "agus", "rina", "two hats")
MOVES = {
    "approve": lambda one, by: one.approve(by),
    "send_back": lambda one, by: one.send_back(by, ["nik_wrong"]),
    "call_back": lambda one, by: one.call_back(by, ["mother_name_missing"]),
    "refuse": lambda one, by: one.refuse(by, ["duplicate"]),
    "undo": lambda one, by: one.undo(by, HOUR),
    "withdraw": lambda one, by: one.withdraw(by.id),
    "resubmit": lambda one, by: one.resubmit(by.id, ["name"], [], False),
    "resubmit, held": lambda one, by: one.resubmit(by.id, ["name"], [{"field": None, "code": "clock_off"}], True),
    "mark_sent": lambda one, by: one.mark_sent(by),
    "activate": lambda one, by: one.activate(by, "12345678901", TODAY, TODAY + dt.timedelta(days=300)),
    "decline": lambda one, by: one.decline(by, "AGE_LIMIT", "USIA LEBIH 65 TAHUN"),
    "end": lambda one, by: one.end(by, ["moved_away"], TODAY),
}
DECISIONS = ("approve", "send_back", "refuse")


def made(author: Account, status: str = "submitted", seed: int = 1) -> Registration:
    person = invented(seed)
    one = Registration(
        status=status, author_id=author.id, saved_at=now(), consent_at=now(), category="vulnerable",
        district_code=person.district, village_code=person.village, occupation="fisher", sex=person.sex,
        birth_date=person.birth_date, rank=rank_of([]), warnings=[], confirmed=[],
    )  # fmt: skip
    db.session.add(one)
    answers = {"nik": person.nik, "name": person.name, "birth_date": person.birth_date.isoformat(), "village": person.village}
    answers |= {"category": "vulnerable", "sex": person.sex, "occupation": "fisher"}
    with db.session.no_autoflush:
        one.write_answers(answers)
    one.events.append(Event(kind=status, by_id=author.id))
    db.session.commit()
    return one


@pytest.fixture
def two_hats(app):
    """A supervisor who is the author of an entry: the one person who could approve it and may not."""
    create_account("two hats", "Two Hats", "supervisor", "81.05.01", PASSWORD, is_demo=True)
    db.session.commit()
    return account("two hats")


def clear():
    db.session.rollback()
    for model in (NameWord, Event, Registration):
        db.session.execute(delete(model))
    db.session.commit()


def test_no_path_leads_to_approval_by_the_author_and_every_move_writes_one_event(two_hats):
    people = {name: account(name) for name in WHO}

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(["sari", "two hats"]),
        st.sampled_from(["submitted", "held"]),
        st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from(WHO)), min_size=1, max_size=12),
    )
    def walk(author, status, steps):
        one = made(people[author], status)
        for move, who in steps:
            before, number = one.status, len(one.events)
            try:
                MOVES[move](one, people[who])
            except AppError:
                db.session.rollback()
                assert (one.status, len(one.events)) == (before, number)
                continue
            db.session.commit()
            last = one.events[-1]
            assert len(one.events) == number + 1
            assert one.status in STATUSES
            assert last.kind == ("undone" if move == "undo" else one.status)
            assert last.by_id == people[who].id
            if move == "undo":
                assert one.status in ("submitted", "held")
            else:
                assert before in MAY_BECOME[one.status]
            if move == "call_back":
                assert before == "approved" and people[who].role in ("office", "supervisor") and who != "halima"
            if move in DECISIONS:
                assert people[who].role == "supervisor" and who != author and who != "halima"
        approvals = [event for event in one.events if event.kind == "approved"]
        assert all(event.by_id != people[author].id for event in approvals)
        clear()

    walk()


@pytest.mark.parametrize("move", DECISIONS)
def test_nobody_decides_the_own_entry_or_one_of_another_district(two_hats, move):
    one = made(two_hats)
    with pytest.raises(NotAllowed) as refused:
        MOVES[move](one, two_hats)
    assert refused.value.code == "own_entry"
    for who in ("halima", "sari", "dewi", "agus", "rina"):
        with pytest.raises(NotAllowed):
            MOVES[move](one, account(who))
    MOVES[move](one, account("budi"))


@pytest.mark.parametrize("move", DECISIONS)
def test_twice_is_a_wrong_state_and_no_second_event(app, move):
    one = made(account("sari"))
    MOVES[move](one, account("budi"))
    db.session.commit()
    with pytest.raises(WrongState):
        MOVES[move](one, account("budi"))
    assert len(one.events) == 2


def test_an_approval_can_be_undone_by_who_gave_it_within_the_time(app):
    one, budi = made(account("sari")), account("budi")
    one.approve(budi)
    db.session.commit()
    for who, within in ((account("rina"), HOUR), (budi, dt.timedelta(0))):
        with pytest.raises(WrongState):
            one.undo(who, within)
    one.undo(budi, HOUR)
    db.session.commit()
    assert one.status == "submitted"
    with pytest.raises(WrongState):
        one.undo(budi, HOUR)


def test_one_of_many_who_decide_at_once_wins_and_the_others_are_told(app):
    """Ten entries, eight supervisors each, half of them approve and half send back."""
    ids = [made(account("sari"), seed=seed).id for seed in range(1, 11)]
    outcomes, gate = [], threading.Barrier(8)

    def decide(number):
        for record_id in ids:
            gate.wait(30)
            try:
                one, by = db.session.get(Registration, record_id), account("budi")
                one.approve(by) if number % 2 else one.send_back(by, ["other"])
                db.session.commit()
                outcomes.append((record_id, "won"))
            except (WrongState, StaleDataError):
                db.session.rollback()
                outcomes.append((record_id, "told"))

    at_once(*[partial(decide, number) for number in range(8)], app=app)
    assert Counter(outcomes) == Counter({(one, "won"): 1 for one in ids} | {(one, "told"): 7 for one in ids})
    assert all(len(one.events) == 2 and one.events[-1].kind == one.status for one in entries())
    assert len(list(db.session.scalars(select(Event)))) == 20
