"""Many supervisors on one entry: one wins, the others are told, and one event is written."""

import threading

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import create_account
from tests.sync.phones import content, entry
from tests.together import at_once
from tests.visitor import PASSWORD, Visitor
from tests.words import words

PEOPLE = 8


@pytest.fixture
def supervisors(app):
    names = [f"penyelia{n}" for n in range(PEOPLE)]
    for name in names:
        create_account(name, f"Penyelia {name}", "supervisor", "81.05.01", PASSWORD, is_demo=True)
    db.session.commit()
    visitors = [Visitor(app) for _name in names]
    for visitor, name in zip(visitors, names, strict=True):
        visitor.sign_in(name)
    return visitors


def decide(visitor, page, action, answers, lock):
    """Send the form of a page that was opened before, and note how it was answered."""
    values = {name: given[0] for name, given in page.values(f"/{action}").items()} | {"reason": "other_refusal"}
    if action == "return":
        values["reason"] = "name_differs"
    response = visitor.client.post(page.form(f"/{action}").get("action"), data=values)
    with lock:
        answers.append((action, response.status_code, response.get_data(as_text=True)))


@pytest.mark.parametrize("actions", [["approve"], ["approve", "return", "refuse"]], ids=["alike", "mixed"])
def test_one_wins_and_the_others_are_told(registered, supervisors, actions):
    one = registered(1)
    registered(2)
    pages = [visitor.get(f"/approve/{one}") for visitor in supervisors]
    answers, lock = [], threading.Lock()
    at_once(
        *[
            lambda visitor=visitor, page=page, n=n: decide(visitor, page, actions[n % len(actions)], answers, lock)
            for n, (visitor, page) in enumerate(zip(supervisors, pages, strict=True))
        ]
    )
    assert sorted(status for _action, status, _html in answers) == [303] + [409] * (PEOPLE - 1)
    winner = next(action for action, status, _html in answers if status == 303)
    left = entry(one)
    assert left.status == {"approve": "approved", "return": "returned", "refuse": "refused"}[winner]
    assert [event.kind for event in left.events] == ["submitted", left.status]
    assert left.version == 2
    told = words("Your decision was not stored. See below how the entry stands now.")
    assert all(told in html and left.events[-1].by.name in html for _action, status, html in answers if status == 409)


def test_two_twins_are_never_both_approved(registered, supervisors):
    """The first entry of a NIK was refused, so that its two held twins may go; they are approved at the same moment."""
    first = registered(1)
    twins = [registered(seed, nik=content(1)["nik"]) for seed in (2, 3)]
    supervisors[0].get(f"/approve/{first}").submit("/refuse", reason=["other_refusal"])
    pages = [supervisors[n].get(f"/approve/{twin}") for n, twin in enumerate(twins)]
    answers, lock = [], threading.Lock()
    at_once(
        *[
            lambda visitor=visitor, page=page: decide(visitor, page, "approve", answers, lock)
            for visitor, page in zip(supervisors, pages, strict=False)
        ]
    )
    assert sorted(status for _action, status, _html in answers) == [303, 409]
    assert sorted(entry(twin).status for twin in twins) == ["approved", "held"]
