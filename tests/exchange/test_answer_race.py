"""An answer takes effect while somebody leaves, or is confirmed by two at once: one after the other, each place counted."""

import pytest
from sqlalchemy import func, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AppError
from sbt_pwa.kit.i18n import today
from sbt_pwa.records.account import create_account
from sbt_pwa.records.answer import AnswerFile
from sbt_pwa.records.answer_effect import confirm
from sbt_pwa.records.event import Event
from sbt_pwa.records.job import Job
from sbt_pwa.records.registration import Registration
from tests.exchange.test_round_trip import bring, freeze, member_row, reply, work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.sync.phones import account
from tests.together import at_once
from tests.visitor import PASSWORD

PEOPLE = 12


@pytest.fixture
def people(app, dewi):
    close_programmes()
    programme = make_programme(places=PEOPLE + 3)
    people = register(app, range(1, PEOPLE + 1))
    approve(people)
    freeze(dewi, programme)
    return people


@pytest.fixture
def file(dewi, people) -> AnswerFile:
    return bring(dewi, reply([member_row(one, number) for number, one in enumerate(people, 1)]))


def test_who_leaves_while_the_answer_takes_effect_is_ended_once_and_every_place_is_counted(app, people, file):
    confirm(file, account("lina"))
    db.session.commit()
    ids = [one.id for one in people]

    def leave():
        for one_id in ids[::-1]:
            try:
                db.session.get(Registration, one_id, with_for_update=True).end(account("dewi"), ["moved_away"], today())
                db.session.commit()
            except AppError:
                db.session.rollback()

    at_once(work, leave, app=app)
    work()
    entries = [db.session.get(Registration, one_id) for one_id in ids]
    assert {one.status for one in entries} <= {"ended", "active"}
    for one in entries:
        kinds = [event.kind for event in db.session.scalars(select(Event).where(Event.registration_id == one.id))]
        assert kinds.count("ended") == (one.status == "ended") and kinds.count("active") <= 1
    assert db.session.get(AnswerFile, file.id).state == "applied"
    limits_hold()


def test_of_two_who_confirm_at_once_one_does_and_it_takes_effect_once(app, people, file):
    create_account("nona", "Nona Kelian", "office", "81.05", PASSWORD, is_demo=True)
    db.session.commit()
    file_id = file.id
    acts = [lambda who=who: confirm(db.session.get(AnswerFile, file_id), account(who)) for who in ("lina", "nona")]
    at_once(*acts, app=app, refused=(AppError,))
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "apply", Job.state == "waiting")) == 1
    at_once(work, work, app=app)
    work()
    entries = [db.session.get(Registration, one.id) for one in people]
    assert [one.status for one in entries] == ["active"] * PEOPLE
    assert db.session.scalar(select(func.count()).select_from(Event).where(Event.kind == "active")) == PEOPLE
    limits_hold()
