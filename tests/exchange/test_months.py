"""The office's months: the list to pay, payments with proof, who owes, who turns 65, and the end of a membership."""

import csv
import datetime as dt
import io

import pytest
from sqlalchemy import event, select

from sbt_pwa.exchange import months as room
from sbt_pwa.kit.db import db
from sbt_pwa.kit.spreadsheets import read_table
from sbt_pwa.records import arrears
from sbt_pwa.records.contribution_month import Due, list_month, month_of
from sbt_pwa.records.payment import Payment
from sbt_pwa.records.registration import Registration
from tests.members import make_member, work
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.words import words

JAN = dt.date(2026, 1, 1)
MAY = dt.date(2026, 5, 3)
PDF = b"%PDF-1.7 a proof of payment"


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(start_on=JAN, months=12, budget_year=2026, name="Perlindungan 2026")


def listed(dewi, programme, month="2026-01"):
    dewi.get(f"/exchange/months/{programme.id}").submit(f"{month}/list")
    work()
    return dewi.get(f"/exchange/months/{programme.id}/{month}")


def pay(dewi, page, status=None, **typed):
    values = {
        "paid_on": "10-2-2026",
        "reference": "SP2D 77/2026",
        "rupiah": "33.600",
        "proof": (io.BytesIO(PDF), "bukti transfer.pdf"),
    }
    return dewi.post(f"{page.path}/payments", values | typed, status=status)


def test_from_the_list_to_the_payment_and_its_proof(dewi, programme):
    make_member(programme, 1, JAN)
    make_member(programme, 2, JAN)
    dewi.get("/exchange/months").follow("Perlindungan 2026")
    page = listed(dewi, programme).see("33.600", "2")
    paid = pay(dewi, page).see(words("The payment is recorded."), "Rp33.600", "SP2D 77/2026", "10 Februari 2026")
    paid.not_see("Masih kurang Rp", "lebih banyak dari tagihan")
    answer = dewi.client.get(dict(paid.links())[next(text for text in paid.links() if "bukti transfer.pdf" in text)])
    assert answer.data == PDF
    assert (
        answer.headers["Content-Disposition"].startswith("attachment") and "sandbox" in answer.headers["Content-Security-Policy"]
    )
    dewi.get(f"/exchange/months/{programme.id}").see(words("Paid"))


def test_a_month_paid_twice_is_refused_in_words(dewi, programme):
    make_member(programme, 1, JAN)
    page = listed(dewi, programme)
    pay(dewi, page)
    pay(dewi, page, status=409).see(words("This month is paid already. Nothing was recorded a second time."))
    assert len(db.session.scalars(select(Payment)).all()) == 1


def test_more_than_is_due_is_said(dewi, programme):
    make_member(programme, 1, JAN)
    told = words("Rp%(sum)s more than is due was paid. Ask the insurer to set it off.") % {"sum": "23.200"}
    pay(dewi, listed(dewi, programme), rupiah="40.000").see(told)
    dewi.get(f"/exchange/months/{programme.id}").see(words("Paid"))


def test_less_than_is_due_says_how_much_is_missing_and_asks_for_it(dewi, programme):
    one = make_member(programme, 1, JAN)
    told = words("Rp%(sum)s is missing. Until it is paid, the month counts as not paid for those who wait.") % {"sum": "16.799"}
    page = pay(dewi, listed(dewi, programme), rupiah="1").see(told)
    assert page.values("payments")["rupiah"] == ["16.799"]
    dewi.get(f"/exchange/months/{programme.id}").see(words("Not paid"), "Rp16.799")
    dewi.get(f"/exchange/people/{one.id}").see(words("Not paid"))
    pay(dewi, page, rupiah="16.799").not_see(told)
    dewi.get(f"/exchange/people/{one.id}").not_see(words("Not paid"))


def test_nothing_is_no_payment(dewi, programme):
    make_member(programme, 1, JAN)
    pay(dewi, listed(dewi, programme), status=422, rupiah="0")


def test_a_payment_is_taken_back_with_a_reason_and_stays_in_the_list(dewi, programme):
    make_member(programme, 1, JAN)
    page = pay(dewi, listed(dewi, programme), rupiah="16.800")
    payment = db.session.scalar(select(Payment))
    assert "payments" not in [form.get("action") for form in page.find("form")]
    empty = page.submit("/take-back", status=422, because=" ").see(words("This is missing."))
    assert f'href="#because_{payment.id}"' in empty.html
    after = page.submit("/take-back", because="Keliru ketik")
    after.see(words("The payment is taken back. What it paid is due again."), words("Taken back"), "Keliru ketik", "Dewi")
    after.see("SP2D 77/2026")
    assert after.values("payments")["rupiah"] == ["16.800"]
    dewi.get(f"/exchange/months/{programme.id}").see(words("Not paid"))
    dewi.post(f"/exchange/payments/{payment.id}/take-back", {"because": "Lagi"}, status=409).not_see("Lagi")


def test_a_slip_keeps_what_was_typed(dewi, programme):
    make_member(programme, 1, JAN)
    page = listed(dewi, programme)
    later = pay(dewi, page, status=422, paid_on="31-12-2099").see(words("This day has not come yet."))
    assert later.values("payments")["reference"] == ["SP2D 77/2026"]
    pay(dewi, page, status=422, proof=(io.BytesIO(b"PK\x03\x04"), "a.zip")).see(
        words("The proof must be a PDF, a JPEG or a PNG. Save it as one of these and choose it again.")
    )
    assert db.session.scalar(select(Payment)) is None


def test_the_list_opens_in_a_spreadsheet_and_as_csv_without_niks(dewi, programme):
    one = make_member(programme, 1, JAN, name="=HYPERLINK(1)")
    page = listed(dewi, programme)
    xlsx, plain = (dewi.client.get(f"{page.path}/list.{ending}").data for ending in ("xlsx", "csv"))
    (header, row) = read_table(xlsx, "list.xlsx").sheets[0].lines
    assert header.cells[1] == "KPJ" and row.cells[1:3] == ["00000000001", "=HYPERLINK(1)"] and 16_800 in row.cells
    told = list(csv.reader(io.StringIO(plain.decode("utf-8-sig")), delimiter=";"))
    assert told[1][1:3] == ["00000000001", "'=HYPERLINK(1)"]
    assert one.nik.encode() not in plain


def test_a_month_that_is_none_and_a_kind_of_file_that_is_none_are_not_there(dewi, programme):
    dewi.get(f"/exchange/months/{programme.id}/2026-13", status=404)
    dewi.get(f"/exchange/months/{programme.id}/2026-02", status=404)
    listed(dewi, programme)
    dewi.get(f"/exchange/months/{programme.id}/2026-01/list.pdf", status=404)


def test_who_owes_is_listed_with_the_day_and_ended_by_the_office(dewi, programme, monkeypatch):
    monkeypatch.setattr(room, "today", lambda: MAY)
    one, other = make_member(programme, 1, JAN), make_member(programme, 2, dt.date(2026, 2, 1))
    for month in ("2026-01", "2026-02"):
        listed(dewi, programme, month)
    page = dewi.get(f"/exchange/months/{programme.id}/arrears")
    page.see(one.name, other.name, "1 Mei 2026", "1 Juni 2026", "Maret 2026, April 2026")
    assert [box.get("value") for box in page.find("input", name="person")] == [str(one.id)]
    page.submit("/arrears", person=[str(one.id)]).see(words("%(count)s membership ended.") % {"count": "1"}).not_see(str(one.id))
    db.session.expire_all()
    assert (one.status, one.covered_to, other.status) == ("ended", dt.date(2026, 4, 30), "active")


def test_who_owes_is_told_page_by_page(dewi, programme, monkeypatch):
    monkeypatch.setattr(room, "today", lambda: MAY)
    monkeypatch.setattr(room, "SHOWN", 2)
    people = [make_member(programme, seed, JAN) for seed in range(1, 6)]
    listed(dewi, programme)
    pages = [dewi.get(f"/exchange/months/{programme.id}/arrears")]
    for _page in range(2):
        pages.append(pages[-1].follow(words("Next")))
    told = [[box.get("value") for box in page.find("input", name="person")] for page in pages]
    assert [len(found) for found in told] == [2, 2, 1]
    assert sorted([*told[0], *told[1], *told[2]]) == sorted(str(one.id) for one in people)
    assert words("Next") not in pages[2].links()


def test_the_pages_tell_what_is_still_owed_when_a_part_is_paid(dewi, programme, monkeypatch):
    monkeypatch.setattr(room, "today", lambda: MAY)
    one = make_member(programme, 1, JAN)
    make_member(programme, 2, JAN)
    page = listed(dewi, programme)
    pay(dewi, page, rupiah="20.000")
    told = dewi.get(f"/exchange/months/{programme.id}/arrears")
    told.see("Rp13.600", "Rp6.800", words("Rp%(sum)s of it was paid.") % {"sum": "20.000"}).not_see("Rp33.600", "Rp16.800")
    dewi.get("/exchange/months").see("Rp13.600").not_see("Rp33.600")
    pay(dewi, page, status=409, rupiah="20.000").see("Tidak dicatat dua kali")
    one.covered_to = dt.date(2026, 4, 15)
    db.session.commit()
    dewi.get(f"/exchange/months/{programme.id}/arrears").see("16 April 2026", words("the cover ends then anyway"))


def test_nobody_is_ended_before_the_grace_is_over_whatever_is_sent(dewi, programme, monkeypatch):
    monkeypatch.setattr(room, "today", lambda: dt.date(2026, 4, 30))
    one = make_member(programme, 1, JAN)
    listed(dewi, programme)
    dewi.post(f"/exchange/months/{programme.id}/arrears", {"person": str(one.id)})
    db.session.expire_all()
    assert one.status == "active"


def test_the_grace_is_told_with_its_source(dewi, programme):
    assert arrears.grace_on(JAN).verified == "M"
    dewi.get(f"/exchange/months/{programme.id}/arrears").see(
        words("A membership is lost after more than three months of arrears. The insurer's branch has not confirmed this yet.")
    )


@pytest.mark.parametrize(
    ("born", "listed_there"), [("1961-06-01", True), ("1961-12-31", True), ("1962-01-01", False), ("1960-02-29", True)]
)
def test_who_turns_65_while_the_programme_runs_is_listed_with_a_button(dewi, programme, born, listed_there):
    one = make_member(programme, 1, JAN)
    one.birth_date = dt.date.fromisoformat(born)
    db.session.commit()
    page = dewi.get(f"/exchange/months/{programme.id}/turning-65")
    assert (one.name in page.text) == listed_there


def test_the_button_leads_to_the_end_on_the_day_before_the_birthday(dewi, programme):
    one = make_member(programme, 1, JAN)
    one.birth_date = dt.date(1961, 6, 1)
    db.session.commit()
    page = dewi.get(f"/exchange/months/{programme.id}/turning-65").follow(words("End"))
    assert page.values("/end")["reason"] == ["turned_65"] and page.values("/end")["last_day"] == ["31-5-2026"]
    page.submit("/end").see(words("Membership has ended"), words("The person has turned 65."))
    db.session.expire_all()
    assert (one.status, one.covered_to) == ("ended", dt.date(2026, 5, 31))


# ---- one person


def test_the_page_of_a_person_tells_all_but_the_full_nik(dewi, programme):
    one = make_member(programme, 1, JAN)
    listed(dewi, programme)
    page = dewi.get(f"/exchange/people/{one.id}").see(
        one.name, one.masked_nik, "00000000001", "1 Januari 2026", words("Not paid")
    )
    page.not_see(one.nik)


def test_an_end_frees_the_place_for_the_next(dewi, app):
    close_programmes()
    programme = make_programme(places=1, start_on=JAN, months=24)
    one = make_member(programme, 1, JAN)
    waiting = make_member(make_programme(start_on=JAN, months=24, name="Other"), 2, JAN)
    waiting.status, waiting.programme_id, waiting.committed_rupiah = "waitlisted", None, None
    db.session.commit()
    close_programmes()
    programme.open() if programme.state != "closed" else setattr(programme, "state", "open")
    db.session.commit()
    page = dewi.get(f"/exchange/people/{one.id}")
    page.submit("/end", reason="moved_away", last_day="1-3-2026", note="pindah ke Ambon").see("pindah ke Ambon")
    db.session.expire_all()
    assert (one.status, waiting.status, waiting.programme_id) == ("ended", "approved", programme.id)


def test_an_end_needs_a_reason_and_a_day_after_the_first(dewi, programme):
    one = make_member(programme, 1, JAN)
    page = dewi.get(f"/exchange/people/{one.id}")
    page.submit("/end", status=422, reason="", last_day="1-3-2026").see(words("This is missing."))
    slip = page.submit("/end", status=422, reason="moved_away", last_day="31-12-2025", note="kata istrinya")
    assert slip.values("/end")["note"] == ["kata istrinya"]
    db.session.expire_all()
    assert one.status == "active"


def test_the_end_takes_unpaid_months_away_and_twice_is_refused(dewi, programme):
    one = make_member(programme, 1, JAN)
    for month in ("2026-01", "2026-02"):
        listed(dewi, programme, month)
    page = dewi.get(f"/exchange/people/{one.id}")
    page.submit("/end", reason="has_died", last_day="20-1-2026")
    assert list(db.session.scalars(select(Due.month))) == [JAN]
    assert month_of(programme, dt.date(2026, 2, 1)).people == 0
    page.submit("/end", reason="has_died", last_day="20-1-2026", status=409)


def test_nobody_of_the_office_of_another_regency_is_shown(dewi, programme):
    one = make_member(programme, 1, JAN)
    entry = db.session.get(Registration, one.id)
    entry.district_code = "81.01.01"
    db.session.commit()
    dewi.get(f"/exchange/people/{one.id}", status=404)


def test_the_page_of_a_month_tells_true_sums_without_walking_through_its_dues(dewi):
    close_programmes()
    january = dt.date.today().replace(month=1, day=1)
    programme = make_programme(start_on=january, months=12)
    people = [make_member(programme, seed, january) for seed in (1, 2, 3)]
    list_month(programme, january, account("dewi"))
    work()
    address, asked = f"/exchange/months/{programme.id}/{january:%Y-%m}", []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement) if "FROM due" in statement else None

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        dewi.get(address).see("Rp50.400")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked == []
    people[0].end(account("dewi"), ["has_died"], january - dt.timedelta(days=1))
    db.session.commit()
    month = month_of(programme, january)
    assert (month.people, month.rupiah, month.unpaid) == (2, 33_600, (2, 33_600))
    dewi.get(address).see("Rp33.600")
