"""The counters after random histories, against a plain walk over all rows and against the recount."""

import datetime as dt
import random
import uuid
from collections import Counter
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update

from sbt_pwa.kit.db import db, uuid7
from sbt_pwa.kit.i18n import today
from sbt_pwa.records import counters, recount
from sbt_pwa.records.coverage import Choice, Coverage
from sbt_pwa.records.event import Event
from sbt_pwa.records.history import history_of
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.to_do import villages_without_visit
from tests.sync.phones import account, content, enrolled, entries
from tests.together import at_once
from tests.words import words

ZONE = "Asia/Jayapura"
VILLAGES = ["81.05.01.2003", "81.05.01.2004", "81.05.04.2001"]
# Around midnight and the turn of a week in WIT: Sunday 2026-03-01 15:00 UTC is Monday 00:00 there.
MOMENTS = [dt.datetime(2026, 3, 1, 14, 59, 59, 999_999, dt.UTC) + dt.timedelta(hours=hours) for hours in (0, 0.001, 9, 24, 170)]
DAYS = [None, dt.date(2026, 1, 1), dt.date(2026, 12, 31)]
STATUSES = "submitted held returned approved waitlisted sent active declined refused withdrawn ended".split()
KINDS = [*STATUSES, "undone", "photo_arrived"]
COMMON = ["category", "programme_id"]


def row(chance, **fixed):
    """One registration as it lies in the table; what is not counted may be anything."""
    village, at = chance.choice(VILLAGES), chance.choice(MOMENTS)
    told = changes(chance, list(CHOICES))
    return told | {
        "id": uuid7(), "changed_at": at, "version": 1, "saved_at": at, "submitted_at": at, "consent_at": at,
        "village_code": village, "district_code": village[:8], "nik_sealed": b"", "name_sealed": b"",
        "nik_index": uuid.uuid4().bytes, "person_index": b"", "warnings": [], "confirmed": [], "rank": 9,
    } | fixed  # fmt: skip


def programmes():
    return [None, *db.session.scalars(select(Programme.id).order_by(Programme.id))]


CHOICES = {
    "category": lambda: ["vulnerable", "non_civil_servant"],
    "programme_id": programmes,
    "status": lambda: STATUSES,
    "status_at": lambda: MOMENTS,
    "made_at": lambda: MOMENTS,
    "author_id": lambda: [account("sari").id, account("yusuf").id],
    "covered_from": lambda: DAYS,
    "covered_to": lambda: DAYS,
    "committed_rupiah": lambda: [None, 201_600, 403_200],
    "occupation": lambda: ["fisher", "farmer"],
    "sex": lambda: ["male", "female"],
    "birth_date": lambda: [dt.date(1980, 12, 31), dt.date(1981, 1, 1)],
}


def changes(chance, names):
    return {name: chance.choice(CHOICES[name]()) for name in names}


def some(chance, model):
    ids = sorted(db.session.scalars(select(model.id)))
    return chance.sample(ids, min(len(ids), chance.randint(1, 4)))


def arrive(chance):
    db.session.execute(insert(Registration.__table__), [row(chance) for _ in range(chance.randint(1, 4))])


def happen(chance):
    for one in some(chance, Registration):
        told = {"id": uuid7(), "registration_id": one, "kind": chance.choice(KINDS), "at": chance.choice(MOMENTS)}
        told |= {"is_again": chance.random() < 0.3, "reasons": [], "fields": []}
        db.session.execute(insert(Event.__table__), [told])


def change(chance):
    told = changes(chance, chance.sample(list(CHOICES), chance.randint(1, 4)))
    if chance.random() < 0.3:
        told["village_code"] = chance.choice(VILLAGES)
        told["district_code"] = told["village_code"][:8]
    db.session.execute(update(Registration.__table__).where(Registration.id.in_(some(chance, Registration))).values(**told))


def change_what_is_not_counted(chance):
    db.session.execute(update(Registration.__table__).where(Registration.id.in_(some(chance, Registration))).values(rank=1))


def tell_otherwise(chance):
    told = {"at": chance.choice(MOMENTS)} | ({"kind": chance.choice(KINDS)} if chance.random() < 0.5 else {})
    told |= {"is_again": chance.random() < 0.5} if chance.random() < 0.5 else {}
    db.session.execute(update(Event.__table__).where(Event.id.in_(some(chance, Event))).values(**told))


def go(chance):
    gone = some(chance, Registration)
    db.session.execute(delete(Event.__table__).where(Event.registration_id.in_(gone)))
    db.session.execute(delete(Registration.__table__).where(Registration.id.in_(gone)))


STEPS = [arrive, arrive, happen, happen, happen, change, change, change_what_is_not_counted, tell_otherwise, go]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), length=st.integers(1, 25))
def test_the_counters_are_those_of_a_plain_walk(app, seed, length):
    chance = random.Random(seed)
    try:
        arrive(chance)
        for _ in range(length):
            chance.choice(STEPS)(chance)
        counters.fold(db.session.connection())  # as each commit does; nothing is committed here
        assert kept() == plain()
        assert recount.differences(ZONE) == []
    finally:
        db.session.rollback()


def kept():
    """What the counters say, slots together."""
    found = {}
    for model in (
        counters.CoverageCount, counters.PortraitCount, counters.StandingCount, counters.FlowCount, counters.OfficerCount,
    ):  # fmt: skip
        sums = ["n", "rupiah"] if model is counters.CoverageCount else ["n"]
        keys = sorted(c.name for c in model.__table__.columns if c.name not in ("slot", *sums))
        query = select(*(getattr(model, key) for key in keys), *(func.sum(getattr(model, name)) for name in sums))
        rows = [tuple(one) for one in db.session.execute(query.group_by(*(getattr(model, key) for key in keys)))]
        assert all(one[len(keys)] >= 0 for one in rows)
        found[model.__tablename__] = {one[: len(keys)]: tuple(map(int, one[len(keys) :])) for one in rows if one[len(keys)]}
    return found


def plain():
    """The same by walking over every row in Python."""
    found = {name: Counter() for name in ("coverage_count", "portrait_count", "standing_count", "flow_count", "officer_count")}
    rupiah = Counter()
    db.session.expire_all()
    for one in db.session.scalars(select(Registration)):
        whose = one.programme_id or counters.NO_PROGRAMME
        active = one.status == "active"
        stage = "active" if active else "over" if one.status in ("refused", "withdrawn", "ended") else "work"
        cover = [day.isoformat() if active and day else "" for day in (one.covered_from, one.covered_to)]
        told = [("registered", one.made_at)]
        events = db.session.scalars(select(Event).where(Event.registration_id == one.id))
        told += [(e.kind, e.at) for e in events if e.kind not in ("submitted", "held", "photo_arrived") and not e.is_again]
        for region in (one.village_code, one.village_code[:8], one.village_code[:5]):
            portraits = [("born", f"{one.sex} {one.birth_date.year}"), ("occupation", one.occupation)]
            for kind, value in portraits:
                found["portrait_count"][one.category, kind, whose, region, stage, value] += 1
            for kind, at in told:
                found["flow_count"][one.category, kind, whose, region, monday(at)] += 1
                found["officer_count"][one.author_id, one.category, kind, whose, region, monday(at)] += 1
            if len(region) > 5:
                key = (one.category, *cover, whose, region, one.status)
                found["coverage_count"][key] += 1
                rupiah[key] += one.committed_rupiah or 0
                if stage == "work":
                    found["standing_count"][one.category, local(one.status_at), whose, region, one.status] += 1
    return {
        name: {key: (n, rupiah[key]) if name == "coverage_count" else (n,) for key, n in counts.items()}
        for name, counts in found.items()
    }


def local(at):
    return at.astimezone(ZoneInfo(ZONE)).date()


def monday(at):
    return local(at) - dt.timedelta(days=local(at).weekday())


@pytest.fixture
def busy(app):
    """Forty entries that arrived as phones send them."""
    phones = {name: enrolled(app, name) for name in ("sari", "yusuf")}
    for seed in range(1, 41):
        village = VILLAGES[seed % 3]
        phones["sari" if seed % 2 else "yusuf"].save(content(seed, village=village, district=village[:8]))
    for phone in phones.values():
        phone.send()
    return app


def test_people_and_phones_are_counted_as_they_move(busy):
    """The real moves, by the objects: approved, sent, active, ended, corrected into another village."""
    chance, dewi = random.Random(5), account("dewi")
    for one in entries():
        by = account("budi" if one.district_code == "81.05.01" else "halima")
        goal = chance.choice(["stay", "return", "refuse", "approve", "send", "active", "ended", "decline", "undo"])
        lead(one, goal, by, dewi)
        db.session.commit()
    back = next(one for one in entries() if one.status == "returned")
    back.resubmit(back.author_id, {"village"}, [], held=False)
    back.write_answers(back.answers | {"village": VILLAGES[1], "district": VILLAGES[1][:8]})
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(counters.CoverageMove)) == 0  # counted with each commit
    assert kept() == plain()
    assert recount.differences(ZONE) == []


def lead(one, goal, by, dewi):
    if goal == "return":
        one.send_back(by, ["other"])
    if goal == "refuse":
        one.refuse(by, ["deceased"])
    if goal in ("approve", "send", "active", "ended", "decline", "undo"):
        one.approve(by)
    if goal == "undo":
        one.undo(by, dt.timedelta(hours=1))
    if goal in ("send", "active", "ended", "decline"):
        one.mark_sent(dewi)
    if goal == "decline":
        one.decline(dewi, "NIK_MISMATCH")
    if goal in ("active", "ended"):
        one.activate(dewi, f"{one.id.int % 10**11:011}", dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    if goal == "ended":
        one.end(dewi, ["moved_away"], dt.date(2026, 6, 30))


def test_a_week_counts_a_person_once_however_often_approved_or_taken(busy):
    """An approval that was taken back and given again, a member whose renewal is taken, and one who comes back after a gap."""
    dewi, this_week = account("dewi"), Coverage(Choice("81.05", 2026), today())
    again, renewed, back, once = [one for one in entries() if one.district_code == "81.05.01"][:4]
    for one in (again, renewed, back, once):
        one.approve(account("budi"))
    again.undo(account("budi"), dt.timedelta(hours=1))
    again.approve(account("budi"))
    for one in (renewed, back):
        one.mark_sent(dewi)
        one.activate(dewi, f"{one.id.int % 10**11:011}", dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    db.session.commit()
    db.session.expire_all()  # the next answers come in requests of their own
    renewed.activate(dewi, renewed.kpj, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    back.decline(dewi, "NIK_MISMATCH")
    back.resubmit(back.author_id, {"nik"}, [], held=False)
    back.approve(account("budi"))
    back.mark_sent(dewi)
    back.activate(dewi, back.kpj, dt.date(2026, 3, 1), dt.date(2026, 12, 31))
    db.session.commit()
    told = this_week.weeks[-1][1]
    assert (told["approved"], told["active"], told["registered"]) == (4, 2, 40)
    assert [sum(one.counts[kind] for one in this_week.officers) for kind in ("registered", "active")] == [40, 2]
    assert kept() == plain()
    assert recount.differences(ZONE) == []
    assert [told["what"] for told in history_of(back)][:3] == [
        words("Taken by BPJS again"), words("Sent to BPJS"), words("Approved again"),
    ]  # fmt: skip


def test_moves_at_once_are_all_counted_and_none_waits_crosswise(busy):
    """Eight at a time, each with rows of the same villages in an order of its own."""
    ids = [one.id for one in entries()]

    def work(number):
        chance = random.Random(number)
        for _ in range(6):
            for one in chance.sample(ids[number * 5 : number * 5 + 5], 3):
                told = changes(chance, ["status", "occupation", "status_at", "covered_from"])
                told["village_code"] = chance.choice(VILLAGES)
                db.session.execute(update(Registration.__table__).where(Registration.id == one).values(**told))
            if chance.random() < 0.3:
                db.session.rollback()
            db.session.commit()

    at_once(*[partial(work, number) for number in range(8)], app=busy)  # a deadlock or a lost lock is what is looked for
    assert kept() == plain()


def test_a_savepoint_that_is_taken_back_counts_nothing(busy):
    one = entries()[0]
    with db.session.begin_nested() as attempt:
        one.send_back(account("budi" if one.district_code == "81.05.01" else "halima"), ["other"])
        db.session.flush()
        attempt.rollback()
    other = entries()[1]
    other.send_back(account("budi" if other.district_code == "81.05.01" else "halima"), ["other"])
    db.session.commit()
    assert kept() == plain()


def test_a_recount_puts_right_what_was_spoilt_and_may_be_run_again(busy):
    before = kept()
    db.session.execute(update(counters.CoverageCount).values(n=counters.CoverageCount.n + 1))
    db.session.execute(delete(counters.FlowCount))
    db.session.commit()
    wrong = dict(recount.differences(ZONE))
    assert set(wrong) == {"coverage_count", "flow_count"}
    for _ in range(2):
        recount.rebuild(ZONE)
        db.session.commit()
        assert recount.differences(ZONE) == [] and kept() == before


def test_another_time_zone_is_seen_and_taken_up_by_a_recount(busy):
    assert recount.differences("Asia/Jakarta") == [("coverage_clock", 1)]
    recount.rebuild("Asia/Jakarta")
    db.session.commit()
    assert recount.differences("Asia/Jakarta") == []


@pytest.mark.only_on("sqlite")
def test_what_is_read_of_weeks_begins_at_the_first_of_them(busy):
    """History grows and the page does not: SQLite goes to the region, the kind and the week, and walks over nothing."""
    plans = []

    def note(connection, _cursor, statement, parameters, *_more):
        if "_count" in statement:
            plans.extend(row[3] for row in connection.connection.execute("EXPLAIN QUERY PLAN " + statement, parameters))

    sqlalchemy.event.listen(db.engine, "before_cursor_execute", note)
    coverage = Coverage(Choice("81.05", 2026), dt.date(2026, 3, 2))
    assert coverage.weeks and coverage.places and coverage.sexes
    assert coverage.officers and villages_without_visit(account("agus"), "81.05", dt.date(2026, 3, 2))
    sqlalchemy.event.remove(db.engine, "before_cursor_execute", note)
    read = [plan for plan in plans if "_count" in plan]
    assert [plan for plan in read if "SCAN" in plan] == []
    to_the_week = "USING PRIMARY KEY (region_code=? AND kind=? AND week>?)"
    assert [plan for plan in read if "flow_" in plan or "officer_" in plan] == [
        f"SEARCH flow_count {to_the_week}", f"SEARCH officer_count {to_the_week}", f"SEARCH flow_count {to_the_week}",
    ]  # fmt: skip
