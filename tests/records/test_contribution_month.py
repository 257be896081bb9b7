"""Months: who is due, what is paid, who owes; for any order of what happens the sums are those of the people."""

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AppError, WrongInput, WrongState
from sbt_pwa.kit.months import last_day, months_later
from sbt_pwa.records import contribution_month
from sbt_pwa.records.arrears import end_for_arrears, falls_out_on, months_without_list, owed_by_month, owing
from sbt_pwa.records.contribution_month import ContributionMonth, Due, list_month, month_of
from sbt_pwa.records.coverage import money_of
from sbt_pwa.records.event import Event
from sbt_pwa.records.job import Job, do_next
from sbt_pwa.records.payment import NOBODY_DUE, PAID_ALREADY, Payment, paid_too_much, pay, take_back
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.rate_book import RateMissing
from sbt_pwa.records.rates import ContributionBracket
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.spent import SpentPlace
from sbt_pwa.records.worker import NameWord
from tests.members import DAY, make_member, work
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account

JAN = dt.date(2026, 1, 1)
MONTHS = [months_later(JAN, n) for n in range(6)]
PDF = b"%PDF-1.7 a proof"
NUMBERS = itertools.count(12)  # no two transfers have the same


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(start_on=JAN, months=12, budget_year=2026)


def listed(programme, month=JAN) -> ContributionMonth:
    list_month(programme, month, account("dewi"))
    work()
    return month_of(programme, month)


def paid(programme, month=JAN, rupiah=16_800, **other) -> Payment:
    told = {"paid_on": dt.date(2026, 2, 10), "reference": f"SP2D {next(NUMBERS)}", "proof": PDF, "proof_name": "bukti.pdf"}
    payment = pay(programme, month, account("dewi"), rupiah=rupiah, **told | other)
    db.session.commit()
    return payment


def dues(programme, month=JAN) -> dict:
    query = select(Due.registration_id, Due.rupiah).where(Due.programme_id == programme.id, Due.month == month)
    return dict(db.session.execute(query).all())


def test_who_is_covered_on_a_day_of_the_month_is_due(programme):
    whole = make_member(programme, 1, JAN)
    last_day_only = make_member(programme, 2, dt.date(2026, 1, 31))
    until_the_first = make_member(programme, 3, JAN, dt.date(2026, 1, 1))
    make_member(programme, 4, dt.date(2026, 2, 1))
    make_member(programme, 5, dt.date(2025, 12, 1), dt.date(2025, 12, 31))
    month = listed(programme)
    assert dues(programme) == {one.id: 16_800 for one in (whole, last_day_only, until_the_first)}
    assert (month.state, month.people, month.rupiah) == ("listed", 3, 50_400)


def test_each_sector_pays_its_own_amount(app):
    """A self-paying rider has the relief for transport from January on, a fisher not before April (PP 50/2025)."""
    close_programmes()
    programme = make_programme(start_on=JAN, months=12, funding="SELF")
    fisher = make_member(programme, 1, JAN)
    rider = make_member(programme, 2, JAN, occupation="motorcycle_taxi")
    assert listed(programme).rupiah == 16_800 + 8_400
    assert dues(programme) == {fisher.id: 16_800, rider.id: 8_400}
    assert listed(programme, dt.date(2026, 4, 1)).rupiah == 8_400 + 8_400


def test_listing_twice_changes_nothing_and_a_late_one_is_added(programme):
    make_member(programme, 1, JAN)
    before = (listed(programme).people, dues(programme))
    assert (listed(programme).people, dues(programme)) == before
    make_member(programme, 2, JAN)
    assert listed(programme).people == 2


def test_the_list_is_written_in_steps_and_taken_up_after_a_fall(programme, monkeypatch):
    monkeypatch.setattr(contribution_month, "STEP", 2)
    people = [make_member(programme, seed, JAN) for seed in range(1, 6)]
    list_month(programme, JAN, account("dewi"))
    db.session.commit()
    steps = contribution_month.list_dues(db.session.scalar(select(Job)))
    for _ in range(2):
        next(steps)
        db.session.commit()
    steps.close()
    assert len(dues(programme)) == 4 and month_of(programme, JAN).state == "open"
    while do_next():
        pass
    assert dues(programme).keys() == {one.id for one in people}
    assert month_of(programme, JAN).people == 5


def test_a_month_outside_of_the_programme_and_one_without_a_rate_are_refused(programme):
    with pytest.raises(WrongInput):
        list_month(programme, dt.date(2027, 1, 1), account("dewi"))
    db.session.execute(delete(ContributionBracket))
    db.session.commit()
    with pytest.raises(RateMissing):
        list_month(programme, JAN, account("dewi"))


def test_a_month_is_paid_once_and_the_second_time_is_refused_in_words(programme):
    make_member(programme, 1, JAN)
    listed(programme)
    payment = paid(programme)
    assert (payment.people, payment.due_rupiah) == (1, 16_800)
    assert payment.proof_bytes == PDF
    assert month_of(programme, JAN).state == "paid"
    with pytest.raises(WrongState) as no:
        paid(programme)
    assert no.value.message == PAID_ALREADY
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1


def test_payments_add_up_and_less_than_is_due_leaves_the_month_unpaid_and_in_arrears(programme):
    make_member(programme, 1, JAN)
    make_member(programme, 2, JAN)
    listed(programme)
    for rupiah, missing, state, owing_people in ((1, 33_599, "listed", 2), (33_598, 1, "listed", 2), (1, 0, "paid", 0)):
        payment = paid(programme, rupiah=rupiah)
        month = month_of(programme, JAN)
        assert (month.missing, month.overpaid, month.state) == (missing, 0, state)
        assert len(owing(programme, dt.date(2026, 5, 1))) == owing_people
    assert payment.due_rupiah == 1
    assert month.unpaid == (0, 0)


def test_what_was_paid_beyond_is_told_and_covers_who_comes_in_late(programme):
    make_member(programme, 1, JAN)
    listed(programme)
    paid(programme, rupiah=40_000)
    assert (month_of(programme, JAN).overpaid, month_of(programme, JAN).missing) == (23_200, 0)
    make_member(programme, 2, JAN)
    month = listed(programme)
    assert (month.state, month.overpaid) == ("paid", 6_400)
    make_member(programme, 3, JAN)
    month = listed(programme)
    assert (month.state, month.missing, month.unpaid) == ("listed", 10_400, (1, 16_800))


def test_a_part_that_was_paid_covers_the_others_when_one_leaves(programme):
    people = [make_member(programme, seed, JAN) for seed in (1, 2)]
    listed(programme)
    paid(programme)
    assert month_of(programme, JAN).missing == 16_800
    people[0].end(account("dewi"), ["has_died"], JAN - DAY)
    db.session.commit()
    assert (month_of(programme, JAN).state, month_of(programme, JAN).missing) == ("paid", 0)


def back(payment, because="Typed twice"):
    take_back(payment, account("dewi"), because)
    db.session.commit()


def test_a_payment_is_taken_back_once_and_the_month_is_due_again(programme):
    one = make_member(programme, 1, JAN)
    listed(programme)
    payment = paid(programme)
    back(payment)
    month = month_of(programme, JAN)
    assert (month.state, month.missing, month.unpaid) == ("listed", 16_800, (1, 16_800))
    assert [owed.entry.id for owed in owing(programme, dt.date(2026, 5, 1))] == [one.id]
    assert money_of(programme).paid == 0
    assert db.session.get(Payment, payment.id).taken_back_because == "Typed twice"
    assert (payment.taken_back_by.username, payment.taken_back_at is not None) == ("dewi", True)
    assert b"Typed" not in payment.taken_back_because_sealed
    with pytest.raises(WrongState):
        back(payment, "Once more")
    db.session.rollback()
    assert paid(programme).due_rupiah == 16_800
    assert (month_of(programme, JAN).state, money_of(programme).paid) == ("paid", 16_800)


def test_a_payment_taken_back_leaves_what_others_paid(programme):
    first = make_member(programme, 1, JAN)
    listed(programme)
    paid(programme)
    make_member(programme, 2, JAN)
    listed(programme)
    second = paid(programme)
    back(second)
    assert set(waiting(programme)) == set(dues(programme)) - {first.id}


def test_a_part_taken_back_lets_the_whole_month_wait(programme):
    make_member(programme, 1, JAN)
    listed(programme)
    part = paid(programme, rupiah=10_000)
    paid(programme, rupiah=6_800)
    assert month_of(programme, JAN).state == "paid"
    back(part)
    assert (month_of(programme, JAN).state, month_of(programme, JAN).missing) == ("listed", 10_000)
    assert len(waiting(programme)) == 1


def test_who_had_left_owes_nothing_when_a_payment_is_taken_back(programme):
    people = [make_member(programme, seed, JAN) for seed in (1, 2)]
    listed(programme)
    payment = paid(programme, rupiah=33_600)
    people[0].end(account("dewi"), ["has_died"], JAN - DAY)
    back(payment)
    assert list(dues(programme)) == [people[1].id]
    assert month_of(programme, JAN).missing == 16_800


def waiting(programme, month=JAN) -> list:
    own = (Due.programme_id == programme.id) & (Due.month == month)
    return list(db.session.scalars(select(Due.registration_id).where(own, Due.payment_id.is_(None))))


def test_who_came_in_late_is_paid_by_a_payment_of_its_own(programme):
    make_member(programme, 1, JAN)
    listed(programme)
    paid(programme)
    make_member(programme, 2, JAN)
    assert listed(programme).state == "listed"
    assert paid(programme).people == 1
    assert month_of(programme, JAN).state == "paid"


def test_a_month_without_a_list_cannot_be_paid(programme):
    with pytest.raises(WrongState):
        paid(programme)


@pytest.mark.parametrize("proof", [b"PK\x03\x04", b"<html>", b"%PDF-" + b"0" * 2_000_000])
def test_a_proof_of_another_kind_or_size_is_refused(programme, proof):
    make_member(programme, 1, JAN)
    listed(programme)
    with pytest.raises(WrongInput):
        paid(programme, proof=proof)


def test_the_proof_is_stored_sealed(programme):
    make_member(programme, 1, JAN)
    listed(programme)
    payment = paid(programme)
    assert b"proof" not in payment.proof_sealed and b"bukti" not in payment.proof_name_sealed


def test_who_ends_has_no_unpaid_dues_after_the_last_day(programme):
    one = make_member(programme, 1, JAN)
    for month in MONTHS[:4]:
        listed(programme, month)
    paid(programme, MONTHS[3])
    one.end(account("dewi"), ["moved_away"], dt.date(2026, 2, 15))
    db.session.commit()
    months = select(Due.month).order_by(Due.month)
    assert list(db.session.scalars(months)) == [MONTHS[0], MONTHS[1], MONTHS[3]]
    assert month_of(programme, MONTHS[2]).people == 0
    assert paid_too_much(month_of(programme, MONTHS[3])) == (1, 16_800)


def test_a_new_rate_reaches_what_is_not_paid(programme):
    make_member(programme, 1, JAN)
    listed(programme, MONTHS[0])
    listed(programme, MONTHS[1])
    paid(programme, MONTHS[0])
    for bracket in db.session.scalars(select(ContributionBracket)):
        bracket.jkk_rupiah += 200
    db.session.commit()
    assert listed(programme, MONTHS[0]).rupiah == 16_800
    assert listed(programme, MONTHS[1]).rupiah == 17_000


# ---- arrears


@pytest.mark.parametrize(
    ("since", "out"), [(JAN, dt.date(2026, 5, 1)), (dt.date(2026, 11, 1), dt.date(2027, 3, 1)), (dt.date(2024, 1, 1), None)]
)
def test_more_than_three_months_of_arrears_end_a_membership(since, out):
    assert falls_out_on(since) == out


def test_only_unpaid_months_that_are_over_are_owed(programme):
    one = make_member(programme, 1, JAN)
    for month in MONTHS[:4]:
        listed(programme, month)
    paid(programme, MONTHS[1])
    (owed,) = owing(programme, dt.date(2026, 4, 20))
    assert (owed.entry.id, owed.since, owed.months, owed.rupiah) == (one.id, JAN, 2, 33_600)
    assert [one.month for one in owed_by_month(programme, dt.date(2026, 4, 20))] == [JAN, MONTHS[2]]
    assert owing(programme, JAN + 30 * DAY) == []


def test_a_part_that_was_paid_is_owed_no_more_and_the_sums_are_those_of_the_people(programme):
    for seed in range(1, 4):
        make_member(programme, seed, JAN)
    for month in MONTHS[:3]:
        listed(programme, month)
    paid(programme, MONTHS[0], rupiah=20_000)
    paid(programme, MONTHS[1], rupiah=50_399)  # one rupiah is missing, and everybody waits for it
    day = dt.date(2026, 4, 20)
    told = [(one.month, one.people, one.rupiah, one.paid_in_part) for one in owed_by_month(programme, day)]
    assert told == [(MONTHS[0], 3, 30_400, 20_000), (MONTHS[1], 3, 1, 50_399), (MONTHS[2], 3, 50_400, 0)]
    rows = owing(programme, day)
    assert {(one.months, one.rupiah) for one in rows} == {(3, 10_134 + 1 + 16_800)}
    paid(programme, MONTHS[0], rupiah=30_400)
    assert [one.month for one in owed_by_month(programme, day)] == MONTHS[1:3]
    assert {(one.since, one.months, one.rupiah) for one in owing(programme, day)} == {(MONTHS[1], 2, 16_801)}


def test_cover_that_ends_sooner_is_lost_sooner_and_not_for_arrears(programme):
    soon, late = make_member(programme, 1, JAN, dt.date(2026, 2, 28)), make_member(programme, 2, JAN)
    listed(programme)
    rows = {one.entry.id: one for one in owing(programme, dt.date(2026, 4, 20))}
    assert (rows[soon.id].lost_on, rows[late.id].lost_on) == (dt.date(2026, 3, 1), dt.date(2026, 5, 1))
    assert end_for_arrears(programme, {soon.id}, account("dewi"), dt.date(2026, 4, 20)) == 0
    [month] = owed_by_month(programme, dt.date(2026, 4, 20))
    assert month.falls_out_on == dt.date(2026, 5, 1)
    programme.months = 3
    assert owed_by_month(programme, dt.date(2026, 4, 20))[0].falls_out_on == dt.date(2026, 4, 1)


def test_what_people_who_have_left_still_owe_is_in_the_sums_and_not_in_the_list(programme):
    one = make_member(programme, 1, JAN)
    listed(programme)
    one.end(account("dewi"), ["moved_away"], dt.date(2026, 1, 31))
    db.session.commit()
    assert owing(programme, dt.date(2026, 2, 20)) == []
    assert [(told.people, told.rupiah) for told in owed_by_month(programme, dt.date(2026, 2, 20))] == [(1, 16_800)]


def test_the_same_payment_twice_is_recorded_once_and_another_one_as_large_is_recorded(programme):
    for seed in (1, 2, 3):
        make_member(programme, seed, JAN)
    listed(programme)
    paid(programme, rupiah=10_000, reference="SP2D 1")
    with pytest.raises(WrongState, match="paid_already"):
        paid(programme, rupiah=10_000, reference="SP2D 1")
    db.session.rollback()
    take_back(paid(programme, rupiah=10_000, reference="SP2D 13"), account("dewi"), "A slip.")
    paid(programme, rupiah=10_000, reference="SP2D 13")  # the first one counts no more
    assert month_of(programme, JAN).missing == 30_400


def test_a_month_in_which_nobody_is_due_is_not_called_paid(programme):
    listed(programme)
    with pytest.raises(WrongState) as refused:
        paid(programme)
    assert refused.value.message == NOBODY_DUE


def test_months_that_were_never_listed_are_told(programme):
    listed(programme, MONTHS[1])
    assert months_without_list(programme, dt.date(2026, 4, 20)) == [MONTHS[0], MONTHS[2]]


def test_the_office_ends_who_has_fallen_out_and_nobody_else(programme):
    first, second = make_member(programme, 1, JAN), make_member(programme, 2, dt.date(2026, 2, 1))
    for month in MONTHS:
        listed(programme, month)
    taken = programme.whole.taken
    chosen = {first.id, second.id}
    assert end_for_arrears(programme, chosen, account("dewi"), dt.date(2026, 4, 30)) == 0
    assert end_for_arrears(programme, chosen, account("dewi"), dt.date(2026, 5, 1)) == 1
    db.session.commit()
    assert (first.status, first.covered_to, second.status) == ("ended", dt.date(2026, 4, 30), "active")
    assert first.events[-1].reasons == [{"field": None, "code": "in_arrears"}]
    assert programme.whole.taken == taken - 1
    assert [one.entry.id for one in owing(programme, dt.date(2026, 5, 1))] == [second.id]


def test_who_was_ended_meanwhile_is_passed_over_and_the_others_end(programme):
    """Two of the office looked at the same page."""
    first, second = make_member(programme, 1, JAN), make_member(programme, 2, JAN)
    for month in MONTHS:
        listed(programme, month)
    first.end(account("lina"), ["moved_away"], dt.date(2026, 3, 31))
    assert end_for_arrears(programme, {first.id, second.id}, account("dewi"), dt.date(2026, 5, 1)) == 1
    assert (first.covered_to, second.covered_to) == (dt.date(2026, 3, 31), dt.date(2026, 4, 30))


def test_pages_of_who_owes_leave_nobody_out(programme):
    people = {make_member(programme, seed, MONTHS[seed % 2]).id for seed in range(1, 8)}
    for month in MONTHS[:2]:
        listed(programme, month)
    seen, after = [], None
    for _page in range(len(people) + 1):  # a paging that goes in a circle fails instead of going on for ever
        page = owing(programme, dt.date(2026, 4, 1), after=after, limit=2)
        seen += [one.entry.id for one in page]
        after = seen[-1]
        if not page:
            break
    assert len(seen) == len(set(seen)) and set(seen) == people


# ---- any order


def clear():
    db.session.rollback()
    for model in (Due, Payment, ContributionMonth, Job, SpentPlace, NameWord, Event, Registration):
        db.session.execute(delete(model))
    for programme in db.session.scalars(select(Programme)):
        for one in programme.allotments:
            one.taken, one.committed_rupiah = 0, 0
    db.session.commit()


ACTIONS = st.one_of(
    st.tuples(st.just("list"), st.integers(0, 3)),
    st.tuples(st.just("pay"), st.integers(0, 3), st.sampled_from([1, 10_000, 16_800, 40_000])),
    st.tuples(st.just("back"), st.integers(0, 3)),
    st.tuples(st.just("join"), st.integers(0, 3)),
    st.tuples(st.just("end"), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.just("arrears"), st.integers(3, 9)),
)


def act(programme, people, action):
    by = account("dewi")
    what, number, *more = action
    if what == "list":
        listed(programme, MONTHS[number])
    elif what == "pay":
        paid(programme, MONTHS[number], rupiah=more[0])
    elif what == "back":
        payments = db.session.scalars(select(Payment).order_by(Payment.made_at)).all()
        take_back(payments[number % len(payments)], by, "A slip") if payments else None
    elif what == "join":
        people.append(make_member(programme, len(people) + 1, MONTHS[number]))
    elif what == "end" and number < len(people):
        people[number].end(by, ["moved_away"], MONTHS[more[0]] + 14 * DAY)
    elif what == "arrears":
        end_for_arrears(programme, {one.id for one in people}, by, months_later(JAN, number))


def test_in_any_order_the_sums_are_those_of_the_people(programme):
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTIONS, min_size=3, max_size=14))
    def walk(actions):
        people = []
        try:
            for action in [("join", 0), *actions]:
                try:
                    act(programme, people, action)
                except AppError:
                    db.session.rollback()
                db.session.commit()
                check(programme, people)
        finally:
            clear()

    walk()


def check(programme, people):
    rows = db.session.scalars(select(Due)).all()
    for month in db.session.scalars(select(ContributionMonth)):
        own = [due for due in rows if due.month == month.month]
        assert (month.people, month.rupiah) == (len(own), sum(due.rupiah for due in own))
        assert (month.state == "paid") == (bool(own) and all(due.payment_id for due in own)) or month.state == "open"
        begun = [one for one in people if one.covered_from]  # who leaves before the first day was never covered
        covered = {one.id for one in begun if one.covered_from <= last_day(month.month) and one.covered_to >= month.month}
        assert {due.registration_id for due in own if not due.payment_id} <= covered
        assert_payments_cover(month, own)


def assert_payments_cover(month, own):
    """What is marked as paid was really paid, what waits was not, and nothing is marked by what was taken back."""
    payments = {one.id: one for one in db.session.scalars(select(Payment).where(Payment.month == month.month))}
    money = sum(one.rupiah for one in payments.values() if not one.taken_back_at)
    marked = [due for due in own if due.payment_id]
    owed = sum(due.rupiah for due in own if not due.payment_id)
    assert sum(due.rupiah for due in marked) <= money
    assert not any(payments[due.payment_id].taken_back_at for due in marked)
    if month.state != "open":
        assert not owed or month.missing == sum(due.rupiah for due in own) - money > 0
