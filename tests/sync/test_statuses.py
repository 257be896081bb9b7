"""Each status of a batch with each of its reasons, and what the server then holds."""

import datetime as dt
import uuid

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.intake import Erased
from tests.protocol_client import moment, uuid7
from tests.sync.phones import NOBODY, account, content, entries, entry, envelopes, picture, send

YEAR = 365 * 86400


def ago(seconds):
    return moment(dt.datetime.now(dt.UTC).timestamp() - seconds)


def test_accepted_is_an_entry(phone):
    kept = send(phone, content(1))
    assert (kept.state, kept.reasons) == ("accepted", [])
    stored = entry(kept.envelope["id"])
    assert (stored.status, stored.name, stored.nik) == ("submitted", content(1)["name"], content(1)["nik"])
    assert [event.kind for event in stored.events] == ["submitted"]
    assert envelopes()[0].server_seq == kept.server_seq


def test_duplicate_answers_the_same_and_stores_nothing(phone):
    kept = send(phone, content(1))
    first = kept.server_seq
    kept.state = "waiting"
    phone.send()
    assert (kept.state, kept.server_seq) == ("duplicate", first)
    assert (len(entries()), len(envelopes())) == (1, 1)


def test_the_same_record_twice_in_one_batch_is_stored_once(phone):
    record_id = phone.save(content(1))
    twice = {"epoch": None, "seen": 0, "records": [phone.outbox[record_id].envelope] * 2}
    _status, answer = phone.call("POST", "/sync/batch", twice)
    assert [one["status"] for one in answer["results"]] == ["accepted", "accepted"]
    assert len({one["server_seq"] for one in answer["results"]}) == 1
    assert len(entries()) == 1


def test_awaiting_photo_until_the_photo_has_come(phone):
    kept = send(phone, content(1), photo=picture())
    assert kept.state == "awaiting_photo"
    kept.state = "waiting"
    phone.send()
    assert kept.state == "awaiting_photo"  # said again when asked again
    phone.send_photos()
    kept.state = "waiting"
    phone.send()
    assert kept.state == "duplicate"


# ---- held: an entry (or at least its envelope) that a person looks at


def test_held_for_the_same_nik(phone, other_phone):
    send(phone, content(1))
    kept = send(other_phone, content(1, name="Someone Else"))
    assert (kept.state, kept.reasons) == ("held", [{"field": "nik", "code": "same_nik"}])
    assert entry(kept.envelope["id"]).status == "held"
    kept.state = "waiting"
    other_phone.send()
    assert (kept.state, kept.codes) == ("held", ["same_nik"])


def test_held_for_an_officer_who_is_no_longer_active(phone):
    account("sari").is_active_account = False
    db.session.commit()
    kept = send(phone, content(1))
    assert (kept.state, kept.codes) == ("held", ["officer_inactive"])
    assert entry(kept.envelope["id"]).status == "held"


def test_held_for_an_author_who_never_signed_in_on_that_phone(phone):
    kept = send(phone, content(1), author_id=str(account("yusuf").id))
    assert (kept.state, kept.codes) == ("held", ["author_unknown"])
    assert entry(kept.envelope["id"]).status == "held"


def test_held_without_an_entry_for_an_author_who_does_not_exist(phone):
    kept = send(phone, content(1), author_id=NOBODY)
    assert (kept.state, kept.codes) == ("held", ["author_unknown"])
    assert kept.server_seq and entries() == []
    assert [row.state for row in envelopes()] == ["quarantined"]


@pytest.mark.parametrize("author", ["sari", "budi", None])
def test_a_phone_cannot_pass_for_a_page_of_the_server(phone, author):
    """The nil device belongs to pages, where the signed-in person is the author. From a phone it proves nothing."""
    author_id = str(account(author).id) if author else NOBODY
    kept = send(phone, content(1), device_id="00000000-0000-0000-0000-000000000000", author_id=author_id)
    assert (kept.state, kept.codes) == ("held", ["author_unknown"])


@pytest.mark.parametrize(
    "header",
    [{"saved_at": ago(-YEAR)}, {"saved_at": ago(2 * YEAR)}, {"saved_at": ago(5 * 86400), "server_seen_at": ago(3 * 86400)},
     {"saved_at": "1970-01-01T00:00:07Z", "id": "00000000-1b58-7000-8000-000000000001"},
     {"saved_at": "2100-01-01T00:00:00Z", "id": uuid7(4102444800.0)}],
)  # fmt: skip
def test_held_for_a_clock_far_off(phone, header):
    kept = send(phone, content(1), **header)
    assert (kept.state, kept.codes) == ("held", ["clock_off"])
    assert entry(kept.envelope["id"]).submitted_at > dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)


@pytest.mark.parametrize("days", [0.9, -0.9])
def test_a_clock_a_little_off_is_nobodys_trouble(phone, days):
    assert send(phone, content(1), saved_at=ago(days * 86400)).state == "accepted"


def test_a_record_from_sixty_days_ago_is_accepted(phone):
    assert send(phone, content(1), saved_at=ago(60 * 86400), server_seen_at=ago(61 * 86400)).state == "accepted"


def test_held_for_a_missing_parent(phone):
    kept = send(phone, {"name": "Other"}, kind="correct", parent=NOBODY)
    assert (kept.state, kept.codes, entries()) == ("held", ["parent_missing"], [])
    kept.state = "waiting"
    phone.send()
    assert (kept.state, kept.codes) == ("held", ["parent_missing"])


def test_held_for_a_missing_parent_even_of_an_unknown_author(phone):
    kept = send(phone, {"name": "Other"}, kind="correct", parent=NOBODY, author_id=NOBODY)
    assert kept.state == "held" and kept.server_seq


def test_held_for_an_entry_that_has_moved_on(phone):
    first = send(phone, content(1))
    kept = send(phone, {"name": "Other"}, kind="correct", parent=first.envelope["id"])
    assert (kept.state, kept.codes) == ("held", ["not_correctable"])
    assert entry(first.envelope["id"]).name == content(1)["name"]
    kept.state = "waiting"
    phone.send()
    assert (kept.state, kept.codes) == ("held", ["not_correctable"])


# ---- conflict, gone, retry


def test_conflict_keeps_both(phone):
    first = send(phone, content(1))
    kept = send(phone, content(2), id=first.envelope["id"])
    assert (kept.state, kept.codes) == ("conflict", ["conflict"])
    assert [row.state for row in envelopes()] == ["taken", "conflict"]
    assert [one.name for one in entries()] == [content(1)["name"]]
    kept.state = "waiting"
    phone.send()
    assert (kept.state, len(envelopes())) == ("conflict", 2)


def test_conflict_within_one_batch_also_when_it_comes_twice(phone):
    first = phone.outbox[phone.save(content(1))]
    second = phone.outbox[phone.save(content(2), id=first.envelope["id"])]
    third = phone.outbox[phone.save(content(3))]
    records = [kept.envelope for kept in (first, second, second, third)]
    _status, answer = phone.call("POST", "/sync/batch", {"records": records})
    assert [one["status"] for one in answer["results"]] == ["accepted", "conflict", "conflict", "accepted"]
    assert len(entries()) == 2


def test_gone_is_never_taken_again_and_nothing_that_belongs_to_it(phone):
    record_id = phone.save(content(1))
    db.session.add(Erased(record_id=uuid.UUID(record_id)))
    db.session.commit()
    follow = phone.save({"name": "Other"}, kind="correct", parent=record_id)
    phone.send()
    assert record_id not in phone.outbox and follow not in phone.outbox
    assert (entries(), envelopes()) == ([], [])


@pytest.mark.parametrize("newer", [{"v": 2}, {"schema": "registration/2"}])
def test_retry_keeps_what_is_newer_than_the_server_on_the_phone(phone, newer):
    kept = send(phone, content(1), **newer)
    assert (kept.state, kept.codes, kept.server_seq) == ("waiting", ["server_older"], None)
    assert envelopes() == []


def test_one_bad_record_never_blocks_the_others(phone):
    good = [phone.save(content(seed)) for seed in range(1, 6)]
    bad = [
        phone.save(content(7, nik="1")),
        phone.save(content(8), author_id=NOBODY),
        phone.save(content(9), device_id="00000000-0000-0000-0000-000000000000", author_id=NOBODY),
        phone.save(content(10), server_seen_at="1970-01-01T00:00:00Z"),
        phone.save({"name": "x"}, kind="correct", parent=NOBODY, author_id=NOBODY),
        phone.save(content(11), v=2),
    ]
    order = [one for pair in zip(bad, [*good, None], strict=True) for one in pair if one]
    records = [phone.outbox[one].envelope for one in order]
    junk = [None, 7, "x", [], {}, {"v": 1}, {"id": {}, "digest": []}, [[[]]]]
    _status, answer = phone.call("POST", "/sync/batch", {"records": [*junk, *records]})
    told = {one["id"]: one["status"] for one in answer["results"] if one["id"]}
    assert [told[one] for one in good] == ["accepted"] * 5
    assert {told[one] for one in bad} == {"invalid", "held", "retry", "accepted"}
    assert len(answer["results"]) == len(junk) + len(records)
