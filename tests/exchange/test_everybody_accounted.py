"""Whatever is done in whatever order, each person who was approved stands in exactly one place of the office's account."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AppError
from sbt_pwa.records import recount
from sbt_pwa.records.answer import AnswerFile, AnswerRow
from sbt_pwa.records.answer_effect import confirm
from sbt_pwa.records.answer_judge import judge_rows, says_by_nik
from sbt_pwa.records.arrears import end_for_arrears
from sbt_pwa.records.batch import OPEN_ROWS, Batch, BatchRow, start_batch
from sbt_pwa.records.contribution_month import ContributionMonth, Due, list_month, month_of
from sbt_pwa.records.job import Job, do_next
from sbt_pwa.records.ledger import STAGES, gone_back_count, stage_counts
from sbt_pwa.records.payment import Payment, pay, take_back
from sbt_pwa.records.places import move_up
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.recheck import Recheck
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.renewal import close_renewal, follower_of, start_renewal
from sbt_pwa.records.reply import ReplyRow
from tests.people import register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import clear as clear_people
from tests.records.test_places import limits_hold
from tests.sync.phones import account

PEOPLE = 5
ZONE = "Asia/Jayapura"
BACK = ("submitted", "held", "returned", "refused", "withdrawn")  # with the officer or the supervisor, or given up
FIRST = dt.date.today().replace(month=1, day=1)
STEPS = (
    "approve", "undo", "withdraw", "correct", "leave", "more places", "close the programme",
    "batch", "batch that is killed", "yes", "no", "may become one", "the same answer again", "answer laid aside",
    "renew", "found", "gone", "close the renewal", "the cover runs out",
    "list the months", "pay", "take a payment back", "fall out for arrears", "lower the limits",
)  # fmt: skip
MEMBERS = ["approve 0", "approve 1", "approve 2", "batch", "yes 0", "yes 1"]
CARRIED = [*MEMBERS, "renew", "found 0", "found 1", "close the renewal", "batch"]
# Roads that chance seldom takes, each to its end.
ROADS = (
    [*CARRIED, "leave 0", "the same answer again", "yes 0", "no 1", "found 1", "close the renewal", "batch", "yes 1"],
    [*CARRIED, "the cover runs out 0", "no 0", "the same answer again", "correct 0", "approve 0", "batch", "yes 0"],
    [*CARRIED, "no 0", "gone 0", "answer laid aside 1", "close the renewal", "leave 0", "yes 1"],
    ["approve 0", "batch that is killed", "no 0", "correct 0", "approve 0", "batch", "the same answer again", "yes 0", "leave 0"],
    [
        "approve 0",
        "approve 1",
        "approve 2",
        "approve 3",
        "undo 0",
        "batch",
        "may become one 1",
        "no 1",
        "withdraw 3",
        "more places",
    ],
    ["approve 0", "approve 1", "approve 2", "approve 3", "leave 3", "leave 0", "batch", "leave 1", "yes 1"],
    ["approve 0", "approve 1", "batch", "no 0", "leave 0", "no 1", "correct 1", "approve 1", "leave 1", "more places"],
    [
        *MEMBERS,
        "lower the limits",
        "list the months",
        "pay",
        "leave 0",
        "take a payment back",
        "approve 3",
        "fall out for arrears 1",
    ],
    [*CARRIED, "list the months", "pay", "yes 0", "fall out for arrears 1", "lower the limits", "take a payment back", "leave 0"],
)


@pytest.mark.parametrize("road", ROADS, ids=range(len(ROADS)))
def test_everybody_stands_in_exactly_one_place_on_a_known_road(app, road):
    world = World(app, 3, range(1, PEOPLE + 1))
    for told_step in road:
        what, _blank, number = told_step.rpartition(" ")
        world.walk(*((what, int(number)) if number.isdigit() else (told_step, 0)))


def test_everybody_stands_in_exactly_one_place_in_any_order(app):
    counter = iter(range(1, 10**6))
    step = st.tuples(st.sampled_from(STEPS), st.integers(0, PEOPLE - 1))

    @settings(max_examples=8, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.integers(2, PEOPLE + 1), st.booleans(), st.lists(step, min_size=4, max_size=12))
    def any_order(places, begins_approved, steps):
        clear()
        world = World(app, places, [next(counter) for _ in range(PEOPLE)])
        for what, number in [*((("approve", 0), ("approve", 1), ("batch", 0), ("yes", 0)) if begins_approved else ()), *steps]:
            world.walk(what, number)
        assert recount.differences(ZONE) == []
        clear()

    any_order()


def everybody_stands_once(people) -> None:
    db.session.expire_all()
    for one in people:
        was_approved = once_approved(one)
        places = places_of(one)
        if one.status in BACK:
            assert places == [], (one.status, places)
        else:
            assert was_approved and places == [one.status], (one.status, places)
    limits_hold()
    assert gone_back_count() == sum(one.status in BACK and once_approved(one) for one in people)
    assert stage_counts().total() == sum(one.status in STAGES for one in people)


def once_approved(one: Registration) -> bool:
    return any(event.kind in ("approved", "waitlisted") for event in one.events)


def places_of(one: Registration) -> list[str]:
    """Where somebody stands, told by what they hold and by the batches, and not by the status alone."""
    rows = db.session.scalars(select(BatchRow.state).where(BatchRow.registration_id == one.id)).all()
    waits, holds, is_member = sum(state in OPEN_ROWS for state in rows), one.committed_rupiah is not None, one.kpj is not None
    assert waits <= 1
    told = {
        "waitlisted": not holds and not waits and one.status == "waitlisted",
        "approved": holds and not waits and one.status == "approved",
        "sent": holds and waits == 1 and one.status == "sent",
        "active": is_member and one.covered_to is not None and one.status == "active" and (holds or not waits),
        "declined": not holds and not waits and "declined" in rows and one.status == "declined",
        "ended": (is_member or one.covered_to is None) and not holds and not waits and one.status == "ended",
    }
    return [place for place, stands in told.items() if stands]


class World:
    def __init__(self, app, places, seeds):
        close_programmes()
        self.programme = make_programme(places=places, start_on=FIRST, months=dt.date.today().month + 1)
        self.people = register(app, seeds)
        self.told: list[ReplyRow] = []
        self.number = 0

    def walk(self, what, number) -> None:
        """Do one thing, if it may be done, and all the work that it puts on the list; everybody stands somewhere then."""
        try:
            self.take(what, number)
            db.session.commit()
        except AppError:
            db.session.rollback()
        self.work()
        everybody_stands_once(self.people)

    def take(self, what, number) -> None:
        getattr(self, what.replace(" ", "_"))(self.people[number])

    def work(self) -> None:
        db.session.commit()
        while do_next():
            pass
        db.session.rollback()
        assert db.session.scalars(select(Job).where(Job.state == "failed")).all() == []

    def approve(self, one):
        one.approve(account("budi"))

    def undo(self, one):
        one.undo(account("budi"), dt.timedelta(hours=1))

    def withdraw(self, one):
        one.withdraw(one.author_id)

    def correct(self, one):
        one.resubmit(one.author_id, ["name"], [], False)

    def leave(self, one):
        one.end(account("dewi"), ["has_died"], dt.date.today())

    def more_places(self, one):
        self.programme.allot("81.05", self.programme.whole.places + 1, 10**12)
        db.session.flush()
        move_up(one.category)

    def close_the_programme(self, _one):
        self.programme.close()

    def batch(self, _one):
        for programme in filter(None, (self.programme, follower_of(self.programme))):
            try:
                start_batch(programme, None, account("dewi"))
            except AppError:
                continue

    def batch_that_is_killed(self, one):
        """The process falls when the rows are written and the step is not kept yet; the work is taken up later."""
        from sbt_pwa.records.batch import fill_batch

        self.batch(one)
        db.session.commit()
        job = db.session.scalars(select(Job).where(Job.kind == "batch", Job.state == "waiting")).first()
        if job:
            steps = fill_batch(job)
            next(steps)
            db.session.rollback()
            steps.close()

    def yes(self, one):
        last = self.programme.end_on if one.programme_id == self.programme.id else one.programme.end_on if one.programme else None
        self.number += 1
        self._answer(one, status="yes", kpj=f"{20_000_000_000 + self.number}", covered_from=FIRST, covered_to=last)

    def no(self, one):
        self._answer(one, status="no", reason_text="NIK TIDAK PADAN", reason_code="NIK_MISMATCH")

    def may_become_one(self, one):
        self._answer(one, status="yes")

    def the_same_answer_again(self, _one):
        self._file(self.told)

    def answer_laid_aside(self, one):
        self._file([told(one, status="no", reason_code="DECEASED")], "dropped")

    def _answer(self, one, **said):
        self.told = [told(one, **said)]
        self._file(self.told)

    def _file(self, rows, state="preview"):
        if not rows:
            return
        file = AnswerFile(sha256="0" * 64, by_id=account("lina").id, state=state, kind="members", columns={})
        db.session.add(file)
        db.session.flush()
        judge_rows(file, rows, says_by_nik(rows))
        db.session.flush()
        if state == "preview":
            confirm(file, account("dewi"))

    def renew(self, _one):
        start_renewal(self.programme, "Baru", account("dewi"))

    def found(self, one):
        self._recheck(one).confirm(account("sari"))

    def gone(self, one):
        self._recheck(one).give_up(account("sari"), "moved_away")

    def _recheck(self, one):
        row = db.session.get(Recheck, {"programme_id": self.programme.id, "registration_id": one.id})
        if row is None:
            raise AppError()
        return row

    def close_the_renewal(self, _one):
        close_renewal(self.programme, account("dewi"))

    def list_the_months(self, _one):
        for month in self.programme.month_list()[:2]:
            list_month(self.programme, month, account("dewi"))

    def pay(self, _one):
        month = self.programme.start_on
        row = month_of(self.programme, month)
        self.number += 1
        told = {"paid_on": month, "reference": f"SP2D {self.number}", "proof": b"", "proof_name": ""}
        pay(self.programme, month, account("dewi"), rupiah=row.missing if row and row.missing else 1, **told)

    def take_a_payment_back(self, _one):
        for payment in db.session.scalars(select(Payment).where(Payment.taken_back_at.is_(None)).limit(1)).all():
            take_back(payment, account("dewi"), "A slip.")

    def fall_out_for_arrears(self, one):
        """As on a day on which every grace is over."""
        end_for_arrears(self.programme, {one.id}, account("dewi"), dt.date.today() + dt.timedelta(days=400))

    def lower_the_limits(self, _one):
        """To what is taken and committed now: nothing is free any more, and nobody loses a place."""
        whole = self.programme.whole
        self.programme.allot(whole.region_code, whole.taken, whole.committed_rupiah)

    def the_cover_runs_out(self, one):
        """As if the months had passed."""
        if one.covered_to:
            one.covered_to = dt.date.today() - dt.timedelta(days=1)
            one.covered_from = min(one.covered_from, one.covered_to)


def told(one, **said) -> ReplyRow:
    empty = dict.fromkeys(ReplyRow.__dataclass_fields__)
    return ReplyRow(**empty | {"row_number": 4, "nik": one.nik, "name": one.name} | said)


def clear() -> None:
    db.session.rollback()
    for model in (Due, Payment, ContributionMonth, AnswerRow, AnswerFile, BatchRow, Batch, Job, Recheck):
        db.session.execute(delete(model))
    db.session.commit()
    for programme in db.session.scalars(select(Programme)):
        programme.renewal_of_id = None
    db.session.commit()
    clear_people()
