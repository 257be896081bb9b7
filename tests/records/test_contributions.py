"""What a month costs: the check figures that were told to the regency, the edges of every row, and sums that always fit."""

import csv
import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbt_pwa.kit.months import last_day, months_later, read_month
from sbt_pwa.records.contributions import RateMissing, monthly_contribution, people_within, programme_need
from sbt_pwa.records.rate_book import RateBook
from sbt_pwa.records.rates import DATA, TABLES, _row

JKK_JKM = ("JKK", "JKM")
YEAR = [dt.date(2026, n, 1) for n in range(1, 13)]
RELIEF_MONTH = dt.date(2026, 6, 1)
EXCLUDED = ("APBN", "APBD", "APBDES", "DBH")


def lines(table):
    with (DATA / f"contribution_{table}s.csv").open(newline="", encoding="utf-8") as file:
        return [TABLES[table](**_row(line)).told() for line in csv.DictReader(file)]


BOOK = RateBook(lines("rate"), lines("bracket"), lines("relief"))


def cost(income=1_000_000, month=RELIEF_MONTH, funding="APBD", sector=None, segment="BPU", insurances=JKK_JKM):
    return BOOK.contribution(segment, insurances, income, month, funding, sector)


def programme(**other):
    told = {
        "segment": "BPU",
        "insurances": ["JKK", "JKM"],
        "income_base_rupiah": 1_000_000,
        "funding": "APBD",
        "month_list": lambda: YEAR,
    }
    return SimpleNamespace(**told | other)


def test_a_vulnerable_worker_costs_16_800_a_month():
    month = cost()
    assert month.parts == {"JKK": 10_000, "JKM": 6_800}
    assert (month.base_rupiah, month.relief_rupiah, month.total_rupiah) == (1_000_000, 0, 16_800)
    assert month.legal_basis == ("PP 44/2015 Lampiran II",)


def test_old_age_savings_are_2_percent_where_they_are_in_the_package():
    assert cost(insurances=("JKK", "JKM", "JHT")).parts["JHT"] == 20_000


def test_who_pays_alone_pays_half_in_a_month_of_the_relief():
    month = cost(funding="SELF")
    assert (month.total_rupiah, month.relief_rupiah) == (8_400, 8_400)
    assert month.legal_basis == ("PP 44/2015 Lampiran II", "PP 50/2025")


def test_the_relief_leaves_old_age_savings_alone():
    assert cost(funding="SELF", insurances=("JKK", "JKM", "JHT")).total_rupiah == 28_400


def test_staff_at_a_base_of_one_million_cost_5_400():
    month = cost(segment="PU")
    assert month.parts == {"JKK": 2_400, "JKM": 3_000}
    assert month.total_rupiah == 5_400
    assert cost(segment="PU", insurances=("JKK", "JKM", "JHT")).total_rupiah == 62_400
    assert cost(segment="PU", funding="SELF").total_rupiah == 5_400, "the relief is for BPU"


def test_shares_are_rounded_half_up_to_whole_rupiah():
    wages = {1_000_208: 2_400, 1_000_209: 2_401, 625: 2, 624: 1}  # 2,400.4992 and 2,400.5016; 1.5 and 1.4976
    assert {wage: cost(wage, segment="PU", insurances=["JKK"]).total_rupiah for wage in wages} == wages


def test_check_figures_of_other_regencies(app):
    year = programme_need(programme(), 2_829)
    assert year.total_rupiah == 570_326_400
    assert [rupiah for _month, rupiah in year.months] == [2_829 * 16_800] * 12
    assert programme_need(programme(), 1).total_rupiah == 201_600
    assert programme_need(programme(), 5_000).total_rupiah == 1_008_000_000
    staff = programme(segment="PU", month_list=lambda: YEAR[:1])
    assert programme_need(staff, 4_156).total_rupiah == 22_442_400


def test_how_many_a_budget_carries(app):
    assert people_within(programme(), 1_008_000_000) == 5_000
    assert people_within(programme(), 1_007_999_999) == 4_999


def test_the_database_holds_the_same_rows_as_the_files(app):
    from sbt_pwa.records.rates import rate_book

    held = rate_book()
    assert set(held.rates) == set(BOOK.rates)
    assert set(held.reliefs) == set(BOOK.reliefs)
    assert sorted(b.income_from for b in held.brackets) == [b.income_from for b in BOOK.brackets]
    assert len(held.brackets) == 31


@pytest.mark.parametrize(
    ("sector", "first", "last"),
    [("transport", "2026-01", "2027-03"), ("fishery", "2026-04", "2026-12"), (None, "2026-04", "2026-12")],
)
def test_the_relief_holds_from_its_first_to_its_last_month(sector, first, last):
    first, last = read_month(first), read_month(last)
    paid = [cost(funding="SELF", sector=sector, month=months_later(first, step)).total_rupiah for step in (-1, 0)]
    paid += [cost(funding="SELF", sector=sector, month=months_later(last, step)).total_rupiah for step in (0, 1)]
    assert paid == [16_800, 8_400, 8_400, 16_800]


def test_any_day_of_a_month_is_that_month():
    assert cost(funding="SELF", sector="trade", month=dt.date(2026, 12, 31)).total_rupiah == 8_400
    assert cost(funding="SELF", sector="trade", month=dt.date(2026, 3, 31)).total_rupiah == 16_800


@pytest.mark.parametrize("bracket", BOOK.brackets, ids=lambda b: str(b.income_from))
def test_a_bracket_begins_with_its_first_income_and_ends_before_the_next(bracket):
    ends = [other.income_from for other in BOOK.brackets if other.income_from > bracket.income_from]
    for income in (bracket.income_from, min(ends, default=10**12) - 1):
        assert cost(income).base_rupiah == bracket.base_rupiah
    assert bracket.amounts["JKK"] * 100 == bracket.amounts["JHT"] * 50 == bracket.base_rupiah
    assert bracket.amounts["JKM"] == 6_800


@pytest.mark.parametrize("row", [*BOOK.rates, *BOOK.brackets], ids=lambda r: f"{r.segment}-{getattr(r, 'income_from', '')}")
def test_before_its_first_month_a_row_is_not_there(row):
    income = getattr(row, "income_from", 1_000_000)
    asked = (row.segment, [getattr(row, "insurance", "JKK")], income)
    BOOK.contribution(*asked, row.valid_from, "APBD")
    with pytest.raises(RateMissing) as missing:
        BOOK.contribution(*asked, row.valid_from - dt.timedelta(days=1), "APBD")
    assert missing.value.month == months_later(row.valid_from, -1)


def test_a_missing_rate_is_named_with_its_month(app):
    with pytest.raises(RateMissing) as missing:
        monthly_contribution("PU", ["JKK", "JHT"], 1_000_000, dt.date(2015, 6, 30), "APBD")
    assert "PU, JKK, JHT" in str(missing.value.message)
    assert "2015" in str(missing.value.message)


def test_a_segment_without_any_row_is_named():
    with pytest.raises(RateMissing, match="rate_missing") as missing:
        cost(segment="XX")
    assert missing.value.what == "XX, JKK, JKM"


def test_an_income_below_zero_is_no_income():
    with pytest.raises(ValueError, match="below zero"):
        cost(-1)


MONTHS = st.integers(0, 200).map(lambda n: months_later(dt.date(2015, 7, 1), n))
ASKED = st.tuples(
    st.sampled_from(["BPU", "PU"]),
    st.sets(st.sampled_from(["JKK", "JKM", "JHT"])),
    st.integers(0, 10**9),
    MONTHS,
    st.sampled_from([*EXCLUDED, "CSR", "SELF", "OTHER"]),
    st.sampled_from([None, "transport", "fishery", "trade", ""]),
)


@given(ASKED)
def test_a_total_is_the_sum_of_its_parts_less_the_relief_and_never_below_zero(asked):
    month = BOOK.contribution(*asked)
    assert all(isinstance(part, int) and part >= 0 for part in month.parts.values())
    assert set(month.parts) == asked[1]
    assert month.total_rupiah == sum(month.parts.values()) - month.relief_rupiah >= 0
    assert month.relief_rupiah >= 0


@given(ASKED)
def test_the_relief_is_never_for_those_whom_the_regency_pays_for(asked):
    segment, insurances, income, month, funding, sector = asked
    if BOOK.contribution(*asked).relief_rupiah:
        assert funding not in EXCLUDED
        assert segment == "BPU"
    for excluded in EXCLUDED:
        assert BOOK.contribution(segment, insurances, income, month, excluded, sector).relief_rupiah == 0


@given(st.integers(0, 10**9), st.integers(0, 10**7), MONTHS)
def test_who_earns_more_never_pays_less(income, more, month):
    for segment in ("BPU", "PU"):
        lower, higher = (cost(i, month, segment=segment).total_rupiah for i in (income, income + more))
        assert lower <= higher


@given(MONTHS)
def test_months_end_the_day_before_the_next(month):
    assert last_day(month) + dt.timedelta(days=1) == months_later(month, 1)
    assert read_month(f"{month:%Y-%m}") == read_month(f"{month:%m/%Y}") == month


@pytest.mark.parametrize("typed", ["", "2026", "2026-13", "0-2026", "1999-12", "2026-01-01", "٢٠٢٦-01"])
def test_what_is_no_month_is_none(typed):
    assert read_month(typed) is None
