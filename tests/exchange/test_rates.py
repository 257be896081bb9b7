"""The office keeps rates: sees what holds, lets new figures begin, and reckons before it commits."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import today
from sbt_pwa.kit.months import first_day, months_later, show_month
from sbt_pwa.records.rates import ContributionBracket, ContributionRate, ContributionRelief, rows_of
from tests.words import words

RATES = "/exchange/rates"
CHANGE = {"legal_basis": "PP 1/2027", "source": "Lembaran Negara"}


def the(table, **wanted):
    return [row for row in rows_of(table) if all(getattr(row, name) == value for name, value in wanted.items())]


def next_month():
    return months_later(first_day(today()), 1)


def address(row, table):
    return f"{RATES}/{table}/{row.id}"


def test_what_holds_today_stands_with_its_legal_basis(dewi):
    page = dewi.get(RATES)
    page.see("PP 44/2015", "JKK, PU", "0,24 %", "5,7 %", "JKK Rp10.000 · JKM Rp6.800 · JHT Rp20.000")
    assert len(list(page.tree.iter("tr"))) == 1 + 3 + 1 + 31 + 1 + 2


def test_new_figures_begin_and_the_old_ones_stay_on_the_page(dewi):
    jkk = the(ContributionRate, insurance="JKK")[0]
    month = next_month()
    page = dewi.get(address(jkk, "rate"))
    page = page.submit(address(jkk, "rate"), from_month=f"{month:%Y-%m}", per_million="0,54", **CHANGE)
    page.see("0,54 %", words("Before and later"), "0,24 %", show_month(months_later(month, -1)), "PP 1/2027", "Dewi Sehwaky")
    dewi.get(RATES).see("0,24 %", "0,54 %")
    old, new = the(ContributionRate, insurance="JKK")
    assert (old.valid_to, new.valid_from) == (month - dt.timedelta(days=1), month)
    assert (old.per_million, new.per_million) == (2_400, 5_400)


def test_a_slip_keeps_what_was_typed_and_changes_nothing(dewi):
    jkk = the(ContributionRate, insurance="JKK")[0]
    form = dewi.get(address(jkk, "rate"))
    typed = {"from_month": "bulan depan", "per_million": "120", "legal_basis": "PP <b>1</b>", "source": ""}
    page = form.submit(address(jkk, "rate"), status=422, **typed)
    page.see(words("Give the month as year and month, for example 2027-01."), words("This is missing."))
    page.see(words("A share between 0 and 100 percent belongs here, for example 0,24."))
    for name in ("from_month", "per_million", "legal_basis"):
        assert page.find("input", name=name)[0].get("value") == typed[name]
    assert len(the(ContributionRate, insurance="JKK")) == 1


def test_figures_that_begin_too_early_are_refused_in_words(dewi):
    jkk = the(ContributionRate, insurance="JKK")[0]
    page = dewi.get(address(jkk, "rate"))
    page = page.submit(address(jkk, "rate"), status=422, from_month="2015-06", per_million="1", **CHANGE)
    page.see(words("The new figures cannot begin before the old ones do. Choose a later month."))
    assert page.find("input", name="from_month")[0].get("value") == "2015-06"


def test_a_bracket_changes_without_its_income(dewi):
    lowest = the(ContributionBracket, income_from=0)[0]
    page = dewi.get(address(lowest, "bracket"))
    assert page.find("input", name="income_from") == []
    figures = {"base_rupiah": "1.000.000", "jkk_rupiah": "10.000", "jkm_rupiah": "Rp7 000", "jht_rupiah": "20000"}
    month = f"{next_month():%m-%Y}"
    page.submit(address(lowest, "bracket"), from_month=month, verified="1", **figures, **CHANGE).see("Rp7.000")
    new = the(ContributionBracket, income_from=0)[1]
    assert (new.jkm_rupiah, new.verified, new.income_to) == (7_000, "yes", 1_099_000)


def test_a_relief_is_added_for_a_sector(dewi):
    page = dewi.get(f"{RATES}/relief/new")
    told = {"insurances": ["JKM"], "sector": "fishery", "factor_per_million": "25", "excluded_funding": ["APBD", "APBN"]}
    page = page.submit(f"{RATES}/relief", from_month="2026-01", to_month="2026-03", **told, **CHANGE)
    page.see(words("Fishery"), "APBN, APBD")
    row = the(ContributionRelief, sector="fishery")[0]
    assert (row.valid_from, row.valid_to) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    assert (row.insurances, row.factor_per_million) == (["JKM"], 250_000)


def test_a_row_over_another_is_refused_in_words(dewi):
    page = dewi.get(f"{RATES}/rate/new")
    page = page.submit(f"{RATES}/rate", status=422, insurance="JKK", per_million="1", from_month="2027-01", **CHANGE)
    page.see(words("Another row holds in one of these months already. Change that one instead."))


def test_a_row_ends_with_nothing_after_it_and_the_calculator_names_what_is_missing(dewi):
    jht = the(ContributionRate, insurance="JHT")[0]
    month = next_month()
    dewi.get(address(jht, "rate")).submit(f"{address(jht, 'rate')}/end", last_month=f"{month:%Y-%m}").see(
        words("Ended by"), "Dewi"
    )
    after = months_later(month, 1)
    asked = {"segment": "PU", "insurances": "JHT", "income": "2000000", "funding": "APBD", "people": "1"}
    dewi.get(f"{RATES}/calculator", status=422, query=asked | {"month": f"{after:%Y-%m}"}).see("PU, JHT", show_month(after))
    dewi.get(f"{RATES}/calculator", query=asked | {"month": f"{month:%Y-%m}"}).see("Rp114.000")


def test_an_end_before_the_beginning_is_refused_in_words(dewi):
    jht = the(ContributionRate, insurance="JHT")[0]
    page = dewi.get(address(jht, "rate")).submit(f"{address(jht, 'rate')}/end", status=422, last_month="2014-01")
    page.see(words("The last month lies before the first one."))
    assert page.find("input", name="last_month")[0].get("value") == "2014-01"


def test_an_ended_row_can_only_be_read(dewi):
    transport = the(ContributionRelief, sector="transport")[0]
    transport.valid_to = dt.date(2026, 2, 28)
    db.session.commit()
    page = dewi.get(address(transport, "relief"))
    assert page.find("input", name="from_month") == []


def test_the_calculator_begins_with_the_usual_and_shows_a_years_need(dewi):
    page = dewi.get(f"{RATES}/calculator")
    page.submit(f"{RATES}/calculator", people="5.000", month="2026-06").see(
        "Rp10.000", "Rp6.800", "Rp16.800", "Rp84.000.000", "Rp1.008.000.000", "PP 44/2015 Lampiran II"
    )


def test_the_calculator_shows_the_relief(dewi):
    page = dewi.get(f"{RATES}/calculator")
    page = page.submit(f"{RATES}/calculator", funding="SELF", month="2026-06", sector="transport", people="1")
    page.see("- Rp8.400", "Rp100.800", "PP 50/2025")


def test_the_calculator_keeps_what_was_typed(dewi):
    told = {"segment": "BPU", "income": "sejuta", "funding": "APBD", "month": "2026-06", "people": "0"}
    page = dewi.get(f"{RATES}/calculator", status=422, query=told)
    page.see(words("Only a whole number belongs here, for example 1.000.000."), words("This is missing."))
    assert page.find("input", name="income")[0].get("value") == "sejuta"
    assert page.find("input", name="people")[0].get("value") == "0"


@pytest.mark.parametrize("path", ["other/new", "rate/01900000-0000-7000-8000-000000000000"])
def test_what_is_no_row_is_not_there(dewi, path):
    dewi.get(f"{RATES}/{path}", status=404)
