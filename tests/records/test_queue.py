"""The queue over random entries: order, pages, filters and counts, each against a plain walk over all of them."""

import random
from collections import Counter

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import create_account
from sbt_pwa.records.names import name_words
from sbt_pwa.records.queue import Filters, Key, Queue, QueueCount
from sbt_pwa.records.registration import Registration
from tests.sync.phones import account, content, enrolled, entries, entry
from tests.visitor import PASSWORD

VILLAGES = ["81.05.01.2003", "81.05.01.2004", "81.05.04.2001"]


@pytest.fixture
def crowd(app):
    """120 entries of two officers in three villages, a good part of them held, warned of or decided."""
    chance = random.Random(11)
    phones = {name: enrolled(app, name) for name in ("sari", "yusuf")}
    for seed in range(1, 121):
        other = {"village": chance.choice(VILLAGES)}
        other["district"] = other["village"][:8]
        other["name"] = f"{chance.choice(['Siti', 'Hasan'])} {chance.choice(['Rumakat', 'Kelian', 'Wokas'])}"
        if chance.random() < 0.2:
            other["nik"] = "8101" + content(seed if chance.random() < 0.6 else 1)["nik"][4:]
        elif chance.random() < 0.1:
            other["nik"] = content(1)["nik"]
        if chance.random() < 0.3:
            other |= {"category": "non_civil_servant", "agency": "Dinas"}
        phones[chance.choice(["sari", "yusuf"])].save(content(seed, **other))
    for phone in phones.values():
        phone.send()
    for one in entries():
        by = account("budi" if one.district_code == "81.05.01" else "halima")
        if one.status == "submitted" and chance.random() < 0.3:
            chance.choice([lambda: one.approve(by), lambda: one.send_back(by, ["other"]), lambda: one.refuse(by, ["deceased"])])()  # noqa: B023
    db.session.commit()
    create_account("disnaker", "Dinas", "supervisor", "81.05", PASSWORD, is_demo=True)
    create_account("raja", "Raja Bula", "supervisor", "81.05.01.2003", PASSWORD, is_demo=True)
    db.session.commit()
    return chance


FILTERS = [
    {},
    {"state": "held"},
    {"state": "submitted", "category": "non_civil_servant"},
    {"village": VILLAGES[0]},
    {"officer": "yusuf"},
    {"officer": "nobody"},
    {"warning": "nik_other_region"},
    {"warning": "same_nik", "officer": "sari"},
    {"category": "vulnerable", "village": VILLAGES[0], "warning": "nik_other_region"},
    {"state": "approved"},
    {"state": "returned", "officer": "sari"},
    {"text": "rumakat"},
    {"text": "Kelian, Siti", "village": VILLAGES[0]},
    {"text": "siti rumakat", "warning": "nik_other_region"},
    {"text": "siti", "state": "approved"},
]


def fits(one, by, told):
    state = told.get("state", "waiting")
    return (
        by.sees(one.village_code)
        and (one.is_waiting if state == "waiting" else one.status == state)
        and told.get("village", one.village_code) == one.village_code
        and told.get("officer", one.author.username) == one.author.username
        and told.get("category", one.category) == one.category
        and told.get("warning", "") in ("", *one.warnings)
        and name_words(told.get("text", "")) <= name_words(one.name)
    )


def may_ask(by, told):
    return "village" not in told or by.sees(told["village"])


def expected(by, told):
    rows = [one for one in entries() if fits(one, by, told)]
    if told.get("state") in ("approved", "returned", "refused"):
        return [one.id for one in sorted(rows, key=lambda one: (one.status_at, one.id), reverse=True)]
    return [one.id for one in sorted(rows, key=lambda one: (one.rank, one.submitted_at, one.id))]


@pytest.mark.parametrize("username", ["budi", "disnaker", "raja"])
def test_pages_hold_what_a_plain_walk_finds_in_both_directions(crowd, username):
    by = account(username)
    for told in FILTERS:
        if not may_ask(by, told):
            continue
        queue, ids, after = Queue(by, Filters.of(told)), [], None
        while True:
            page = queue.page(after=after, size=7)
            ids += [one.id for one in page.entries]
            last, after = page, page.after
            if after is None:
                break
        assert ids == expected(by, told), told
        back = [one.id for one in last.entries]
        while last.before:
            last = queue.page(before=last.before, size=7)
            back = [one.id for one in last.entries] + back
        assert back == ids, told


@pytest.mark.parametrize("username", ["budi", "disnaker", "raja"])
def test_a_search_tells_how_many_it_found_from_wherever_one_looks(crowd, username):
    by = account(username)
    for told in [*FILTERS, {"text": "zzzz"}]:
        if "text" in told and may_ask(by, told):
            asked, seen = Queue(by, Filters.of(told)), Queue(by, Filters.of(told))
            after = seen.page(size=2).after
            later = Queue(by, Filters.of(told))
            later.page(after=after, size=2)
            assert asked.found_count == seen.found_count == later.found_count == len(expected(by, told)), told
    assert Queue(by).found_count is None
    nik = next(one.nik for one in entries() if by.sees(one.village_code))
    assert Queue(by, Filters.of({"text": nik})).found_count == sum(
        one.nik == nik and by.sees(one.village_code) for one in entries()
    )


@pytest.mark.parametrize("username", ["budi", "disnaker", "raja"])
def test_counts_are_those_of_a_plain_walk(crowd, username):
    by = account(username)
    for told in FILTERS:
        if "text" in told or told.get("state") in ("approved", "returned"):
            continue
        if not may_ask(by, told):
            continue
        without_state = {name: value for name, value in told.items() if name != "state"}
        plain = Counter(one.status for one in entries() if fits(one, by, without_state))
        assert Queue(by, Filters.of(told)).counts() == {"submitted": 0, "held": 0} | plain, told


def test_the_database_counts_what_moves_and_what_goes(crowd):
    """Corrections, withdrawals, decisions taken back and rows deleted: the table of counts follows each."""
    from sqlalchemy import delete

    from sbt_pwa.records.event import Event
    from sbt_pwa.records.worker import NameWord

    for one in [one for one in entries() if one.is_waiting][:30]:
        by = account("budi" if one.district_code == "81.05.01" else "halima")
        crowd.choice([lambda: one.send_back(by, ["other"]), lambda: one.withdraw(one.author_id)])()  # noqa: B023
    db.session.commit()
    for one in [one for one in entries() if one.status == "returned"]:
        changed = one.answers | {"village": VILLAGES[1], "district": "81.05.01", "category": "vulnerable"}
        one.resubmit(one.author_id, {"village"}, [], held=one.has_open_twin)
        one.warnings = ["same_person"]
        one.write_answers(changed)
    db.session.commit()
    gone = [one.id for one in entries()][:20]
    for model in (Event, NameWord):
        db.session.execute(delete(model).where(model.registration_id.in_(gone)))
    db.session.execute(delete(Registration).where(Registration.id.in_(gone)))
    db.session.commit()
    columns = "district_code village_code author_id category status".split()
    counted = Counter()
    for row in db.session.query(QueueCount):
        counted[tuple(getattr(row, name) for name in columns)] += row.n
    plain = Counter(tuple(getattr(one, name) for name in columns) for one in entries() if one.is_waiting)
    assert +counted == plain and all(n >= 0 for n in counted.values())


def test_the_next_entry_is_never_the_own_one_and_goes_round(app):
    phone, by = enrolled(app), account("budi")
    for seed in (1, 2, 3, 4):
        phone.save(content(seed))
    phone.send()
    ids = [one.id for one in Queue(by).page().entries]
    for own in (ids[1], ids[3]):
        entry(str(own)).author_id = by.id
        db.session.commit()
    queue = Queue(by)
    assert queue.after(entry(str(ids[0]))).id == ids[2]
    assert queue.after(entry(str(ids[2]))).id == ids[0]
    assert queue.place(entry(str(ids[2]))) == 3


def test_a_key_is_read_as_it_is_told(app):
    phone = enrolled(app)
    one = phone.save(content(1))
    phone.send()
    key = Queue(account("budi")).key_of(entry(one))
    assert Key.read(str(key)) == key


def test_many_of_one_name_are_walked_and_few_are_picked(app, monkeypatch):
    from sbt_pwa.records import search

    phone, by = enrolled(app), account("budi")
    for seed in range(1, 13):
        phone.save(content(seed, name=f"Siti {'Rumakat' if seed % 2 else 'Kelian'}"))
    phone.send()
    few = Queue(by, Filters.of({"text": "siti kelian"}))
    assert few.found_count == 6 and not few.found.is_many
    monkeypatch.setattr(search, "FEW", 5)
    many = Queue(by, Filters.of({"text": "siti kelian"}))
    assert many.found.is_many and many.found_count is None
    assert [one.id for one in many.page().entries] == [one.id for one in few.page().entries]
