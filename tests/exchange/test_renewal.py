"""Renewal: members are found again village by village; who is confirmed carries on, the others end, places go to the next."""

import datetime as dt

import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, today
from sbt_pwa.kit.months import months_later
from sbt_pwa.records import renewal as record
from sbt_pwa.records.batch import BatchRow, ready_count, start_batch
from sbt_pwa.records.contribution_month import Due, list_month
from sbt_pwa.records.programme import Programme, taken_in
from sbt_pwa.records.recheck import Recheck
from sbt_pwa.records.renewal import carry_on, close_renewal, start_renewal
from tests.members import DAY, make_member, work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.sync.phones import account
from tests.words import words

FIRST = dt.date.today().replace(month=1, day=1)


@pytest.fixture
def old(app):
    """A programme that ends with this month."""
    close_programmes()
    today = dt.date.today()
    return make_programme(start_on=FIRST, months=today.month, name="Perlindungan lama")


@pytest.fixture
def over(app):
    """A programme that ended with last year."""
    close_programmes()
    return make_programme(start_on=FIRST.replace(year=FIRST.year - 1), months=12, name="Perlindungan lama")


def renewed(old) -> Programme:
    new = start_renewal(old, "Perlindungan baru", account("dewi"))
    db.session.commit()
    return new


def say(entry, found, reason="not_confirmed"):
    row = db.session.get(Recheck, {"programme_id": entry.programme_id, "registration_id": entry.id})
    row.confirm(account("sari")) if found else row.give_up(account("sari"), reason)
    db.session.commit()


def close(old):
    close_renewal(old, account("dewi"))
    work()
    db.session.expire_all()


def test_the_next_programme_begins_as_a_draft_on_the_day_after(old):
    make_member(old, 1, FIRST)
    new = renewed(old)
    assert (new.state, new.start_on, new.renewal_of_id) == ("draft", old.end_on + DAY, old.id)
    assert [(a.region_code, a.places, a.taken) for a in new.allotments] == [("81.05", old.whole.places, 0)]
    assert (new.insurances, new.funding, new.months) == (old.insurances, old.funding, old.months)


def test_who_is_still_to_be_found_is_counted_in_the_region_asked_for_and_the_own_one(old):
    members = [make_member(old, 1, FIRST), make_member(old, 2, FIRST), make_member(old, 3, FIRST, district="81.05.04")]
    renewed(old)
    asked = [("agus", "81.05"), ("agus", "81.05.01"), ("agus", members[2].village_code), ("budi", "81.05"), ("budi", "81.05.04")]
    assert [record.count_to_recheck(account(who), region) for who, region in asked] == [3, 2, 1, 2, 0]
    say(members[0], True)
    members[1].end(account("dewi"), ["moved_away"], dt.date.today())
    db.session.commit()
    assert [record.count_to_recheck(account(who), region) for who, region in asked] == [1, 0, 1, 0, 0]


def test_the_office_starts_it_and_is_told_who_waits(old, dewi):
    make_member(old, 1, FIRST)
    page = dewi.get("/exchange/renewal").see("Perlindungan lama")
    page.submit("/exchange/renewal", status=422, name=" ").see(words("Start the renewal"))
    dewi.get("/exchange/renewal").submit("/exchange/renewal", name="Perlindungan baru").see("Perlindungan baru")
    dewi.get("/exchange/renewal").not_see(words("Start the renewal"))
    dewi.post("/exchange/renewal", {"programme": str(old.id), "name": "Once more"}, status=409)


def test_the_officer_finds_members_of_the_own_region_whoever_registered_them(old, visitor, new_visitor):
    here = make_member(old, 1, FIRST, author="yusuf")
    make_member(old, 2, FIRST, district="81.05.04")
    renewed(old)
    visitor.sign_in("sari")
    page = visitor.get("/register/recheck").follow("Bula").see(here.name, here.masked_nik)
    page.not_see(here.nik)
    visitor.post(f"/register/recheck/{here.id}", {"answer": "found", "village": here.village_code}).see("Sari Rumakat")
    assert db.session.scalar(select(Recheck).where(Recheck.registration_id == here.id)).state == "confirmed"
    halima = new_visitor()
    halima.sign_in("halima")
    assert here.name not in halima.get(f"/approve/recheck?village={here.village_code}").text
    halima.post(f"/approve/recheck/{here.id}", {"answer": "gone", "reason": "has_died"}, status=404)


def test_the_supervisor_says_not_found_with_a_reason_and_may_think_again(old, visitor):
    one = make_member(old, 1, FIRST)
    renewed(old)
    visitor.sign_in("budi")
    visitor.get("/approve/recheck").follow("Bula").see(one.name)
    address = f"/approve/recheck/{one.id}"
    visitor.post(address, {"answer": "gone", "village": one.village_code}, status=422).see(one.name)
    visitor.post(address, {"answer": "gone", "reason": "in_arrears", "village": one.village_code}, status=422)
    visitor.post(address, {"answer": "gone", "reason": "moved_away", "village": one.village_code}).see("Budi Wokas")
    visitor.post(address, {"answer": "found", "village": one.village_code}).see(words("Found, carries on"))
    row = db.session.scalar(select(Recheck))
    assert (row.state, row.reason) == ("confirmed", "")


def test_who_is_confirmed_carries_on_and_keeps_the_cover(old):
    one, other = make_member(old, 1, FIRST), make_member(old, 2, FIRST)
    new = renewed(old)
    say(one, True)
    cover = (one.covered_from, one.covered_to, one.kpj)
    close(old)
    assert (one.status, one.programme_id) == ("active", new.id)
    assert (one.covered_from, one.covered_to, one.kpj) == cover
    assert (other.status, other.programme_id) == ("active", old.id)
    for programme in (old, new):
        assert (programme.whole.taken, programme.whole.committed_rupiah) == taken_in(programme, "81.05")
        assert programme.whole.taken == 1


def test_after_the_last_day_the_others_end_with_their_reason(over):
    confirmed, gone, unasked = (make_member(over, seed, over.start_on) for seed in (1, 2, 3))
    new = renewed(over)
    say(confirmed, True)
    say(gone, False, "has_died")
    close(over)
    assert (confirmed.status, confirmed.programme_id) == ("active", new.id)
    assert [(one.status, one.covered_to, one.events[-1].reasons[0]["code"]) for one in (gone, unasked)] == [
        ("ended", over.end_on, "has_died"),
        ("ended", over.end_on, "not_confirmed"),
    ]
    assert over.state == "closed" and over.whole.taken == 0


def test_nobody_ends_on_a_day_of_cover_that_the_insurer_told(over, dewi):
    long_over, yesterday, longer = (
        make_member(over, seed, over.start_on, last)
        for seed, last in ((1, over.end_on - 40 * DAY), (2, max(today() - DAY, over.end_on)), (3, today()))
    )
    renewed(over)
    say(longer, False, "moved_away")
    close(over)
    assert [(one.status, one.covered_to) for one in (long_over, yesterday, longer)] == [
        ("ended", over.end_on - 40 * DAY),
        ("ended", max(today() - DAY, over.end_on)),
        ("active", today()),
    ]
    assert (over.state, over.whole.taken) == ("closed", 1)
    page = dewi.get(f"/exchange/renewal/{over.id}").see("1 orang", show_day(today()))
    longer.covered_to = today() - DAY  # as if a day had passed
    db.session.commit()
    page.submit("/close")
    work()
    db.session.expire_all()
    assert (longer.status, longer.covered_to, longer.events[-1].reasons[0]["code"]) == ("ended", today() - DAY, "moved_away")
    dewi.get(f"/exchange/renewal/{over.id}").not_see(words("Close the renewal"))


def test_who_finds_no_place_stays_and_is_carried_over_when_there_is_one(over):
    people = [make_member(over, seed, over.start_on) for seed in (1, 2, 3)]
    new = renewed(over)
    new.allot("81.05", 2, 10**12)
    db.session.commit()
    for one in people:
        say(one, True)
    close(over)
    assert sorted(one.programme_id == new.id for one in people) == [False, True, True]
    assert all(one.status == "active" for one in people)
    new.allot("81.05", 3, 10**12)
    db.session.commit()
    close(over)
    assert all(one.programme_id == new.id for one in people) and new.whole.taken == 3


def test_closing_is_taken_up_after_a_fall_and_nobody_is_moved_twice(over, monkeypatch):
    monkeypatch.setattr(record, "STEP", 2)
    people = [make_member(over, seed, over.start_on) for seed in range(1, 6)]
    new = renewed(over)
    for one in people[:4]:
        say(one, True)
    job = close_renewal(over, account("dewi"))
    db.session.commit()
    steps = carry_on(job)
    next(steps)
    db.session.commit()
    steps.close()
    work()
    db.session.expire_all()
    assert new.whole.taken == 4
    assert sorted(one.status for one in people) == ["active"] * 4 + ["ended"]
    assert all(len([e for e in one.events if e.kind == "ended"]) <= 1 for one in people)


def test_places_that_are_freed_go_to_the_waiting_list(over):
    running = make_programme(places=1, start_on=FIRST, months=24, name="Running", opened=True)
    running.state = "draft"
    db.session.commit()
    one, waiting = make_member(over, 1, over.start_on), make_member(over, 2, over.start_on)
    waiting.status, waiting.programme_id, waiting.committed_rupiah, waiting.covered_from = "waitlisted", None, None, None
    db.session.commit()
    renewed(over)
    running.open()
    db.session.commit()
    close(over)
    assert (one.status, waiting.status, waiting.programme_id) == ("ended", "approved", running.id)


def test_a_place_that_a_carried_over_member_leaves_is_nobody_elses_while_the_cover_runs(app, dewi):
    """The renewal is closed while the old programme is open and has a month to go."""
    close_programmes()
    running = make_programme(places=1, start_on=months_later(dt.date.today(), -4), months=6, name="Perlindungan lama")
    one = make_member(running, 1, running.start_on)
    waiting = register(app, [11])
    approve(waiting)
    new = renewed(running)
    close(running)
    assert (running.state, one.programme_id) == ("open", running.id)  # nobody was carried over
    say(one, True)
    dewi.get(f"/exchange/renewal/{running.id}").see(
        words("The old programme is closed then: their cover there goes on, so nobody else gets a place in it.")
    )
    close(running)
    approve(later := register(app, [12]))
    db.session.expire_all()
    assert (one.programme_id, one.status, one.covered_to) == (new.id, "active", running.end_on)
    assert [(entry.status, entry.programme_id) for entry in (*waiting, *later)] == [("waitlisted", None)] * 2
    assert (running.state, running.whole.taken) == ("closed", 0)
    limits_hold()


def test_who_is_carried_over_stands_in_the_first_batch_and_the_answer_moves_only_the_last_day(old):
    one = make_member(old, 1, FIRST)
    new = renewed(old)
    say(one, True)
    close(old)
    assert ready_count(new) == 1
    batch = start_batch(new, None, account("dewi"))
    work()
    db.session.expire_all()
    assert batch.row_count == 1 and one.status == "active"
    assert db.session.scalar(select(BatchRow.registration_id)) == one.id
    assert ready_count(new) == 0
    one.activate(account("dewi"), one.kpj, new.start_on, new.end_on)
    db.session.commit()
    assert (one.status, one.covered_from, one.covered_to) == ("active", FIRST, new.end_on)
    assert ready_count(new) == 0


def test_the_old_programmes_months_stay_due_after_the_renewal(old):
    one = make_member(old, 1, FIRST)
    new = renewed(old)
    say(one, True)
    close(old)
    for programme, month in ((old, FIRST), (new, new.start_on)):
        list_month(programme, month, account("dewi"))
    work()
    assert list(db.session.execute(select(Due.programme_id, Due.month))) == [(old.id, FIRST)]
    one.activate(account("dewi"), one.kpj, new.start_on, new.end_on)
    list_month(new, new.start_on, account("dewi"))
    work()
    assert (new.id, new.start_on) in [tuple(row) for row in db.session.execute(select(Due.programme_id, Due.month))]


def test_the_office_closes_it_on_its_page(over, dewi):
    one, other = make_member(over, 1, over.start_on), make_member(over, 2, over.start_on)
    renewed(over)
    say(one, True)
    page = dewi.get(f"/exchange/renewal/{over.id}").see(words("Found, not carried over yet"))
    page.submit("/close")
    work()
    dewi.get(f"/exchange/renewal/{over.id}").not_see(words("Close the renewal"))
    db.session.expire_all()
    assert (one.status, other.status) == ("active", "ended")
