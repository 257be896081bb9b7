"""Who leaves before there is any cover: the place is free, nobody waits for an answer, and the pages tell the truth."""

import datetime as dt

import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.records import recount
from sbt_pwa.records.answer import AnswerRow
from sbt_pwa.records.batch import BatchRow
from sbt_pwa.records.ledger import stage_counts
from tests.exchange.test_round_trip import bring, confirm, freeze, member_row, reply, status_of
from tests.people import approve, code_of, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.words import words

ELIGIBILITY = ("NIK", "NAMA", "STATUS", "KETERANGAN")


@pytest.fixture
def programme(app):
    """Places for two; the third waits."""
    close_programmes()
    return make_programme(places=2)


@pytest.fixture
def people(app, programme):
    found = register(app, [1, 2, 3])
    approve(found)
    assert status_of(found) == ["approved", "approved", "waitlisted"]
    return found


def lead(people, stage, programme, dewi, lina):
    """Bring the first, or who waits, to this stage; return that one."""
    if stage in ("sent", "declined"):
        freeze(dewi, programme)
    if stage == "declined":
        confirm(lina, bring(dewi, reply([[people[0].nik, people[0].name, "N", "NIK TIDAK PADAN"]], ELIGIBILITY)))
    one = people[2] if stage == "waitlisted" else people[0]
    assert status_of([one]) == [stage]
    return one


@pytest.mark.parametrize("stage", ["approved", "waitlisted", "sent", "declined"])
def test_who_leaves_before_cover_frees_the_place_and_every_page_tells_the_truth(people, stage, programme, dewi, lina, visitor):
    one = lead(people, stage, programme, dewi, lina)
    page = dewi.get(f"/exchange/people/{one.id}")
    assert "last_day" not in page.values("/end")
    page = page.submit("/end", reason="has_died", note="kata istrinya")
    page.see(words("Has left"), words("The person has died."), "kata istrinya").not_see(words("Covered to"))
    assert status_of([one]) == ["ended"]
    assert (one.committed_rupiah, one.covered_from, one.covered_to, one.kpj) == (None, None, None, None)
    others = {"approved": 2, "waitlisted": 2, "sent": 2, "declined": 2}[stage]
    assert (programme.whole.taken, stage_counts()["ended"]) == (others, 1)
    limits_hold()
    assert recount.differences("Asia/Jayapura") == []
    told = visitor.get("/check").submit("/check", code=code_of(3 if stage == "waitlisted" else 1))
    assert told.heading == "Kepesertaan berakhir"
    told.see(words("This registration was closed before you became a member."), words("You are not covered"))
    told.not_see(words("Your membership is over."), words("Keep a card"))


def test_a_later_answer_about_who_left_is_shown_and_changes_nothing(people, programme, dewi, lina):
    one = lead(people, "sent", programme, dewi, lina)
    dewi.get(f"/exchange/people/{one.id}").submit("/end", reason="moved_away")
    assert db.session.scalar(select(BatchRow.state).where(BatchRow.registration_id == one.id)) == "ended"
    dewi.get("/exchange/unanswered").not_see(one.name)
    file = bring(dewi, reply([member_row(one, 1), member_row(people[1], 2)]))
    lina.get(f"/exchange/answers/{file.id}?show=already").see(
        one.name, words("This person has left. The answer changes nothing; tell the insurer.")
    )
    confirm(lina, file)
    assert status_of(people) == ["ended", "active", "approved"]
    assert {row.verdict for row in db.session.scalars(select(AnswerRow))} == {"already", "accepted"}


@pytest.mark.parametrize("reason", ["", "in_arrears", "period_over", "no_such_reason"])
def test_who_is_no_member_leaves_for_a_reason_that_fits(people, dewi, reason):
    page = dewi.get(f"/exchange/people/{people[0].id}")
    page.submit("/end", reason=reason, note="pindah", status=422).see(words("Choose one of the list.") if reason else "pindah")
    assert status_of(people[:1]) == ["approved"]


def test_an_earlier_membership_keeps_its_days(people, programme, dewi):
    """Declined after the cover ran out: what was covered stays covered."""
    one, last = people[0], dt.date.today() - dt.timedelta(days=40)
    one.kpj, one.covered_from, one.covered_to = "20000000001", last - dt.timedelta(days=200), last
    db.session.commit()
    dewi.get(f"/exchange/people/{one.id}").submit("/end", reason="found_employer")
    assert status_of([one]) == ["ended"]
    assert one.covered_to == last


@pytest.mark.parametrize("stage", ["submitted", "returned"])
def test_who_was_not_approved_is_not_ended_by_the_office(app, programme, dewi, stage):
    [one] = register(app, [7])
    one.status = stage
    db.session.commit()
    page = dewi.get(f"/exchange/people/{one.id}")
    assert not page.find("form", action=f"/exchange/people/{one.id}/end")
    dewi.post(f"/exchange/people/{one.id}/end", {"reason": "has_died", "last_day": "1-1-2026"}, status=409)
