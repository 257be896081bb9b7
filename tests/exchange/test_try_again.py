"""Work that failed for good: the page says what is so all the same, and whoever may start it tries again, once."""

import datetime as dt
import io

import pytest
from sqlalchemy import func, select, update

from sbt_pwa.kit.db import db
from sbt_pwa.records.answer import AnswerFile, AnswerRow
from sbt_pwa.records.batch import Batch, BatchRow, start_batch
from sbt_pwa.records.contribution_month import Due
from sbt_pwa.records.event import Event
from sbt_pwa.records.job import Job, do_next, try_again
from sbt_pwa.records.rates import ContributionBracket
from sbt_pwa.records.registration import Registration
from tests.exchange.test_round_trip import bring, member_row, reply
from tests.members import make_member, work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.words import words

AGAIN = words("Try again")


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(places=50)


class Spoiled:
    """A stored value that does not open, as after a fault of the disk; `mend` puts back what was there."""

    def __init__(self, model, column, which):
        db.session.rollback()
        self.model, self.column = model, getattr(model, column)
        self.id, self.was = db.session.execute(select(model.id, self.column).where(which)).first()
        self._write(b"\x00" * 40)

    def mend(self):
        self._write(self.was)

    def _write(self, value):
        db.session.execute(update(self.model).where(self.model.id == self.id).values({self.column: value}))
        db.session.commit()
        db.session.expire_all()


def failed() -> Job:
    work()
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Job).order_by(Job.made_at.desc(), Job.id.desc())).first()


def press_twice(visitor, page) -> None:
    """Two presses on the same page, as of an impatient thumb: the second finds the work there already."""
    button = AGAIN
    assert button in page.text
    page.submit("/again")
    page.submit("/again")
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.state == "waiting")) == 1
    work()
    page.submit("/again")
    assert not do_next()


def test_a_batch_that_broke_off_is_finished_and_takes_nobody_twice(app, dewi, programme):
    people = register(app, range(1, 5))
    approve(people)
    spoiled = Spoiled(Registration, "name_sealed", Registration.id == people[2].id)
    dewi.get(f"/exchange/batches/new?programme={programme.id}").submit("/exchange/batches")
    assert failed().state == "failed"
    batch = db.session.scalars(select(Batch)).one()
    page = dewi.get(f"/exchange/batches/{batch.id}")
    page.see(words("The batch could not be finished."))
    page.see(words("Whom it has taken already stays in it and waits. There is no file yet, and nothing was sent to BPJS."))
    page.not_see("Tidak ada yang berubah")
    spoiled.mend()
    press_twice(dewi, page)
    db.session.expire_all()
    assert (batch.state, batch.row_count) == ("frozen", 4)
    assert db.session.scalar(select(func.count()).select_from(BatchRow)) == 4
    assert [one.status for one in people] == ["sent"] * 4
    dewi.get(f"/exchange/batches/{batch.id}").not_see(AGAIN)


def test_an_answer_that_could_not_be_read_for_our_fault_is_read_again(app, dewi, lina, programme):
    [one] = register(app, [1])
    approve([one])
    dewi.get(f"/exchange/batches/new?programme={programme.id}").submit("/exchange/batches")
    work()
    hand_over(dewi, reply([member_row(one, 1)]))
    spoiled = Spoiled(AnswerFile, "data_sealed", AnswerFile.id.is_not(None))
    assert failed().state == "failed"
    file = db.session.scalars(select(AnswerFile)).one()
    page = dewi.get(f"/exchange/answers/{file.id}").see(words("No registration was changed. Nothing of this file counts."))
    spoiled.mend()
    press_twice(dewi, page)
    dewi.get(f"/exchange/answers/{file.id}").see(words("Nothing has changed yet"))
    assert db.session.scalar(select(func.count()).select_from(AnswerRow)) == 1


def hand_over(visitor, data) -> None:
    visitor.get("/exchange/answers")
    visitor.post("/exchange/answers", {"file": (io.BytesIO(data), "jawaban.xlsx")})


def test_a_file_that_is_none_is_not_read_again(app, dewi, programme):
    hand_over(dewi, reply([["x"]], ("SOMETHING",)))
    job = failed()
    file = db.session.scalars(select(AnswerFile)).one()
    assert (job.state, file.state) == ("failed", "refused")
    dewi.get(f"/exchange/answers/{file.id}").see(words("This file could not be read.")).not_see(AGAIN)
    dewi.post(f"/exchange/jobs/{job.id}/again", status=403)


def test_an_answer_takes_effect_on_the_second_try_and_only_once(app, dewi, lina, programme):
    people = register(app, range(1, 4))
    approve(people)
    dewi.get(f"/exchange/batches/new?programme={programme.id}").submit("/exchange/batches")
    work()
    file = bring(dewi, reply([member_row(one, number) for number, one in enumerate(people)]))
    last = db.session.scalars(select(AnswerRow.id).order_by(AnswerRow.row_number.desc())).first()
    lina.get(f"/exchange/answers/{file.id}").submit("/confirm")
    spoiled = Spoiled(AnswerRow, "content_sealed", AnswerRow.id == last)
    assert failed().state == "failed"
    assert [one.status for one in people] == ["sent"] * 3
    spoiled.mend()
    truth = words("They take effect all together or not at all: no registration was changed. The confirmation stands.")
    # Who brought the file may not let it take effect, not by this way either.
    dewi.get(f"/exchange/answers/{file.id}").see(truth).not_see(AGAIN)
    dewi.post(f"/exchange/jobs/{failed().id}/again", status=403)
    page = lina.get(f"/exchange/answers/{file.id}").see(truth)
    press_twice(lina, page)
    db.session.expire_all()
    assert [one.status for one in people] == ["active"] * 3
    events = select(Event.registration_id, func.count()).where(Event.kind == "active").group_by(Event.registration_id)
    assert {count for _person, count in db.session.execute(events)} == {1}
    assert db.session.scalars(select(Event.by_id).where(Event.kind == "active").distinct()).all() == [account("lina").id]


def test_an_answer_that_cannot_take_effect_is_laid_aside_by_a_second_person(app, dewi, lina, programme):
    [one] = register(app, [1])
    approve([one])
    dewi.get(f"/exchange/batches/new?programme={programme.id}").submit("/exchange/batches")
    work()
    data = reply([member_row(one, 1)])
    file = bring(dewi, data)
    address, aside = f"/exchange/answers/{file.id}", words("Lay this file aside, change nothing")
    lina.get(address).see(aside).submit("/confirm")
    lina.post(f"{address}/drop", status=409)  # it is about to take effect
    spoiled = Spoiled(AnswerRow, "content_sealed", AnswerRow.file_id == file.id)
    job = failed()
    spoiled.mend()
    dewi.get(address).not_see(aside)  # who brought it does not say alone what becomes of it
    dewi.post(f"{address}/drop", status=409)
    lina.get(address).see(aside).submit("/drop").see(words("laid aside")).not_see(AGAIN)
    lina.post(f"/exchange/jobs/{job.id}/again", status=403)
    lina.post(f"{address}/drop", status=409)
    assert not do_next()
    assert (file.state, one.status) == ("dropped", "sent")
    hand_over(dewi, data)
    do_next()
    lina.get(dewi.page.path).submit("/confirm")
    do_next()
    db.session.expire_all()
    assert one.status == "active"


def test_a_file_whose_reading_broke_off_can_be_laid_aside(app, dewi, programme):
    hand_over(dewi, reply([["8105010000000001"]], ("NIK",)))
    Spoiled(AnswerFile, "data_sealed", AnswerFile.id.is_not(None))
    failed()
    file = db.session.scalars(select(AnswerFile)).one()
    dewi.get("/exchange").see("jawaban.xlsx")
    dewi.get(f"/exchange/answers/{file.id}").submit("/drop").see(words("laid aside"))
    dewi.get("/exchange").not_see("jawaban.xlsx")


def test_a_month_whose_rate_was_missing_is_listed_when_it_is_there(app, dewi, programme):
    for seed in (1, 2):
        make_member(programme, seed, programme.start_on)
    month = f"{programme.start_on:%Y-%m}"
    dewi.get(f"/exchange/months/{programme.id}").submit(f"{month}/list")
    ends = dict(db.session.execute(select(ContributionBracket.id, ContributionBracket.valid_to)).all())
    set_ends(dict.fromkeys(ends, dt.date(2020, 1, 31)))
    job = failed()
    assert (job.state, job.tries) == ("failed", 1)  # a missing row is told at once: trying on would not bring it
    page = dewi.get(f"/exchange/months/{programme.id}/{month}").see(words("The list could not be made."))
    page.see("Tarif").not_see(words("Make the list anew"))
    set_ends(ends)
    press_twice(dewi, page)
    assert db.session.scalar(select(func.count()).select_from(Due)) == 2


def set_ends(ends):
    for row_id, day in ends.items():
        db.session.execute(update(ContributionBracket).where(ContributionBracket.id == row_id).values(valid_to=day))
    db.session.commit()
    db.session.expire_all()


def test_two_who_try_at_once_begin_it_once(app, programme):
    """The second has looked before the first was done, and finds that newer work is there."""
    people = register(app, [1])
    approve(people)
    spoiled = Spoiled(Registration, "name_sealed", Registration.id == people[0].id)
    start_batch(programme, None, account("dewi"))
    db.session.commit()
    job = failed()
    spoiled.mend()
    first = try_again(job, account("dewi"))
    db.session.commit()
    assert try_again(job, account("lina")).id == first.id
    db.session.commit()
    assert (first.by_id, db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "batch"))) == (
        account("dewi").id, 2,
    )  # fmt: skip
