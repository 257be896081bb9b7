"""What a phone asks for: what became of its records (inbox), what the server has (have), and which database it is (epoch)."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import update

from sbt_pwa.kit.db import db
from sbt_pwa.records.event import Event
from sbt_pwa.records.intake import Erased
from sbt_pwa.sync.epoch import epoch, new_epoch
from tests.sync.phones import account, content, enrolled, entry, send
from tests.together import at_once


def age_news():
    """Let an hour pass over every event that is there."""
    db.session.execute(update(Event).values(at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)))
    db.session.commit()


def ask(phone, after=0):
    return phone.call("GET", f"/sync/inbox?after={after}")[1]


# ---- inbox


def test_news_of_an_officers_own_records_with_code_status_and_reasons(phone, other_phone):
    kept = send(phone, content(1))
    send(other_phone, content(2))
    entry(kept.envelope["id"]).send_back(account("budi"), ["nik_wrong", "other"], note="NIK ends in 7, says the neighbour")
    db.session.commit()
    [item] = ask(phone)["items"]
    assert set(item) == {"id", "author_id", "receipt_code", "status", "at", "reasons"}
    assert (item["id"], item["receipt_code"], item["status"]) == (kept.envelope["id"], kept.receipt_code, "returned")
    assert item["reasons"] == [{"field": "nik", "code": "nik_wrong"}, {"field": None, "code": "other"}]


def test_a_decision_that_was_undone_tells_the_status_it_has_again(phone):
    kept = send(phone, content(1))
    one, budi = entry(kept.envelope["id"]), account("budi")
    one.approve(budi)
    db.session.commit()
    one.undo(budi, dt.timedelta(hours=1))
    db.session.commit()
    phone.read_news()
    assert phone.news[kept.envelope["id"]]["status"] == "submitted"


def test_the_cursor_stays_behind_young_news_so_that_late_ones_are_told(phone):
    """Two decisions may commit in another order than they were numbered: what is young is told again."""
    first, second = send(phone, content(1)), send(phone, content(2))
    told = ask(phone)
    assert (len(told["items"]), told["after"], told["more"]) == (2, 0, False)
    age_news()
    told = ask(phone, told["after"])
    assert len(told["items"]) == 2 and told["after"] > 0
    assert ask(phone, told["after"])["items"] == []
    entry(first.envelope["id"]).approve(account("budi"))
    db.session.commit()
    late = ask(phone, told["after"])
    assert [one["status"] for one in late["items"]] == ["approved"]
    assert late["after"] == told["after"]
    assert second.envelope["id"] not in {one["id"] for one in late["items"]}


def test_a_new_phone_hears_only_what_stands_back_now(phone, monkeypatch):
    """The history of a year does not go over a thin line for three records that are to be put right."""
    budi = account("budi")
    ids = [send(phone, content(seed)).envelope["id"] for seed in range(1, 6)]
    moves = [lambda one: one.send_back(budi, ["nik_wrong"])] * 4 + [lambda one: one.approve(budi)]
    for one, move in [*zip(ids, moves, strict=True), (ids[0], lambda one: one.undo(budi, dt.timedelta(hours=1)))]:
        move(entry(one))
        db.session.commit()
    age_news()
    monkeypatch.setattr("sbt_pwa.records.inbox.PAGE", 2)
    told = phone.call("GET", "/sync/inbox?after=0&only=back")[1]
    assert ([item["status"] for item in told["items"]], told["more"]) == (["returned"] * 2, True)
    rest = phone.call("GET", f"/sync/inbox?after={told['after']}&only=back")[1]
    assert {item["id"] for item in told["items"] + rest["items"]} == set(ids[1:4])
    assert (rest["more"], ask(phone, rest["after"])["items"]) == (False, []), "and goes on from now"


def test_a_new_phone_whom_nothing_came_back_to_goes_on_from_now_too(phone):
    send(phone, content(1))
    age_news()
    told = phone.call("GET", "/sync/inbox?after=0&only=back")[1]
    assert told["items"] == [] and told["after"] > 0


def test_pages_end_and_miss_nothing(phone, monkeypatch):
    monkeypatch.setattr("sbt_pwa.records.inbox.PAGE", 3)
    ids = {phone.save(content(seed)) for seed in range(1, 9)}
    phone.send()
    phone.read_news()
    assert set(phone.news) == ids
    assert phone.after == 0  # all of it is young, whatever number the last page ended with
    age_news()
    phone.read_news()
    assert phone.after > 0
    assert ask(phone, phone.after)["items"] == []


def test_a_cursor_from_nowhere_does_no_harm(phone):
    send(phone, content(1))
    assert ask(phone, 999_999_999)["items"] == []


# ---- have


def test_have_sorts_into_missing_stored_and_gone(phone):
    here, other = send(phone, content(1)), send(phone, content(2))
    held = send(phone, content(1))
    bad = send(phone, content(3, nik="1"))
    away = phone.save(content(4))
    erased = phone.save(content(5))
    db.session.add(Erased(record_id=uuid.UUID(erased)))
    db.session.commit()
    other.envelope["digest"] = "A" * 43  # another digest is another record: the server has not that one
    phone.outbox[away].state = phone.outbox[erased].state = "accepted"
    lists = phone.offer()
    stored = {kept.envelope["id"] for kept in (here, held, bad)}
    assert {name: set(ids) for name, ids in lists.items()} == {
        "missing": {other.envelope["id"], away}, "stored": stored, "backed_up": set(), "gone": {erased},
    }  # fmt: skip
    assert phone.outbox[away].state == "waiting" and erased not in phone.outbox


# ---- epoch


def test_the_epoch_stays_while_nothing_happens(phone):
    before = epoch()
    for seed in (1, 2):
        send(phone, content(seed))
    phone.offer()
    assert phone.epoch == epoch() == before


def test_first_phones_of_a_fresh_place_are_told_one_epoch(app, house):
    """The file is made by the first call, and several processes may get their first phone in the same moment."""
    for _round in range(20):
        (house.folder / "epoch").unlink(missing_ok=True)
        told = []
        at_once(*[lambda told=told: told.append(epoch())] * 8, app=app)
        assert set(told) == {epoch()}
    assert [path.name for path in house.folder.glob("epoch*")] == ["epoch"]


@pytest.fixture
def forgetful(app, house, phone):
    """The database put back to how it was before the phone sent, as a snapshot would, and nobody told the app."""
    for seed in (1, 2, 3):
        phone.save(content(seed))
    phone.send()
    kept = (house.folder / "epoch").read_text()

    def forget():
        db.session.rollback()
        house.reset()
        (house.folder / "epoch").write_text(kept)
        enrolled_again = enrolled(app, "sari")
        phone.token, phone.device_id = enrolled_again.token, enrolled_again.device_id

    return forget


def test_a_phone_that_has_seen_more_than_the_database_holds_begins_a_new_epoch(phone, forgetful):
    before = phone.epoch
    old = [kept.envelope["id"] for kept in phone.outbox.values()]
    forgetful()
    fresh = phone.save(content(4))
    phone.send()  # the phone shows what it has seen; the server sees that it holds less
    assert phone.epoch != before and phone.epoch == epoch()
    assert [phone.outbox[one].state for one in old] == ["waiting"] * 3  # `have` told that they are missing
    phone.send()
    assert all(entry(one) for one in [*old, fresh])


def test_a_made_up_epoch_changes_nothing(phone):
    send(phone, content(1))
    before = epoch()
    for told in ("made-up", None, ["x"], {}, 7):
        body = {"epoch": told, "seen": 10**9, "records": []}
        assert phone.call("POST", "/sync/batch", body)[1]["epoch"] == before == epoch()


def test_a_strange_count_does_no_harm(phone):
    send(phone, content(1))
    for seen in ("9", None, True, -5, [], 10**40, 1.5):
        assert phone.call("POST", "/sync/batch", {"epoch": epoch(), "seen": seen, "records": []})[0] == 200


def test_after_a_new_epoch_the_phone_offers_what_it_holds(phone):
    kept = send(phone, content(1))
    before = new_epoch()
    send(phone, content(2))
    assert phone.epoch == before
    assert kept.state == "accepted"
