"""Who leaves gives back the place and the rupiah of the months that were not used; what was used stays committed."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import AppError
from sbt_pwa.kit.months import last_day, months_later
from sbt_pwa.records.batch import Batch, BatchRow
from sbt_pwa.records.contribution_month import ContributionMonth, Due, list_month
from sbt_pwa.records.coverage import money_of
from sbt_pwa.records.job import Job
from sbt_pwa.records.payment import Payment, pay, take_back
from sbt_pwa.records.places import carry_over
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.recheck import Recheck
from sbt_pwa.records.renewal import close_renewal, start_renewal
from sbt_pwa.records.spent import SpentPlace, spent_for
from tests.members import DAY, make_member, work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import clear, limits_hold
from tests.sync.phones import account

JAN = dt.date(2026, 1, 1)
MONTHS = [months_later(JAN, n) for n in range(12)]
ONE = 16_800


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(start_on=JAN, months=12, budget_year=2026)


def leave(one, on, because="moved_away"):
    one.end(account("dewi"), [because], on)
    db.session.commit()
    db.session.expire_all()
    limits_hold()


def listed(programme, *months):
    for month in months:
        list_month(programme, month, account("dewi"))
        work()


def paid(programme, month, rupiah) -> Payment:
    told = {"paid_on": dt.date(2026, 2, 10), "reference": f"SP2D {month} {rupiah}", "proof": b"", "proof_name": ""}
    payment = pay(programme, month, account("dewi"), rupiah=rupiah, **told)
    db.session.commit()
    return payment


def committed(programme) -> int:
    db.session.expire_all()
    return programme.whole.committed_rupiah


def test_months_that_were_covered_stay_spent_and_the_others_go_back(programme):
    one, other = make_member(programme, 1, JAN), make_member(programme, 2, JAN)
    assert committed(programme) == 2 * 12 * ONE
    leave(one, dt.date(2026, 4, 10))  # April is due whole
    assert (programme.whole.taken, committed(programme)) == (1, 12 * ONE + 4 * ONE)
    assert spent_for(one) == 4 * ONE
    leave(other, dt.date(2026, 12, 31))
    assert (programme.whole.taken, committed(programme)) == (0, 16 * ONE)
    assert money_of(programme).committed == 16 * ONE


def test_it_makes_no_difference_whether_the_months_were_listed_or_paid(programme):
    people = [make_member(programme, seed, JAN) for seed in (1, 2)]
    listed(programme, *MONTHS[:3])
    paid(programme, JAN, 2 * ONE)
    leave(people[0], dt.date(2026, 2, 10))  # March was listed, and is not due any more
    assert spent_for(people[0]) == 2 * ONE
    listed(programme, *MONTHS[:5])
    assert spent_for(people[0]) == 2 * ONE
    leave(people[1], dt.date(2026, 5, 1))
    assert committed(programme) == 2 * ONE + 5 * ONE


def test_a_month_that_was_paid_before_somebody_left_stays_spent_until_the_payment_is_taken_back(programme):
    one = make_member(programme, 1, JAN)
    listed(programme, *MONTHS[:4])
    for month in MONTHS[:4]:
        last = paid(programme, month, ONE)
    leave(one, dt.date(2026, 2, 28))
    assert committed(programme) == 4 * ONE  # two months too much, and the money is gone
    take_back(last, account("dewi"), "The insurer has sent it back.")
    db.session.commit()
    assert (committed(programme), spent_for(one)) == (3 * ONE, 3 * ONE)
    limits_hold()


def test_what_goes_back_lets_the_next_one_in_and_what_is_spent_does_not(app):
    """Rupiah for one person, places for two: after the third month nine twelfths are left, which nobody's place costs."""
    close_programmes()
    start = months_later(dt.date.today().replace(day=1), -2)
    programme = make_programme(start_on=start, months=12, places=5, budget=12 * ONE)
    one = make_member(programme, 1, start)
    waiting = register(app, [11, 12])
    approve(waiting)
    assert [entry.status for entry in waiting] == ["waitlisted"] * 2
    leave(one, dt.date.today())
    assert [entry.status for entry in waiting] == ["approved", "waitlisted"]
    assert (programme.whole.taken, committed(programme)) == (1, 3 * ONE + 9 * ONE)
    limits_hold()


@pytest.mark.parametrize("stage", ["approved", "sent"])
def test_who_was_never_covered_gives_all_of_it_back(app, programme, stage):
    programme.start_on = months_later(dt.date.today().replace(day=1), 1)
    db.session.commit()
    [one] = register(app, [1])
    approve([one])
    if stage == "sent":
        one.mark_sent(account("dewi"))
    leave(one, dt.date.today())
    assert (committed(programme), spent_for(one)) == (0, 0)


def test_who_dies_before_the_cover_begins_gives_all_of_it_back(programme):
    one = make_member(programme, 1, JAN + 40 * DAY)
    leave(one, JAN, "has_died")
    assert (committed(programme), spent_for(one)) == (0, 0)


def test_limits_of_villages_and_districts_count_what_was_spent_there(programme):
    there, elsewhere = make_member(programme, 1, JAN), make_member(programme, 2, JAN, district="81.05.04")
    programme.allot("81.05.01", 10, 10**9)
    programme.allot(there.village_code, 10, 10**9)
    db.session.commit()
    leave(there, dt.date(2026, 3, 31))
    leave(elsewhere, dt.date(2026, 6, 30))
    by_region = {limit.region_code: limit.committed_rupiah for limit in programme.allotments}
    assert by_region == {"81.05": 9 * ONE, "81.05.01": 3 * ONE, there.village_code: 3 * ONE}
    programme.allot("81.05.04", 1, 6 * ONE)  # a limit that is set later finds what was spent before
    with pytest.raises(AppError):
        programme.allot("81.05.04", 1, 6 * ONE - 1)


def test_a_renewal_leaves_what_the_old_programme_gave_in_its_account(programme):
    one, other = make_member(programme, 1, JAN), make_member(programme, 2, JAN)
    new = renewed(programme, one)
    assert (programme.whole.taken, committed(programme)) == (1, 24 * ONE)
    assert new.whole.committed_rupiah == one.committed_rupiah
    limits_hold()
    leave(one, dt.date(2026, 10, 5), "has_died")  # the old cover is shorter than was thought
    assert (committed(programme), new.whole.committed_rupiah) == (12 * ONE + 10 * ONE, 0)
    assert other.committed_rupiah == 12 * ONE


def test_a_renewal_that_the_insurer_declines_has_cost_the_new_programme_nothing(programme):
    one = make_member(programme, 1, JAN, dt.date(2027, 2, 28))  # told days that reach into the one that follows
    taken_by_the_insurer(programme, one)
    new = renewed(programme, one)
    one.decline(account("dewi"), "NIK_MISMATCH")
    db.session.commit()
    assert (committed(new), committed(programme)) == (0, 12 * ONE)
    limits_hold()
    leave(one, dt.date(2026, 11, 30))
    assert committed(programme) == 11 * ONE


def taken_by_the_insurer(programme, one) -> None:
    batch = Batch(programme_id=programme.id, budget_year=2026, profile={}, state="frozen", by_id=account("dewi").id)
    db.session.add(batch)
    db.session.flush()
    row = BatchRow(batch_id=batch.id, position=1, registration_id=one.id, nik_index=one.nik_index, rupiah=0, state="accepted")
    db.session.add(row)
    db.session.commit()


def renewed(programme, one) -> Programme:
    new = start_renewal(programme, "Berikutnya", account("dewi"))
    db.session.get(Recheck, {"programme_id": programme.id, "registration_id": one.id}).confirm(account("sari"))
    assert carry_over(one, new)
    db.session.commit()
    db.session.expire_all()
    return new


def test_who_leaves_the_same_programme_twice_spends_each_month_once(programme):
    one = make_member(programme, 1, JAN, dt.date(2026, 3, 31))
    listed(programme, *MONTHS[:3])
    one.decline(account("dewi"), "NIK_MISMATCH")  # the cover had run out
    db.session.commit()
    assert (one.status, committed(programme)) == ("declined", 3 * ONE)
    one.resubmit(one.author_id, ["name"], [], False)
    one.approve(account("budi"))
    db.session.commit()
    place = one.committed_rupiah or 0
    assert committed(programme) == 3 * ONE + place
    one.mark_sent(account("dewi"))
    one.activate(account("dewi"), one.kpj, dt.date(2026, 12, 1), dt.date(2026, 12, 31))
    db.session.commit()
    leave(one, dt.date(2026, 12, 31))
    assert (spent_for(one), committed(programme)) == (3 * ONE + min(place, ONE), 3 * ONE + min(place, ONE))
    months = [month for row in db.session.scalars(select(SpentPlace)) for month in row.months]
    assert sorted(months) == ["2026-01-01", "2026-02-01", "2026-03-01", *(["2026-12-01"] if place else [])]


def test_the_pages_say_what_is_spent(app, programme, visitor):
    one = make_member(programme, 1, JAN)
    leave(one, dt.date(2026, 4, 10))
    visitor.sign_in("dewi")
    visitor.get(f"/exchange/people/{one.id}").see("Rp67.200")
    visitor.get(f"/exchange/programmes/{programme.id}").see("Rp67.200 untuk bulan orang yang sudah keluar")


STEPS = ("list", "pay", "pay a part", "take back", "leave", "join", "renew", "close the renewal", "lower the limits")


def test_the_programmes_commit_what_is_held_and_what_was_used_for_any_order_of_events(app):
    """Beside the sums: each person who left has cost what their months cost, told here from dues and days alone."""
    seeds = iter(range(1, 10**6))
    step = st.tuples(st.sampled_from(STEPS), st.integers(0, 3), st.integers(0, 11))

    @settings(max_examples=10, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(step, min_size=6, max_size=16))
    def walk(steps):
        forget()
        close_programmes()
        world = Year([next(seeds) for _ in range(3)])
        for what, number, month in steps:
            try:
                getattr(world, what.replace(" ", "_"))(number, MONTHS[month])
                db.session.commit()
            except AppError:
                db.session.rollback()
            work()
            world.holds()
        forget()

    walk()


class Year:
    """A programme of 2026 with members, all of whose places cost twelve months."""

    def __init__(self, seeds):
        self.programme = make_programme(places=6, start_on=JAN, months=12, budget_year=2026)
        self.seeds = iter([seed * 10 + n for seed in seeds for n in range(10)])
        self.people = [make_member(self.programme, next(self.seeds), JAN) for _ in seeds]

    def list(self, _number, month):
        list_month(self.programme, month, account("dewi"))

    def pay(self, number, month, part=1):
        month_row = db.session.scalars(select(ContributionMonth).where(ContributionMonth.month == month)).first()
        if month_row:
            paid(self.programme, month, max(month_row.missing // part, 1))

    def pay_a_part(self, number, month):
        self.pay(number, month, part=2)

    def take_back(self, number, _month):
        found = db.session.scalars(select(Payment).order_by(Payment.made_at)).all()
        if len(found) > number:
            take_back(found[number], account("dewi"), "A slip.")

    def leave(self, number, month):
        if number < len(self.people):
            one = self.people[number]
            one.end(account("dewi"), ["has_died"], last_day(month) if number % 2 else month - DAY)

    def join(self, _number, month):
        if self.programme.whole.has_room_for(12 * ONE) and self.programme.state == "open":
            self.people.append(make_member(self.programme, next(self.seeds), month))

    def renew(self, _number, _month):
        start_renewal(self.programme, "Berikutnya", account("dewi"))

    def close_the_renewal(self, number, _month):
        rows = db.session.scalars(select(Recheck).where(Recheck.state == "open").order_by(Recheck.registration_id)).all()
        if len(rows) > number:
            rows[number].confirm(account("sari"))
        close_renewal(self.programme, account("dewi"))

    def lower_the_limits(self, number, _month):
        whole = self.programme.whole
        self.programme.allot("81.05", whole.taken + number, whole.committed_rupiah + number * ONE)

    def holds(self):
        limits_hold()
        for one in self.people:
            away = one.committed_rupiah is None or one.programme_id != self.programme.id
            rows = db.session.scalars(select(SpentPlace.rupiah).where(SpentPlace.registration_id == one.id)).all()
            assert sum(rows) == (self.used(one) if away else 0), (one.status, one.covered_from, one.covered_to, rows)

    def used(self, one) -> int:
        months = set(db.session.scalars(select(Due.month).where(Due.registration_id == one.id)))
        if one.covered_from and one.covered_to:
            months |= {month for month in MONTHS if one.covered_from <= last_day(month) and month <= one.covered_to}
        return ONE * len(months)


def forget() -> None:
    db.session.rollback()
    for model in (Due, Payment, ContributionMonth, Job, Recheck):
        db.session.execute(delete(model))
    for programme in db.session.scalars(select(Programme)):
        programme.renewal_of_id = None
    db.session.commit()
    clear()
