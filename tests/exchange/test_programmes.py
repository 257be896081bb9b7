"""The office makes programmes, sees what they need, sets their places, and never below what is taken."""

import datetime as dt

import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import today
from sbt_pwa.kit.months import first_day, months_later, show_month
from sbt_pwa.records.contributions import programme_need
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.rates import ContributionRate, rows_of
from sbt_pwa.records.registration import Registration
from tests.factories import invented
from tests.members import work
from tests.page_check import text_of
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.words import words

PROGRAMMES = "/exchange/programmes"
BULA, GOROM = "81.05.01", "81.05.04"


@pytest.fixture(autouse=True)
def only_its_own_programmes(app):
    """Those of the template are closed: here only the test's own take people."""
    close_programmes()


@pytest.fixture
def budi(new_visitor):
    budi = new_visitor()
    budi.sign_in("budi")
    return budi


@pytest.fixture
def register(new_visitor):
    sari = new_visitor()
    sari.sign_in("sari")

    def register(seed, **other):
        typed = {name: value for name, value in invented(seed).typed(**other).items() if value is not None}
        sari.get("/register/new").submit("/register", **typed | {"consent": "yes"})

    return register


def approve_all(budi):
    for entry in db.session.scalars(select(Registration).where(Registration.status == "submitted")).all():
        budi.get(f"/approve/{entry.id}").submit(f"/approve/{entry.id}/approve")
    db.session.expire_all()


def statuses():
    db.session.expire_all()
    return sorted(db.session.scalars(select(Registration.status)))


def at(programme):
    return f"{PROGRAMMES}/{programme.id}"


def stored(name="Perlindungan Nelayan"):
    db.session.expire_all()
    return db.session.scalars(select(Programme).where(Programme.name == name)).one()


def test_a_programme_is_prepared_seen_and_opened(dewi):
    page = dewi.get(f"{PROGRAMMES}/new")
    page = page.submit(PROGRAMMES, name="Perlindungan Nelayan", places="5.000", start_on="2027-01", budget_year="2027")
    page.see("Perlindungan Nelayan", "Rp16.800", "Rp84.000.000", "Rp1.008.000.000", words("Budget and places fit exactly."))
    page.see(words("Vulnerable worker"), "JKK, JKM", words("Being prepared"))
    programme = stored()
    assert (programme.state, programme.months, programme.funding, programme.income_base_rupiah) == ("draft", 12, "APBD", 10**6)
    assert (programme.whole.region_code, programme.whole.places, programme.whole.budget_rupiah) == ("81.05", 5_000, 1_008_000_000)
    assert (programme.start_on, programme.end_on) == (dt.date(2027, 1, 1), dt.date(2027, 12, 31))
    page.submit("/open").see(words("Open"))
    assert stored().state == "open"
    dewi.get(PROGRAMMES).see("Perlindungan Nelayan", "5.000")


def test_a_budget_that_is_too_small_is_told_before_anyone_commits(dewi):
    page = dewi.get(f"{PROGRAMMES}/new")
    page = page.submit(PROGRAMMES, name="Perlindungan Nelayan", places="5.000", budget_rupiah="1.000.000.000", start_on="2027-01")
    page.see(words("People whom the budget carries through all months: %(count)s.") % {"count": "4.960"})
    page.see(words("%(rupiah)s are missing for all places.") % {"rupiah": "Rp8.000.000"})


def test_months_with_a_relief_cost_less(dewi):
    programme = make_programme(places=10, start_on=dt.date(2026, 11, 1), months=4, funding="CSR", opened=False)
    page = dewi.get(at(programme))
    page.see("Rp8.400", "Rp84.000", "Rp168.000", "Rp16.800", "Rp336.000", "Rp50.400", "Rp504.000")


def test_all_facts_are_kept(dewi):
    told = {
        "name": "Perlindungan Nelayan",
        "budget_year": "2027",
        "category": "non_civil_servant",
        "insurances": ["JKK", "JKM", "JHT"],
        "funding": "DBH",
        "start_on": "3/2027",
        "months": "6",
        "income_base_rupiah": "2.500.000",
        "places": "10",
        "budget_rupiah": "99.000.000",
        "agreement_no": "560/12/PKS/2026",
        "agreement_from": "17-8-2026",
        "agreement_to": "2027-12-31",
        "enrollment_group_no": "W 77",
        "profile_code": "sipp",
    }
    page = dewi.get(f"{PROGRAMMES}/new").submit(PROGRAMMES, **told)
    page.see("560/12/PKS/2026", "W 77", "JKK, JKM, JHT", "Rp99.000.000", "17 Agustus 2026 - 31 Desember 2027")
    programme = stored()
    assert (programme.segment, programme.months, programme.start_on) == ("PU", 6, dt.date(2027, 3, 1))
    assert (programme.agreement_from, programme.agreement_to) == (dt.date(2026, 8, 17), dt.date(2027, 12, 31))
    page = dewi.get(f"{at(programme)}/edit").submit(at(programme))
    assert {name: getattr(stored(), name) for name in told if hasattr(programme, name)} == {
        name: getattr(programme, name) for name in told if hasattr(programme, name)
    }, "an edit without a change changes nothing"


def test_a_slip_keeps_everything_that_was_typed(dewi):
    typed = {"name": "", "places": "banyak", "start_on": "2027", "months": "25", "agreement_from": "1-1-2027"}
    typed |= {"agreement_to": "1-1-2026", "budget_year": "27", "agreement_no": "<b>7</b>", "category": "non_civil_servant"}
    page = dewi.get(f"{PROGRAMMES}/new").submit(PROGRAMMES, status=422, **typed)
    page.see(words("This is missing."), words("Only a whole number belongs here, for example 1.000.000."))
    page.see(words("The agreement ends before it begins."))
    for name in set(typed) - {"category"}:
        assert page.find("input", name=name)[0].get("value") == typed[name], name
    chosen = [box.get("value") for box in page.find("input", name="category") if box.get("checked") is not None]
    assert chosen == ["non_civil_servant"]


def test_the_file_must_be_made_for_the_category(dewi):
    page = dewi.get(f"{PROGRAMMES}/new")
    page = page.submit(PROGRAMMES, status=422, name="Perlindungan Nelayan", places="1", profile_code="sipp")
    page.see(words("This file is made for the other group. Choose another one."))


def test_a_missing_rate_is_told_before_anything_is_made_or_opened(dewi):
    page = dewi.get(f"{PROGRAMMES}/new")
    told = {"name": "Perlindungan Nelayan", "places": "1", "category": "non_civil_servant", "profile_code": "sipp"}
    programme = make_programme(category="non_civil_servant", opened=False, start_on=dt.date(2027, 1, 1))
    for row in rows_of(ContributionRate):
        row.end(dt.date(2026, 12, 1), account("dewi"))
    db.session.commit()
    page.submit(PROGRAMMES, status=422, start_on="2027-01", **told).see("PU, JKK, JKM", show_month(dt.date(2027, 1, 1)))
    dewi.get(at(programme)).see("PU, JKK, JKM")
    dewi.get(at(programme)).submit("/open", status=409).see("PU, JKK, JKM")
    db.session.expire_all()
    assert programme.state == "draft"


def test_opening_lets_the_waiting_list_in_and_says_how_many(dewi, budi, register):
    for seed in (1, 2, 3):
        register(seed)
    approve_all(budi)
    assert statuses() == ["waitlisted"] * 3
    programme = make_programme(places=2, opened=False)
    dewi.get(at(programme)).submit("/open").see(words("People move up from the waiting list."))
    work()
    for address in (at(programme), f"{at(programme)}/progress"):
        page = dewi.get(address, headers={"HX-Request": "true"} if address.endswith("progress") else None)
        assert text_of(page.find("div", class_="notice notice-good")[0]).startswith("2 ")
    assert statuses() == ["approved", "approved", "waitlisted"]
    page = dewi.get(at(programme))
    assert [strong.text for strong in page.tree.iter("strong")][1:4] == ["2", "2", "0"]


def test_more_places_let_the_next_in(dewi, budi, register):
    programme = make_programme(places=1)
    for seed in (1, 2, 3):
        register(seed)
    approve_all(budi)
    assert statuses() == ["approved", "waitlisted", "waitlisted"]
    dewi.get(f"{at(programme)}/edit").submit(at(programme), places="2")
    work()
    assert statuses() == ["approved", "approved", "waitlisted"]
    db.session.expire_all()
    assert (programme.whole.places, programme.whole.taken) == (2, 2)


def test_nothing_goes_below_what_is_taken(dewi, budi, register):
    programme = make_programme(places=5)
    for seed in (1, 2):
        register(seed)
    approve_all(budi)
    name = programme.name
    page = dewi.get(f"{at(programme)}/edit").submit(at(programme), status=422, places="1", name="Lain", budget_rupiah="")
    page.see(words("%(taken)s places are taken already. Set at least as many.") % {"taken": "2"}, name)
    assert page.find("input", name="places")[0].get("value") == "1"
    page = dewi.get(f"{at(programme)}/edit").submit(at(programme), status=422, places="2", budget_rupiah="1")
    page.see("Rp")
    page = dewi.get(f"{at(programme)}/allotments")
    page = page.submit("/allotments", status=422, places_810501="1", places_810504="7")
    page.see(words("%(taken)s places are taken already. Set at least as many.") % {"taken": "2"})
    assert page.find("input", name="places_810504")[0].get("value") == "7"
    db.session.expire_all()
    assert (programme.name, programme.whole.places, len(programme.allotments)) == (name, 5, 1)


def test_what_places_were_reckoned_with_stays_while_somebody_holds_one(dewi, budi, register):
    programme = make_programme()
    assert dewi.get(f"{at(programme)}/edit").find("input", name="income_base_rupiah")
    register(1)
    approve_all(budi)
    page = dewi.get(f"{at(programme)}/edit").see(words("What stays"))
    assert page.find("input", name="income_base_rupiah") == []
    values = page.values(at(programme)) | {"income_base_rupiah": "5.000.000", "funding": "SELF", "name": "Lain"}
    dewi.post(at(programme), values, csrf=False)
    db.session.expire_all()
    assert (programme.name, programme.income_base_rupiah, programme.funding) == ("Lain", 1_000_000, "APBD")


def test_a_district_is_narrowed_and_its_villages_too(dewi):
    programme = make_programme(places=100)
    one = programme_need(programme, 1).total_rupiah
    page = dewi.get(f"{at(programme)}/allotments").submit(
        "/allotments", places_810501="10", places_810504="20", rupiah_810504="5.000"
    )
    page.see("Bula", "Pulau Gorom")
    page = dewi.get(f"{at(programme)}/allotments?district={BULA}")
    page = page.submit("/allotments", places_8105012003="3")
    limits = held(programme)
    assert limits[BULA] == (10, 10 * one, 0)
    assert limits[GOROM] == (20, 5_000, 0)
    assert limits["81.05.01.2003"] == (3, 3 * one, 0)
    page = dewi.get(f"{at(programme)}/allotments")
    assert page.find("input", name="places_810501")[0].get("value") == "10"
    page.submit("/allotments", places_810501="", rupiah_810501="", places_810504="21")
    assert held(programme).keys() == {"81.05", GOROM, "81.05.01.2003"}


def held(programme):
    db.session.expire_all()
    return {a.region_code: (a.places, a.budget_rupiah, a.taken) for a in programme.allotments}


def test_a_limit_set_late_counts_those_who_hold_places_there(dewi, budi, register):
    programme = make_programme()
    register(1)
    approve_all(budi)
    dewi.get(f"{at(programme)}/allotments").submit("/allotments", places_810501="1", places_810504="1")
    limits = held(programme)
    assert (limits[BULA][2], limits[GOROM][2]) == (1, 0)
    register(2)
    approve_all(budi)
    assert statuses() == ["approved", "waitlisted"]
    dewi.get(f"{at(programme)}/allotments").submit("/allotments", places_810501="", rupiah_810501="")
    work()
    assert statuses() == ["approved", "approved"], "without the limit the next moves up"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"rupiah_810501": "5"}, "places_810501"),
        ({"places_810501": "-1"}, "places_810501"),
        ({"rupiah_810501": "x"}, "rupiah_810501"),
    ],
)
def test_a_slip_in_a_limit_stands_beside_its_field(dewi, typed, field):
    programme = make_programme()
    page = dewi.get(f"{at(programme)}/allotments").submit("/allotments", status=422, **typed)
    assert page.find("a", href=f"#{field}")
    assert page.find("input", name=field)[0].get("aria-invalid") == "true"
    assert len(held(programme)) == 1


def test_a_closed_programme_takes_nobody_and_stays_closed(dewi, budi, register):
    programme = make_programme()
    dewi.get(at(programme)).submit("/close").see(words("Closed"))
    register(1)
    approve_all(budi)
    assert statuses() == ["waitlisted"]
    dewi.post(f"{at(programme)}/open", status=409)
    dewi.get(f"{at(programme)}/edit").submit(at(programme), agreement_no="PKS 1").see("PKS 1")


def test_a_programme_says_which_one_is_filled_before_it(dewi):
    first_days = [dt.date(today().year, 1, 1), dt.date(today().year, 2, 1)]
    earlier, later = (make_programme(places=5, name=f"From month {day.month}", start_on=day) for day in first_days)
    full = make_programme(places=5, name="Full", start_on=dt.date(today().year - 1, 6, 1))
    full.whole.taken = 5
    other = make_programme(places=5, name="Others", category="non_civil_servant", start_on=first_days[0])
    drafted = make_programme(places=5, name="Not open", start_on=first_days[0], opened=False)
    db.session.commit()
    told = words("Another programme is filled first")
    page = dewi.get(f"{PROGRAMMES}/{later.id}").see(told, "From month 1", "sisa 5 tempat")
    page.not_see("Full", "Others", "Not open")
    assert page.links()["From month 1"] == f"{PROGRAMMES}/{earlier.id}"
    dewi.get(f"{PROGRAMMES}/{drafted.id}").see(told, "From month 1")
    for one in (earlier, other):
        dewi.get(f"{PROGRAMMES}/{one.id}").not_see(told)
    earlier.close()
    db.session.commit()
    dewi.get(f"{PROGRAMMES}/{later.id}").not_see(told)


def test_a_new_programme_begins_in_a_month_to_come(dewi):
    page = dewi.get(f"{PROGRAMMES}/new")
    start = page.find("input", name="start_on")[0].get("value")
    assert start > f"{first_day(today()):%Y-%m}"
    assert start <= f"{months_later(today(), 4):%Y-%m}"
    assert page.find("input", name="budget_year")[0].get("value") == start[:4]


def test_no_programme_says_what_to_do(dewi):
    for programme in db.session.scalars(select(Programme)).all():
        for limit in programme.allotments:
            db.session.delete(limit)
        db.session.delete(programme)
    db.session.commit()
    dewi.get(PROGRAMMES).follow(words("Make a programme"))
