"""What a worker reads: the first words letter by letter, and no promise before there is cover."""

import datetime as dt
from dataclasses import replace

import pytest

from sbt_pwa.check.promise import ANSWERS, PAY_YOURSELF, UNKNOWN, WHO_PAYS, points_on
from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, today
from sbt_pwa.records.benefits import INSURANCES, JHT_MEANS, benefits_on, early_until
from sbt_pwa.records.receipt_code import show_receipt_code
from sbt_pwa.records.registration import STATUSES
from sbt_pwa.records.standing import Membership
from tests.page_check import text_of
from tests.programmes import close_programmes
from tests.sync.phones import account, content, enrolled, entry, send
from tests.words import words

# Letter by letter as people know them from paper and radio.
FIRST_WORDS = {
    "submitted": "Menunggu persetujuan",
    "held": "Sedang ditinjau",
    "returned": "Sedang diperbaiki petugas",
    "approved": "Disetujui, menunggu dikirim ke BPJS",
    "waitlisted": "Disetujui, menunggu kuota",
    "sent": "Sudah dikirim ke BPJS, menunggu jawaban",
    "active": "Peserta aktif",
    "declined": "Belum diterima BPJS, sedang diperiksa",
    "refused": "Tidak dapat didaftarkan",
    "withdrawn": "Pendaftaran dibatalkan",
    "ended": "Kepesertaan berakhir",
}
UNKNOWN_CODE = "Kode ini belum kami terima"
COVERED, NOT_YET = words("You are covered"), words("You are not covered yet")
KPJ = "12345678901"
FUNDINGS = ("APBD", "APBDES", "DBH", "CSR", "SELF", "OTHER")
SAVINGS = words("Savings for old age (JHT)")


def ask(visitor, code, **more):
    return visitor.get("/check").submit("/check", code=code, **more)


def lead(one, status: str) -> None:
    """Move the entry to the status by the moves that people make."""
    supervisor, office = account("budi"), account("dewi")
    if status in ("approved", "sent", "active", "declined", "ended"):
        one.approve(supervisor)
    if status in ("sent", "active", "declined", "ended"):
        one.mark_sent(office)
    if status == "returned":
        one.send_back(supervisor, ["nik_wrong"], "Tolong lihat KTP lagi.")
    elif status == "waitlisted":
        close_programmes()
        one.approve(supervisor)
    elif status == "refused":
        one.refuse(supervisor, [refusal()])
    elif status == "withdrawn":
        one.withdraw(one.author_id)
    elif status == "declined":
        one.decline(office, "NIK_MISMATCH")
    if status in ("active", "ended"):
        one.activate(office, KPJ, today(), today() + dt.timedelta(days=300))
    if status == "ended":
        one.end(office, ["moved_away"], today())


def refusal() -> str:
    from sbt_pwa.records.reference import reasons_to

    return reasons_to("refuse")[0].code


@pytest.fixture
def registered(app):
    """Register somebody, lead the entry to a status, and return the receipt code."""
    phone = enrolled(app)

    def register(status: str = "submitted", **person) -> str:
        kept = send(phone, content(21, name="Fatimah Rumakat", **person))
        one = entry(kept.envelope["id"])
        lead(one, status)
        db.session.commit()
        return kept.receipt_code

    return register


def cover_of(page) -> str:
    """The one notice of the page: whether there is cover."""
    notices = [one for one in page.find("div") if "notice" in (one.get("class") or "").split()]
    assert len(notices) == 1
    return text_of(notices[0].find(".//strong"))


COVER = dict.fromkeys(STATUSES, NOT_YET) | {
    "active": COVERED,
    "refused": words("You are not covered"),
    "withdrawn": words("You are not covered"),
    "ended": words("You are not covered any more"),
}


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "held"])
def test_first_words_three_sentences_and_no_promise_before_there_is_cover(registered, visitor, status):
    page = ask(visitor, registered(status))
    assert page.heading == FIRST_WORDS[status]
    assert page.find("title")[0].text == FIRST_WORDS[status]
    page.see("sejak", words("If you have a question, ask the village head or the district office."))
    page.see(words(ANSWERS[status].where._args[0]), words(ANSWERS[status].then._args[0]))
    assert cover_of(page) == COVER[status]
    assert ("Rp42.000.000" in page.text) == (COVER[status] in (NOT_YET, COVERED))


def test_every_status_has_its_sentences():
    assert set(FIRST_WORDS) == set(STATUSES) == set(ANSWERS)


def test_only_active_says_what_is_covered_with_amounts_and_limits(registered, visitor):
    page = ask(visitor, registered("active"))
    page.see("Rp70.000.000", "Rp174.000.000", "Rp42.000.000", "Rp10.000.000", "2 x 24 jam", "12 bulan")
    assert cover_of(page) == COVERED
    assert [status for status, answer in ANSWERS.items() if answer.cover == "now"] == ["active"]
    assert UNKNOWN.cover == "not_yet"


def test_english_says_the_same(registered, visitor):
    visitor.post("/language", {"lang": "en", "next": "/check"}, csrf=False)
    page = ask(visitor, registered("active"))
    assert page.heading == "Active member"
    page.see("You are covered", "Rp42,000,000", "2 x 24 hours")


@pytest.mark.parametrize("form", [str.lower, show_receipt_code, lambda code: f"  {code[:6]} {code[6:]}\n"])
def test_a_code_may_be_typed_in_many_ways(registered, visitor, form):
    assert ask(visitor, form(registered())).heading == FIRST_WORDS["submitted"]


def test_nothing_personal_is_shown_but_one_letter(registered, visitor):
    for status in ("submitted", "active"):
        person = content(21 if status == "submitted" else 22)
        code = registered(status, nik=person["nik"], phone=person["phone"])
        page = ask(visitor, code)
        page.see("Nama depan berawalan F")
        page.not_see("Fatimah", "Rumakat", person["nik"], person["nik"][-4:], person["phone"][3:], "81.05")


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "held"])
def test_only_members_and_who_was_one_see_a_number_and_only_members_may_keep_a_card(registered, visitor, status):
    code = registered(status)
    page = ask(visitor, code)
    assert (KPJ in page.html) == (status in ("active", "ended"))
    assert (code in page.html) == (status == "active")
    assert bool([form for form in page.find("form") if form.get("action") == "/check/card"]) == (status == "active")


def test_a_member_reads_the_days_and_what_is_insured(registered, visitor):
    code = registered("active")
    covered(dt.date(2026, 12, 1), dt.date(2027, 11, 30), name="Perlindungan pekerja rentan")
    page = ask(visitor, code)
    page.see(KPJ, "1 Desember 2026", "30 November 2027", "Perlindungan pekerja rentan", insured("JKK"), insured("JKM"))
    page.not_see(insured("JHT"))


def insured(code: str) -> str:
    return words(INSURANCES[code]._args[0])


def covered(first, last, **programme):
    from sbt_pwa.records.registration import Registration

    one = db.session.query(Registration).one()
    one.covered_from, one.covered_to = first, last
    for name, value in programme.items():
        setattr(one.programme, name, value)
    db.session.commit()


def test_cover_that_begins_later_is_not_told_as_if_it_held(registered, visitor):
    code = registered("active")
    covered(today() + dt.timedelta(days=1), today() + dt.timedelta(days=300))
    page = ask(visitor, code)
    assert cover_of(page) == words("You are covered from %(day)s") % {"day": show_day(today() + dt.timedelta(days=1))}
    covered(today() - dt.timedelta(days=300), today() - dt.timedelta(days=1))
    page = ask(visitor, code)
    assert cover_of(page) == words("You were covered until %(day)s") % {"day": show_day(today() - dt.timedelta(days=1))}
    page.not_see("Rp42.000.000")


def test_who_was_a_member_reads_until_when_and_how_long_to_claim(registered, visitor):
    code = registered("ended")
    covered(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    ask(visitor, code).see("31 Desember 2025", "5 tahun")


MEMBER = Membership(KPJ, dt.date(2026, 12, 1), dt.date(2027, 11, 30), "Perlindungan", ("JKK", "JKM"))


@pytest.mark.parametrize(
    ("day", "told", "not_told"),
    [
        (dt.date(2026, 12, 1), ["28 Februari 2027", "Rp10.000.000", "Rp42.000.000"], []),
        (dt.date(2027, 2, 28), ["28 Februari 2027", "Rp10.000.000"], []),
        (dt.date(2027, 3, 1), ["Rp42.000.000"], ["Rp10.000.000", "28 Februari"]),
    ],
)
def test_the_smaller_death_benefit_is_told_as_long_as_it_holds(app, day, told, not_told):
    with app.test_request_context("/check"):
        sentence = dict(points_on(day, MEMBER))[words("Death from another cause")]
    assert all(amount in sentence for amount in told)
    assert not any(amount in sentence for amount in not_told)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2026, 12, 1), dt.date(2027, 2, 28)),
        (dt.date(2026, 11, 15), dt.date(2027, 2, 14)),
        (dt.date(2026, 11, 30), dt.date(2027, 2, 27)),
        (dt.date(2027, 12, 1), dt.date(2028, 2, 29)),
    ],
)
def test_three_months_end_the_day_before_the_same_day(first, last):
    assert early_until(first) == last


def test_only_what_the_programme_insures_is_told(app):
    with app.test_request_context("/check"):
        accident = points_on(MEMBER.covered_from, replace(MEMBER, insurances=("JKK",)))
        death = points_on(MEMBER.covered_from, replace(MEMBER, insurances=("JKM", "JHT")))
    assert words("Death from another cause") not in dict(accident)
    assert list(dict(death)) == [words("Death from another cause"), SAVINGS]


def test_savings_are_explained_where_the_programme_has_them_and_nowhere_else(registered, visitor):
    """In words, without an amount: what comes out of it is the insurer's to say."""
    code = registered("active")
    ask(visitor, code).not_see(SAVINGS, words(JHT_MEANS._args[0]))
    covered(today(), today() + dt.timedelta(days=300), insurances=["JKK", "JKM", "JHT"])
    ask(visitor, code).see(SAVINGS, words(JHT_MEANS._args[0]))
    ask(visitor, code).submit("/check/card").see(SAVINGS, words(JHT_MEANS._args[0]))
    covered(today(), today() + dt.timedelta(days=300), insurances=["JKK", "JKM"])
    ask(visitor, code).submit("/check/card").not_see(words(JHT_MEANS._args[0]))


@pytest.mark.parametrize("funding", FUNDINGS)
def test_who_pays_is_told_as_it_is(registered, visitor, funding):
    code = registered("active")
    covered(today(), today() + dt.timedelta(days=300), funding=funding)
    page = ask(visitor, code).see(words("You are a member of BPJS Ketenagakerjaan."))
    told = {str(sentence._args[0]) for sentence in WHO_PAYS.values() if words(sentence._args[0]) in page.text}
    assert told == ({WHO_PAYS[funding]._args[0]} if funding in WHO_PAYS else set())
    assert (words(PAY_YOURSELF._args[0]) in page.text) == (funding == "SELF")
    assert (words(ANSWERS["active"].then._args[0]) in page.text) == (funding != "SELF")


def test_before_there_is_cover_nobody_is_said_to_pay(registered, visitor):
    ask(visitor, registered("approved")).not_see(*{words(sentence._args[0]) for sentence in WHO_PAYS.values()})


def test_the_day_is_the_one_of_the_last_move(registered, visitor):
    code = registered("returned")
    from sbt_pwa.records.registration import Registration

    one = db.session.query(Registration).one()
    one.status_at = dt.datetime(2026, 8, 16, 16, 0, tzinfo=dt.UTC)  # in the east it is the 17th already
    db.session.commit()
    ask(visitor, code).see("sejak 17 Agustus 2026")


def test_whom_to_ask_is_a_setting(app, registered, visitor):
    code = registered()
    ask(visitor, code).see(words("If you have a question, ask the village head or the district office."))
    app.config["SBT_HELP_CONTACT"] = "Disnaker, 0811-000-000"
    try:
        ask(visitor, code).see("hubungi Disnaker, 0811-000-000")
        ask(visitor, "00000000000" + "0").see("hubungi Disnaker, 0811-000-000")
    finally:
        app.config["SBT_HELP_CONTACT"] = ""


def test_what_is_kept_in_quarantine_reads_as_looked_into(app, visitor):
    phone = enrolled(app)
    kept = send(phone, content(31, name="7"))  # breaks a rule: no entry is made, the envelope is kept
    assert kept.state == "invalid"
    assert entry(kept.envelope["id"]) is None
    page = ask(visitor, kept.receipt_code)
    assert page.heading == FIRST_WORDS["held"]
    assert cover_of(page) == NOT_YET
    page.not_see("Nama depan")


def test_the_same_nik_twice_is_looked_into(app, visitor):
    phone = enrolled(app)
    send(phone, content(41))
    kept = send(phone, content(41))
    assert kept.state == "held"
    assert ask(visitor, kept.receipt_code).heading == FIRST_WORDS["held"]


def test_a_quarantined_record_that_its_officer_took_back_is_withdrawn(app, visitor):
    phone = enrolled(app)
    kept = send(phone, content(32, name="7"))
    send(phone, {}, kind="withdraw", parent=kept.envelope["id"])
    assert ask(visitor, kept.receipt_code).heading == FIRST_WORDS["withdrawn"]


def test_the_one_that_came_first_keeps_the_code(app, visitor):
    """Nobody takes over a worker's code by sending a record with it."""
    first, second = enrolled(app), enrolled(app, "yusuf")
    kept = send(first, content(51, name="Aisa"))
    entry(kept.envelope["id"]).refuse(account("budi"), [refusal()])
    db.session.commit()
    send(second, content(52, name="Zainab", receipt_code=kept.receipt_code))
    page = ask(visitor, kept.receipt_code)
    assert page.heading == FIRST_WORDS["refused"]
    page.see("berawalan A")


def test_an_envelope_that_contradicts_another_tells_nothing_about_it(app, visitor):
    phone = enrolled(app)
    kept = send(phone, content(61, name="Aisa"))
    own_code = "00000000000" + "0"
    send(phone, content(62, receipt_code=own_code), id=kept.envelope["id"])
    page = ask(visitor, own_code)
    assert page.heading == FIRST_WORDS["held"]
    page.not_see("berawalan")


def test_the_figures_hold_from_a_day_on():
    assert benefits_on(dt.date(2026, 11, 22))["death"].amount == 42_000_000
    assert "death" not in benefits_on(dt.date(2019, 12, 1))


def test_every_figure_of_the_file_is_told(app):
    with app.test_request_context("/check"):
        told = " ".join(f"{label} {text}" for label, text in points_on(dt.date(2026, 11, 22)))
    for amount in ("Rp70.000.000", "Rp174.000.000", "Rp42.000.000", "Rp10.000.000"):
        assert amount in told
