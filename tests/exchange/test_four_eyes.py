"""Who ticked rows of an answer is kept, and neither they nor who brought the file let it take effect."""

import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AppError
from sbt_pwa.records import answer_effect
from sbt_pwa.records.account import create_account
from sbt_pwa.records.answer import AnswerFile, AnswerRow, take_suggestions
from tests.exchange.conftest import signed_in
from tests.exchange.test_round_trip import bring, freeze, member_row, reply, status_of, work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.together import at_once
from tests.visitor import PASSWORD
from tests.words import words

YOURSELF = words("You ticked rows of this file yourself. Another person of the office has to confirm it.")


@pytest.fixture
def one(app, dewi):
    close_programmes()
    programme = make_programme(places=5)
    [one] = register(app, [1])
    approve([one])
    freeze(dewi, programme)
    return one


@pytest.fixture
def file(dewi, one) -> AnswerFile:
    return bring(dewi, reply([member_row(one, 1, nik=int(one.nik[:15] + "0"))]))


def tick(visitor, file):
    page = visitor.get(f"/exchange/answers/{file.id}?show=spoiled")
    return page.submit("/suggestions", row=[box.get("value") for box in page.find("input", name="row")])


def test_who_ticked_is_named_with_the_time_and_may_not_confirm(app, dewi, lina, one, file):
    page = lina.get(f"/exchange/answers/{file.id}?show=spoiled")
    page.see(words("Whoever ticks rows is noted, and cannot confirm this file. Best let the one tick who brought it."))
    told = tick(lina, file).see(YOURSELF, words("rows ticked by %(who)s") % {"who": "Lina Rumalutur"})
    assert not told.find("form", action=f"/exchange/answers/{file.id}/confirm")
    lina.post(f"/exchange/answers/{file.id}/confirm", status=403).see(YOURSELF)
    dewi.post(f"/exchange/answers/{file.id}/confirm", status=403)
    db.session.expire_all()
    [row] = db.session.scalars(select(AnswerRow)).all()
    assert (row.ticked_by_id, row.ticked_at is not None, file.state) == (account("lina").id, True, "preview")
    create_account("nona", "Nona Kelian", "office", "81.05", PASSWORD, is_demo=True)
    db.session.commit()
    nona = signed_in(app, "nona")
    nona.get(f"/exchange/answers/{file.id}?show=accepted").see("Dicentang oleh Lina Rumalutur").submit("/confirm")
    work()
    assert status_of([one]) == ["active"]
    dewi.get(f"/exchange/answers/{file.id}").see("Lina Rumalutur", "Nona Kelian", "Dicentang oleh Lina Rumalutur")
    dewi.get(f"/exchange/people/{one.id}").see("Dicentang oleh Lina Rumalutur")


def test_who_brought_it_ticks_and_the_other_confirms(dewi, lina, one, file):
    tick(dewi, file).see(words("You brought this file yourself. Another person of the office has to confirm it."))
    lina.get(f"/exchange/answers/{file.id}").submit("/confirm")
    work()
    assert status_of([one]) == ["active"]


def test_nobody_ticks_and_confirms_at_the_same_moment(app, one, file):
    """Two pages of one person, sent at once: either the rows are ticked or the file is confirmed, never both."""
    file_id, row_id = file.id, db.session.scalars(select(AnswerRow.id)).one()

    def tick_it():
        take_suggestions(db.session.get(AnswerFile, file_id), [row_id], account("lina"))

    def confirm_it():
        answer_effect.confirm(db.session.get(AnswerFile, file_id), account("lina"))

    at_once(tick_it, confirm_it, app=app, refused=(AppError,))
    ticked = db.session.get(AnswerRow, row_id).ticked_by_id is not None
    assert ticked != (db.session.get(AnswerFile, file_id).state == "confirmed")
