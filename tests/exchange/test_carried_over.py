"""Members who go on into the next programme: found again, carried over, sent, answered, and the pages true at every step."""

import datetime as dt
import io

import openpyxl
import pytest
from sqlalchemy import event, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, today
from sbt_pwa.kit.months import months_later
from sbt_pwa.records.answer import AnswerFile, AnswerRow
from sbt_pwa.records.batch import BatchRow, ready_count
from sbt_pwa.records.batch_checks import held_back
from sbt_pwa.records.benefits import early_until
from sbt_pwa.records.card import cards_of
from sbt_pwa.records.coverage import Choice, Coverage
from sbt_pwa.records.ledger import stage_counts
from sbt_pwa.records.recheck import Recheck
from sbt_pwa.records.renewal import close_renewal, start_renewal
from tests.exchange.test_round_trip import bring, confirm, freeze, status_of, work
from tests.exchange.test_sent_back import MOTHER, ask_for_mother_and_phone
from tests.members import DAY
from tests.people import approve, code_of, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.sync.phones import account
from tests.words import words

HEADERS = ("NIK", "KPJ", "NAMA", "TGL_KEPESERTAAN", "TGL_BERAKHIR", "STATUS", "KETERANGAN")
FIRST = dt.date.today().replace(day=1)
OLD, NEW = "Perlindungan lama", "Perlindungan baru"


@pytest.fixture
def old(app):
    """A programme that ends with the next month, and runs already."""
    close_programmes()
    return make_programme(start_on=months_later(FIRST, -4), months=6, name=OLD)


@pytest.fixture
def members(app, old, dewi, lina):
    """Three people whom the insurer has taken, by a file."""
    people = register(app, [1, 2, 3])
    approve(people)
    freeze(dewi, old)
    answer(dewi, lina, [taken(one, number, FIRST, old.end_on) for number, one in enumerate(people)])
    assert status_of(people) == ["active"] * 3
    return people


def taken(one, number: int, first: dt.date, last: dt.date) -> list:
    return [one.nik, f"{20_000_000_000 + number}", one.name, f"{first:%d-%m-%Y}", f"{last:%d-%m-%Y}", "Y", ""]


def refused(one, words_told: str = "NIK TIDAK PADAN") -> list:
    return [one.nik, "", one.name, "", "", "N", words_told]


def answer(dewi, lina, rows, folder=None):
    """The insurer's file, on disk where there is a folder for it, read and confirmed."""
    data = file_of(rows)
    if folder:
        (folder / "jawaban.xlsx").write_bytes(data)
        data = (folder / "jawaban.xlsx").read_bytes()
    file = bring(dewi, data)
    confirm(lina, file)
    return file


def file_of(rows) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (["DAFTAR PESERTA"], HEADERS, *rows):
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


def carried(old, people):
    """Begin the renewal, find everybody again on the officer's list, and close it."""
    new = start_renewal(old, NEW, account("dewi"))
    db.session.commit()
    for one in people:
        find_again(old, one)
    close(old)
    return new


def find_again(old, one) -> None:
    db.session.get(Recheck, {"programme_id": old.id, "registration_id": one.id}).confirm(account("sari"))
    db.session.commit()


def close(old) -> None:
    close_renewal(old, account("dewi"))
    work()
    db.session.expire_all()


def pages_say(visitor, seed: int, programme: str, last: dt.date, kpj: str):
    """The worker's page and card tell this programme, this day and this number; return the page."""
    page = visitor.get("/check").submit("/check", code=code_of(seed))
    assert page.heading == "Peserta aktif"
    page.see(programme, show_day(last), kpj, words("You are covered"))
    visitor.get("/check").submit("/check", code=code_of(seed)).submit("/check/card").see(programme, show_day(last), kpj)
    return visitor.get("/check").submit("/check", code=code_of(seed))


def declined_when_the_cover_was_over(old, members, dewi, lina):
    """The first of them was sent for the renewal, and the insurer's no came a day after the cover; return that person."""
    one = members[0]
    freeze(dewi, carried(old, members))
    one.covered_from, one.covered_to = FIRST - 100 * DAY, today() - DAY
    db.session.commit()
    answer(dewi, lina, [refused(one)])
    return one


def covered_people() -> int:
    return Coverage(Choice("81.05", today().year), today()).whole.covered


def test_a_member_goes_on_by_a_real_file_and_the_pages_tell_the_truth_at_each_step(
    app,
    old,
    members,
    dewi,
    lina,
    visitor,
    tmp_path,
):
    one, other, _third = members
    old.insurances = ["JKK", "JKM"]
    new = carried(old, members)
    new.insurances = ["JKK", "JKM", "JHT"]
    db.session.commit()
    assert {entry.programme_id for entry in members} == {new.id}
    for step in ("carried over", "sent"):
        pages_say(visitor, 1, OLD, old.end_on, one.kpj).not_see("JHT", NEW)
        assert (covered_people(), stage_counts(new)["active"]) == (3, 3), step
        if step == "carried over":
            batch = freeze(dewi, new)
    assert batch.row_count == 3
    dewi.get(f"/exchange/people/{one.id}").see(OLD, NEW)
    rows = [
        taken(one, 0, new.start_on, new.end_on),
        taken(other, 77, new.start_on, new.end_on),
        taken(_third, 2, new.start_on, new.end_on),
    ]
    file = answer(dewi, lina, rows, tmp_path)
    assert file.state == "applied"
    assert status_of(members) == ["active"] * 3
    assert [(entry.kpj, entry.covered_from, entry.covered_to) for entry in members[:2]] == [
        ("20000000000", FIRST, new.end_on),
        ("20000000077", FIRST, new.end_on),
    ]
    pages_say(visitor, 1, NEW, new.end_on, "20000000000").see(
        "JHT", words("Part of the contribution is saved in your name. BPJS says how much it is and when it is paid out.")
    )
    pages_say(visitor, 2, NEW, new.end_on, "20000000077").not_see("20000000001")
    limits_hold()


def test_who_was_told_days_beyond_the_old_programme_goes_on_as_well(app, old, members, dewi, lina, visitor):
    """The insurer's last day lies within the programme that follows, and says nothing of whether it has been asked for it."""
    beyond = months_later(FIRST, 5) - DAY
    for one in members:
        one.covered_to = beyond
    new = carried(old, members)
    assert new.start_on < beyond < new.end_on
    pages_say(visitor, 1, OLD, beyond, members[0].kpj).not_see(NEW)
    assert [held.count for held in held_back(new)] == []
    assert (ready_count(old), ready_count(new)) == (0, 3)
    assert freeze(dewi, new).row_count == 3
    assert ready_count(new) == 0
    answer(dewi, lina, [taken(members[0], 0, new.start_on, new.end_on), refused(members[1])])
    assert status_of(members) == ["active"] * 3
    assert [one.programme_id for one in members] == [new.id, old.id, new.id]
    assert [one.covering_programme.id for one in members] == [new.id, old.id, old.id]
    assert ready_count(new) == 0
    pages_say(visitor, 1, NEW, new.end_on, members[0].kpj).not_see(OLD)
    pages_say(visitor, 2, OLD, beyond, members[1].kpj).not_see(NEW)
    limits_hold()


def test_an_answer_that_leaves_a_gap_begins_a_time_of_its_own(app, old, members, dewi, lina, visitor):
    """The smaller benefit of the first months holds again for who was a day without cover, and for nobody else."""
    new = carried(old, members)
    freeze(dewi, new)
    long_ago, few = FIRST - 200 * DAY, "Rp10.000.000"
    for one, last in zip(members, (FIRST - 2 * DAY, FIRST - DAY, FIRST + DAY), strict=True):
        one.covered_from, one.covered_to = long_ago, last
    db.session.commit()
    answer(dewi, lina, [taken(one, number, FIRST, new.end_on) for number, one in enumerate(members)])
    assert status_of(members) == ["active"] * 3
    assert [one.covered_from for one in members] == [FIRST, long_ago, long_ago]
    assert {one.covered_to for one in members} == {new.end_on}
    pages_say(visitor, 1, NEW, new.end_on, members[0].kpj).see(few, show_day(early_until(FIRST)))
    pages_say(visitor, 2, NEW, new.end_on, members[1].kpj).not_see(few)


def test_the_cards_of_many_ask_once_which_programme_covers_them(app, old, members, dewi, lina):
    carried(old, members)
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement) if "FROM batch_row" in statement else None

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        cards = list(cards_of(members, "https://example.org", "81.05"))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert ([card.programme for card in cards], len(asked)) == ([OLD] * 3, 1)


def test_a_yes_that_tells_no_later_day_waits_for_a_person_and_counts_when_one_says_so(old, members, dewi, lina, visitor):
    """It may be the answer of last year, brought once more; or the insurer has really taken the person for a shorter time."""
    one, other, _third = members
    new = carried(old, members)
    freeze(dewi, new)
    sooner = old.end_on - 10 * DAY
    data = file_of([taken(one, 0, new.start_on, new.end_on), taken(other, 1, FIRST, sooner)])
    file = bring(dewi, data)
    page = dewi.get(f"/exchange/answers/{file.id}?show=unclear").see(other.name, show_day(old.end_on), show_day(sooner))
    page.see(words("%(count)s row waits for your decision") % {"count": "1"}).not_see(one.nik)

    # Nobody ticks it: the person stays a member as before and is asked for, and the file may be brought again.
    confirm(lina, file)
    assert (other.programme_id, other.covering_programme.id, other.covered_to) == (new.id, old.id, old.end_on)
    pages_say(visitor, 2, OLD, old.end_on, other.kpj)
    dewi.get("/exchange/unanswered").see(other.name).not_see(one.name)
    dewi.get(f"/exchange/answers/{file.id}").see("bawa lagi berkas yang sama ini")

    file = bring(dewi, data)
    page = dewi.get(f"/exchange/answers/{file.id}?show=unclear")
    [box] = page.find("input", name="row")
    page.submit("/suggestions", row=[box.get("value")]).not_see(words("%(count)s row waits for your decision") % {"count": "1"})
    confirm(lina, file)
    assert (other.covering_programme.id, other.covered_from, other.covered_to) == (new.id, FIRST, sooner)
    pages_say(visitor, 2, NEW, sooner, other.kpj)
    dewi.get("/exchange/unanswered").not_see(other.name)
    first = db.session.scalars(select(AnswerFile).order_by(AnswerFile.made_at)).all()[1]
    dewi.get(f"/exchange/answers/{first.id}").not_see("bawa lagi berkas yang sama ini")
    dewi.post("/exchange/answers", {"file": (io.BytesIO(data), "jawaban.xlsx")}, status=422)
    limits_hold()


def test_last_years_very_answer_waits_for_a_person(old, members, dewi):
    freeze(dewi, carried(old, members))
    file = bring(dewi, file_of([taken(members[0], 0, FIRST, old.end_on)]))
    [row] = db.session.scalars(select(AnswerRow).where(AnswerRow.file_id == file.id))
    assert (row.verdict, row.problem) == ("unclear", "not_later")


def test_another_number_is_told_before_it_is_taken(old, members, dewi, lina):
    new = carried(old, members)
    freeze(dewi, new)
    rows = [taken(members[0], 77, new.start_on, new.end_on), taken(members[1], 1, new.start_on, new.end_on)]
    file = bring(dewi, file_of(rows))
    page = lina.get(f"/exchange/answers/{file.id}?show=changed").see(members[0].name, "20000000077", "20000000000")
    page.not_see(members[1].name)


def test_whose_renewal_is_declined_stays_a_member_to_the_last_day_and_is_looked_at_again(
    app,
    old,
    members,
    dewi,
    lina,
    visitor,
    new_visitor,
    tmp_path,
):
    new = carried(old, members)
    freeze(dewi, new)
    rows = [taken(one, number, new.start_on, new.end_on) for number, one in enumerate(members[:2])]
    answer(dewi, lina, [*rows, refused(members[2])], tmp_path)
    third = members[2]
    assert status_of(members) == ["active"] * 3
    assert (third.programme_id, third.committed_rupiah, third.covered_to, third.kpj) == (old.id, None, old.end_on, "20000000002")
    assert (new.whole.taken, covered_people(), stage_counts()) == (2, 3, {"active": 3})
    limits_hold()
    row = db.session.scalars(
        select(BatchRow).where(BatchRow.registration_id == third.id).order_by(BatchRow.made_at.desc())
    ).first()
    assert row.state == "declined"
    page = pages_say(visitor, 3, OLD, old.end_on, third.kpj)
    page.see(
        words("BPJS has not taken the time after %(day)s yet. Ask the officer or the office why.") % {"day": show_day(old.end_on)}
    )
    dewi.get(f"/exchange/people/{third.id}").see(words("Renewal not taken by BPJS"), "NIK TIDAK PADAN")
    sari = new_visitor()
    sari.sign_in("sari")
    listed = sari.get("/register/recheck").follow("Bula").see(third.name, words("Renewal not taken by BPJS"))
    listed.not_see(members[0].name)

    # Put right and found again, the person goes the way once more.
    told = {"answer": "found", "village": third.village_code, "name": "", "birth_date": ""}
    page = sari.post(f"/register/recheck/{third.id}", told | {"nik": third.nik[:15]}, status=422)
    assert page.find("input", name="nik")[0].get("value") == third.nik[:15]
    sari.post(f"/register/recheck/{third.id}", told | {"nik": members[0].nik}, status=422).see(
        words("Another open entry has the same NIK.")
    )
    before, right = third.answers, third.nik[:12] + "7788"
    sari.post(f"/register/recheck/{third.id}", told | {"nik": right})
    db.session.expire_all()
    assert third.answers == before | {"nik": right}
    assert (third.status, third.covered_to, third.kpj) == ("active", old.end_on, "20000000002")
    dewi.get(f"/exchange/people/{third.id}").see(words("What BPJS did not find right was corrected"), "Sari Rumakat")
    close(old)
    assert third.programme_id == new.id
    pages_say(visitor, 3, OLD, old.end_on, third.kpj).not_see(words("Ask the officer or the office why."))
    assert freeze(dewi, new).row_count == 1
    answer(dewi, lina, [taken(third, 2, new.start_on, new.end_on)], tmp_path)
    assert (status_of([third]), third.covered_to) == (["active"], new.end_on)
    limits_hold()


def test_a_member_who_lacks_what_the_file_needs_is_looked_at_once_more_and_goes_on(
    old, members, dewi, lina, visitor, new_visitor
):
    one = members[0]
    new = carried(old, members)
    ask_for_mother_and_phone(new)
    for member in members:
        member.mother_name, member.phone = ("Wa Ode", "+6281234567890") if member is not one else (None, None)
    db.session.commit()
    page = dewi.get(f"/exchange/batches/new?programme={new.id}").see(one.name, MOTHER)
    back = {"programme": str(new.id), "column": MOTHER, "entry": str(one.id)}
    assert len(page.find("form", action="/exchange/batches/new/return")) == 2
    dewi.post("/exchange/batches/new/return", back).not_see(one.name)
    dewi.post("/exchange/batches/new/return", back | {"entry": str(members[1].id)})  # lacks nothing
    assert [(entry.status, entry.programme_id) for entry in members] == [("active", p.id) for p in (old, new, new)]
    assert (one.committed_rupiah, one.covered_to, new.whole.taken) == (None, old.end_on, 2)
    not_taken = words("BPJS has not taken the time after %(day)s yet. Ask the officer or the office why.")
    pages_say(visitor, 1, OLD, old.end_on, one.kpj).not_see(NEW, not_taken % {"day": show_day(old.end_on)})
    assert freeze(dewi, new).row_count == 2

    sari = new_visitor()
    sari.sign_in("sari")
    listed = sari.get("/register/recheck").follow("Bula").see(one.name, words("Something is missing"))
    assert len(listed.find("input", name="mother_name")) == 1
    tried = {"answer": "found", "village": one.village_code, "mother_name": "Wa 7", "phone": "12"}
    page = sari.post(f"/register/recheck/{one.id}", tried, status=422)
    assert [page.find("input", name=name)[0].get("value") for name in ("mother_name", "phone")] == ["Wa 7", "12"]
    sari.post(f"/register/recheck/{one.id}", {"answer": "found", "mother_name": "Wa Siti"}, status=422)
    assert one.mother_name is None
    told = {"answer": "found", "village": one.village_code, "mother_name": "Wa Siti", "phone": "0812 3456 7899", "name": "X"}
    sari.post(f"/register/recheck/{one.id}", told).not_see(words("Something is missing"))
    db.session.expire_all()
    assert (one.mother_name, one.phone, one.name == "X", one.status) == ("Wa Siti", "+6281234567899", False, "active")
    dewi.get(f"/exchange/people/{one.id}").see(words("What was missing was filled in"), "Sari Rumakat")
    close(old)
    assert freeze(dewi, new).row_count == 1
    answer(dewi, lina, [taken(entry, number, new.start_on, new.end_on) for number, entry in enumerate(members)])
    assert [entry.covered_to for entry in members] == [new.end_on] * 3
    limits_hold()


def test_after_the_last_day_the_declined_end_with_that_reason(app, old, members, dewi, lina, visitor):
    new = carried(old, members)
    freeze(dewi, new)
    answer(dewi, lina, [refused(members[0])])
    old.start_on = months_later(old.start_on, -2)  # as if two months had passed
    for one in members:
        one.covered_to = old.end_on
    members[0].covered_from = old.start_on
    db.session.commit()
    close(old)
    assert (members[0].status, members[0].events[-1].reasons[0]["code"]) == ("ended", "renewal_declined")
    page = visitor.get("/check").submit("/check", code=code_of(1))
    assert page.heading == "Kepesertaan berakhir"
    page.see(show_day(old.end_on)).not_see("Rp42.000.000")


def test_a_renewal_that_is_declined_after_the_cover_ran_out_is_put_right_by_the_officer(app, old, members, dewi, lina, visitor):
    one = declined_when_the_cover_was_over(old, members, dewi, lina)
    assert status_of(members) == ["declined", "active", "active"]
    assert covered_people() == 2
    page = visitor.get("/check").submit("/check", code=code_of(1))
    assert page.heading == "Belum diterima BPJS, sedang diperiksa"
    page.see(words("You were covered until %(day)s") % {"day": show_day(today() - DAY)}, "5 tahun")
    one.resubmit(one.author_id, ["name"], [], False)
    db.session.commit()
    limits_hold()


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_who_was_a_member_once_may_claim_for_that_time_after_the_registration_is_closed(old, members, dewi, lina, visitor, how):
    one, until = declined_when_the_cover_was_over(old, members, dewi, lina), today() - DAY
    if how == "withdrawn":
        one.withdraw(one.author_id)
    else:
        one.resubmit(one.author_id, ["name"], [], False)
        one.refuse(account("budi"), ["duplicate"])
    db.session.commit()
    page = visitor.get("/check").submit("/check", code=code_of(1))
    page.see(words("You were covered until %(day)s") % {"day": show_day(until)}, "5 tahun", one.kpj)
    page.not_see(words("Nothing is paid from this registration."), words("You are not covered"), "Rp")


def test_nobody_waits_for_an_answer_about_a_member_who_left(app, old, members, dewi, lina):
    """Without this the file could not be applied at all: a member who has left takes no answer."""
    new = carried(old, members)
    freeze(dewi, new)
    members[0].end(account("dewi"), ["has_died"], today())
    db.session.commit()
    dewi.get("/exchange/unanswered").not_see(members[0].name)
    file = answer(dewi, lina, [taken(one, number, new.start_on, new.end_on) for number, one in enumerate(members)])
    assert (status_of(members), file.state) == (["ended", "active", "active"], "applied")
    limits_hold()
