"""Dated rows are never overwritten: one ends, the next begins, and no month is held twice."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import WrongInput
from sbt_pwa.records.account import Account
from sbt_pwa.records.rates import (
    ContributionBracket,
    ContributionRate,
    ContributionRelief,
    add_row,
    load_rates,
    rate_book,
    row_to_change,
    rows_of,
)

NEXT_YEAR = dt.date(2027, 1, 1)
LEGAL = {"legal_basis": "PP 1/2027", "source": "Lembaran Negara", "verified": "yes"}


@pytest.fixture
def dewi(app):
    return db.session.query(Account).filter_by(username="dewi").one()


@pytest.fixture
def jkk(app):
    found = next(row for row in rows_of(ContributionRate) if row.insurance == "JKK")
    return row_to_change(ContributionRate, found.id)


def jkk_paid(month):
    return rate_book().contribution("PU", ["JKK"], 1_000_000, month, "APBD").total_rupiah


def test_loading_twice_adds_nothing(app):
    assert load_rates() == 0
    counts = [len(rows_of(table)) for table in (ContributionRate, ContributionBracket, ContributionRelief)]
    assert counts == [3, 31, 2]


def test_only_tables_that_are_empty_are_filled(app):
    db.session.query(ContributionRelief).delete()
    assert load_rates() == 2


def test_a_change_ends_the_row_the_day_before_and_keeps_it(jkk, dewi):
    new = jkk.change(NEXT_YEAR, dewi, per_million=5_400, **LEGAL)
    assert jkk.valid_to == dt.date(2026, 12, 31)
    assert (new.valid_from, new.valid_to, new.insurance, new.by) == (NEXT_YEAR, None, "JKK", dewi)
    assert jkk_paid(dt.date(2026, 12, 1)) == 2_400
    assert jkk_paid(NEXT_YEAR) == 5_400


def test_a_row_is_put_right_before_it_held_for_a_month(jkk, dewi):
    wrong = jkk.change(NEXT_YEAR, dewi, per_million=54_000, **LEGAL)
    wrong.change(NEXT_YEAR, dewi, per_million=5_400, **LEGAL)
    assert wrong.never_held
    assert jkk_paid(NEXT_YEAR) == 5_400
    assert len([row for row in rows_of(ContributionRate) if row.insurance == "JKK"]) == 3, "the slip stays on the record"


def test_the_last_month_of_the_old_row_is_kept_by_the_new_one(dewi):
    relief = next(row for row in rows_of(ContributionRelief) if row.sector == "transport")
    new = relief.change(NEXT_YEAR, dewi, factor_per_million=250_000, **told(relief))
    assert new.valid_to == dt.date(2027, 3, 31)
    assert new.insurances == ["JKK", "JKM"]


def told(relief):
    return {"excluded_funding": relief.excluded_funding, **LEGAL}


def test_what_ended_is_not_changed_again(jkk, dewi):
    jkk.change(NEXT_YEAR, dewi, per_million=5_400, **LEGAL)
    with pytest.raises(WrongInput):
        jkk.change(dt.date(2027, 2, 1), dewi, per_million=1, **LEGAL)
    with pytest.raises(WrongInput):
        jkk.change(dt.date(2015, 6, 1), dewi, per_million=1, **LEGAL)


def test_a_change_that_cannot_be_leaves_the_old_row_alone(dewi):
    relief = next(row for row in rows_of(ContributionRelief) if row.sector == "transport")
    later = {"segment": "BPU", "sector": "transport", "insurances": ["JKM"], "factor_per_million": 0}
    add_row(ContributionRelief, by=dewi, valid_from=dt.date(2027, 4, 1), valid_to=None, **later, **told(relief))
    with pytest.raises(WrongInput):
        relief.change(NEXT_YEAR, dewi, factor_per_million=1, valid_to=dt.date(2027, 4, 30), **told(relief))
    assert relief.valid_to == dt.date(2027, 3, 31)


def test_no_month_is_held_twice(jkk, dewi):
    values = {"segment": "PU", "insurance": "JKK", "per_million": 1, **LEGAL}
    for start, end in [("2015-01-01", "2015-07-31"), ("2030-01-01", None), ("2010-01-01", None)]:
        days = {"valid_from": dt.date.fromisoformat(start), "valid_to": end and dt.date.fromisoformat(end)}
        with pytest.raises(WrongInput):
            add_row(ContributionRate, by=dewi, **values, **days)
    add_row(ContributionRate, by=dewi, valid_from=dt.date(2015, 1, 1), valid_to=dt.date(2015, 6, 30), **values)


def test_reliefs_of_one_insurance_do_not_meet(dewi):
    relief = {"segment": "BPU", "sector": "transport", "factor_per_million": 0, "excluded_funding": [], **LEGAL}
    days = {"valid_from": NEXT_YEAR, "valid_to": None}
    with pytest.raises(WrongInput):
        add_row(ContributionRelief, by=dewi, insurances=["JKM", "JHT"], **relief, **days)
    add_row(ContributionRelief, by=dewi, insurances=["JHT"], **relief, **days)


def test_a_row_may_end_with_nothing_after_it(jkk, dewi):
    jkk.end(dt.date(2026, 12, 1), dewi)
    assert jkk.valid_to == dt.date(2026, 12, 31)
    assert jkk.ended_by == dewi
    assert jkk_paid(dt.date(2026, 12, 1)) == 2_400
    with pytest.raises(WrongInput):
        jkk.end(dt.date(2027, 1, 1), dewi)


def test_an_end_before_the_beginning_is_refused(jkk, dewi):
    with pytest.raises(WrongInput):
        jkk.end(dt.date(2015, 6, 1), dewi)


def test_the_book_is_read_once_and_forgotten_with_its_transaction(app, jkk, dewi):
    book = rate_book()
    assert rate_book() is book
    with db.session.begin_nested():
        pass
    assert rate_book() is book, "a savepoint of each place taken costs no reading"
    jkk.change(NEXT_YEAR, dewi, per_million=5_400, **LEGAL)
    assert jkk_paid(NEXT_YEAR) == 5_400
    db.session.rollback()
    assert jkk_paid(NEXT_YEAR) == 2_400
