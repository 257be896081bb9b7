"""The member's card: only for members, and nowhere the NIK. The QR says nothing but where to ask."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day
from sbt_pwa.records.card import ONLY_FOR_MEMBERS
from sbt_pwa.records.receipt_code import make_receipt_code
from sbt_pwa.records.registration import STATUSES, Registration
from tests.check.test_status import KPJ, ask, lead
from tests.page_check import text_of
from tests.papers import codes_on, date_of, sizes_of, words_on
from tests.sync.phones import content, enrolled, entry, send
from tests.words import words

PERSON = content(21, name="Fatimah Rumakat")


@pytest.fixture
def code_of(app):
    phone = enrolled(app)

    def register(status: str) -> str:
        kept = send(phone, dict(PERSON))
        lead(entry(kept.envelope["id"]), status)
        db.session.commit()
        return kept.receipt_code

    return register


def pdf(visitor, code: str, status: int = 200):
    token = visitor.get("/check").values("/check")["csrf_token"][0]
    return visitor.post("/check/card.pdf", {"code": code, "csrf_token": token}, status=status)


def test_a_member_keeps_a_card_with_the_own_number_and_days(code_of, visitor):
    code = code_of("active")
    page = ask(visitor, code).submit("/check/card")
    assert page.path == "/check/card"
    one = db.session.query(Registration).one()
    page.see("Fatimah Rumakat", one.masked_nik, KPJ, one.programme.name, "Kabupaten Seram Bagian Timur", "2 x 24")
    answer = page.submit("/check/card.pdf").response
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kartu-peserta.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    said = words_on(answer.data)[0]
    for told in ("Fatimah Rumakat", one.masked_nik, KPJ, one.programme.name, "Kabupaten Seram Bagian Timur", "2 x 24"):
        assert told in said
    for day in (one.covered_from, one.covered_to):
        page.see(show_day(day))
        assert show_day(day) in said
    assert "JKK" in said and "JHT" not in said  # what the programme has, and no more
    assert sizes_of(answer.data) == [(148, 105)]


def test_the_qr_holds_the_address_and_the_code_and_nothing_else(app, code_of, visitor):
    code = code_of("active")
    assert codes_on(pdf(visitor, code).response.data) == [f"http://localhost/check#{code}"]


def test_the_whole_nik_is_nowhere(code_of, visitor):
    code = code_of("active")
    page = ask(visitor, code).submit("/check/card")
    data = pdf(visitor, code).response.data
    page.not_see(PERSON["nik"])
    told = "".join(words_on(data) + codes_on(data))
    assert PERSON["nik"] not in told.replace(" ", "")
    assert PERSON["nik"].encode() not in data


@pytest.mark.parametrize("status", [status for status in STATUSES if status not in ("held", "active")])
def test_nobody_else_has_a_card(code_of, visitor, status):
    code = code_of(status)
    page = visitor.get("/check")
    token = page.values("/check")["csrf_token"][0]
    for address in ("/check/card", "/check/card.pdf"):
        refused = visitor.post(address, {"code": code, "csrf_token": token}, status=409)
        refused.see(words(ONLY_FOR_MEMBERS._args[0]))
        refused.not_see("Fatimah", KPJ)


def test_a_code_that_never_came_is_answered_like_one_without_a_card(code_of, visitor):
    code = code_of("submitted")
    token = visitor.get("/check").values("/check")["csrf_token"][0]
    known, unknown = (
        visitor.post("/check/card", {"code": one, "csrf_token": token}, status=409) for one in (code, make_receipt_code())
    )
    assert text_of(known.find("p")[0]) == text_of(unknown.find("p")[0])


def test_a_slip_of_the_pen_goes_back_to_the_form(code_of, visitor):
    token = visitor.get("/check").values("/check")["csrf_token"][0]
    for address in ("/check/card", "/check/card.pdf"):
        page = visitor.post(address, {"code": "K7QM", "csrf_token": token}, status=422)
        assert page.find("input", name="code")[0].get("value") == "K7QM"


def test_the_same_card_is_the_same_file(code_of, visitor):
    code = code_of("active")
    db.session.query(Registration).one().status_at = dt.datetime(2026, 8, 17, 3, tzinfo=dt.UTC)
    db.session.commit()
    data = pdf(visitor, code).response.data
    assert data == pdf(visitor, code).response.data
    assert date_of(data) == "20260817"  # the day of the membership, whenever it is printed


def test_guessing_cards_and_statuses_is_counted_together(code_of, visitor):
    page = visitor.get("/check")
    token = page.values("/check")["csrf_token"][0]
    for at in range(60):
        address, status = (("/check", 200), ("/check/card", 409), ("/check/card.pdf", 409))[at % 3]
        visitor.post(address, {"code": make_receipt_code(), "csrf_token": token}, status=status)
    for address in ("/check", "/check/card", "/check/card.pdf"):
        visitor.post(address, {"code": make_receipt_code(), "csrf_token": token}, status=429)


def test_a_card_is_read_by_post_only(visitor):
    visitor.get("/check/card", status=405)
    visitor.get("/check/card.pdf", status=405)
