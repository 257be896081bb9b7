"""Each status of a batch with each of its reasons, and what the server then holds."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.intake import Erased
from tests.protocol_client import MEDIA_TYPE, Refused, moment, pack, positions, uuid7
from tests.sync.phones import account, content, count, enrolled, entries, entry, envelopes, picture

YEAR = 365 * 86400
NOBODY = "01900000-0000-7000-8000-00000000dead"


def send(phone, *arguments, **more):
    record_id = phone.save(*arguments, **more)
    phone.send()
    return phone.outbox.get(record_id)


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


# ---- invalid: kept in quarantine with its codes


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"nik": "123"}, {"field": "nik", "code": "digits"}),
        ({"nik": "12345678901"}, {"field": "nik", "code": "looks_like_kpj"}),
        ({"name": None}, {"field": "name", "code": "required"}),
        ({"name": "R2D2"}, {"field": "name", "code": "name_characters"}),
        ({"name": "x" * 101}, {"field": "name", "code": "too_long"}),
        ({"birth_date": "31-2-1990"}, {"field": "birth_date", "code": "not_a_date"}),
        ({"birth_date": "2090-01-01"}, {"field": "birth_date", "code": "in_future"}),
        ({"birth_date": "1930-01-01"}, {"field": "birth_date", "code": "age_limit"}),
        ({"sex": "x"}, {"field": "sex", "code": "unknown_choice"}),
        ({"village": "81.05.01.9999"}, {"field": "village", "code": "unknown_choice"}),
        ({"district": "81.05.04"}, {"field": "village", "code": "other_district"}),
        ({"phone": "12"}, {"field": "phone", "code": "not_a_phone"}),
        ({"monthly_income_rupiah": -1}, {"field": "monthly_income_rupiah", "code": "not_a_number"}),
        ({"monthly_income_rupiah": 999999999}, {"field": "monthly_income_rupiah", "code": "out_of_range"}),
        ({"latitude": 91, "longitude": 0}, {"field": "latitude", "code": "out_of_range"}),
        ({"consent": False}, {"field": "consent", "code": "consent_needed"}),
        ({"category": "non_civil_servant"}, {"field": "agency", "code": "required"}),
        ({"receipt_code": "K7QM3F8T9XWA"}, {"field": None, "code": "content"}),
        ({"receipt_code": None}, {"field": None, "code": "content"}),
    ],
)
def test_invalid_by_a_rule(phone, wrong, reason):
    kept = send(phone, content(1, **wrong))
    assert (kept.state, kept.reasons) == ("invalid", [reason])
    assert entries() == []
    assert [(row.state, row.reasons) for row in envelopes()] == [("quarantined", [reason])]
    kept.state = "waiting"
    phone.send()
    assert (kept.state, kept.reasons, len(envelopes())) == ("invalid", [reason], 1)


def test_invalid_when_the_seal_was_broken_or_made_for_another_header(phone):
    kept = phone.outbox[phone.save(content(1))]
    other = phone.save(content(1))
    kept.envelope |= {"sealed": phone.outbox.pop(other).envelope["sealed"]}
    from tests.protocol_client import digest_of, from_base64url

    kept.envelope["digest"] = digest_of(kept.envelope, from_base64url(kept.envelope["sealed"]))
    phone.send()
    assert (kept.state, kept.codes) == ("invalid", ["seal"])


def test_invalid_when_sealed_to_a_key_that_is_not_ours(phone):
    assert send(phone, content(1), key_id="99").codes == ["key_unknown"]


@pytest.mark.parametrize(
    "plain",
    [b"", b"\x00", b"\x02[]", b"\x00{}", b"\x00[1", b"\x01nonsense", b"\x00" + b"[" * 5000, b"\x00[[]]", pack([None] * 28 + [1])],
    ids=["empty", "no JSON", "unknown packing", "no list", "cut", "no zlib", "deep", "list inside", "too many"],
)
def test_invalid_when_the_content_is_no_content(phone, plain):
    kept = phone.outbox[phone.save(content(1))]
    reseal(phone, kept, plain)
    phone.send()
    assert (kept.state, kept.codes) == ("invalid", ["content"])


def reseal(phone, kept, plain):
    from tests.protocol_client import base64url, canonical_header, digest_of

    sealed = phone.key.seal(plain, canonical_header(kept.envelope))
    kept.envelope |= {"sealed": base64url(sealed), "digest": digest_of(kept.envelope, sealed)}


def test_a_small_seal_that_unpacks_to_much_is_invalid(phone):
    kept = phone.outbox[phone.save(content(1))]
    reseal(phone, kept, pack(positions(content(1, address="x" * 5_000_000))))
    assert len(kept.envelope["sealed"]) < 8000
    phone.send()
    assert (kept.state, kept.codes) == ("invalid", ["content"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"digest": "A" * 43}, "digest"),
        ({"saved_at": "2026-11-22T08:31:23Z"}, "digest"),
        ({"sealed": "not base64!"}, "malformed"),
        ({"sealed": None}, "malformed"),
        ({"id": "01900000-0000-7000-8000-00000000DEAD"}, "malformed"),
        ({"id": None}, "malformed"),
        ({"v": "1"}, "malformed"),
        ({"v": 1.0}, "malformed"),
        ({"device_seq": 0}, "malformed"),
        ({"device_seq": True}, "malformed"),
        ({"device_seq": 2**31}, "malformed"),
        ({"saved_at": "2026-11-22 08:31:22"}, "malformed"),
        ({"saved_at": "0001-01-01T00:00:00Z"}, "malformed"),
        ({"saved_at": "9999-12-31T23:59:59Z"}, "malformed"),
        ({"server_seen_at": "0001-01-01T00:00:00Z"}, "malformed"),
        ({"app": "a b"}, "malformed"),
        ({"key_id": ""}, "malformed"),
        ({"photos": [{"sha256": "x", "bytes": 1}]}, "malformed"),
        ({"photos": [{"sha256": "a" * 64, "bytes": 1}] * 5}, "malformed"),
        ({"photos": {"sha256": "a"}}, "malformed"),
    ],
)
def test_invalid_when_the_envelope_cannot_be_read(phone, change, code):
    kept = phone.outbox[phone.save(content(1))]
    envelope = kept.envelope | change
    status, answer = phone.call("POST", "/sync/batch", {"records": [envelope]})
    result = answer["results"][0]
    assert (result["status"], result["reasons"]) == ("invalid", [{"field": None, "code": code}])
    row = envelopes()[0]
    assert (row.state, row.server_seq, row.record_id) == ("quarantined", result["server_seq"], None)
    assert kept.envelope["author_id"].encode() in row.sealed  # all of it is kept, as it came
    again = phone.call("POST", "/sync/batch", {"records": [envelope]})[1]["results"][0]
    assert again == result and len(envelopes()) == 1


@pytest.mark.parametrize("kind", ["erase", "create"])
def test_invalid_for_a_kind_that_does_not_exist_or_fit(phone, kind):
    kept = send(phone, content(1), kind=kind, parent=NOBODY)
    assert (kept.state, kept.codes) == ("invalid", ["kind_unknown"])


def test_invalid_for_another_kind_of_content(phone):
    assert send(phone, content(1), schema="recipe/1").codes == ["kind_unknown"]


def test_invalid_when_too_large_and_kept_whole(phone):
    kept = phone.outbox[phone.save(content(1))]
    reseal(phone, kept, b"\x00" + b"x" * 100_000)
    phone.send()
    assert (kept.state, kept.codes) == ("invalid", ["too_large"])
    assert kept.envelope["sealed"].encode() in envelopes()[0].sealed


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
    db.session.add(Erased(record_id=record_uuid(record_id)))
    db.session.commit()
    follow = phone.save({"name": "Other"}, kind="correct", parent=record_id)
    phone.send()
    assert record_id not in phone.outbox and follow not in phone.outbox
    assert (entries(), envelopes()) == ([], [])


def record_uuid(text):
    import uuid

    return uuid.UUID(text)


@pytest.mark.parametrize("newer", [{"v": 2}, {"schema": "registration/2"}])
def test_retry_keeps_what_is_newer_than_the_server_on_the_phone(phone, newer):
    kept = send(phone, content(1), **newer)
    assert (kept.state, kept.codes, kept.server_seq) == ("waiting", ["server_older"], None)
    assert envelopes() == []


# ---- what belongs together


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


def test_a_correction_of_an_invalid_record_makes_the_entry(phone):
    first = send(phone, content(1, name=None, sex="x"))
    half = send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=first.envelope["id"])
    assert (half.state, half.reasons) == ("invalid", [{"field": "sex", "code": "unknown_choice"}])
    whole = send(phone, {"sex": "female"}, kind="correct", parent=first.envelope["id"])
    assert (whole.state, whole.reasons) == ("accepted", [])
    stored = entry(first.envelope["id"])
    assert (stored.name, stored.sex, stored.status) == ("Siti Rumakat", "female", "submitted")


def test_nobody_else_can_correct_or_withdraw_an_invalid_record(phone, other_phone):
    first = send(phone, content(1, name=None))
    parent = first.envelope["id"]
    assert send(other_phone, {"name": "Another"}, kind="correct", parent=parent).codes == ["not_correctable"]
    assert send(other_phone, {}, kind="withdraw", parent=parent).codes == ["not_correctable"]
    assert entries() == []
    assert send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=parent).state == "accepted"


def test_a_withdrawal_in_another_officers_name_waits_for_a_person(phone, other_phone):
    first = send(phone, content(1))
    kept = send(other_phone, {}, kind="withdraw", parent=first.envelope["id"], author_id=phone.author_id)
    assert (kept.state, kept.codes) == ("held", ["author_unknown"])
    assert entry(first.envelope["id"]).status == "submitted"


def test_a_correction_of_an_author_who_does_not_exist_is_kept(phone):
    first = send(phone, content(1, name=None), author_id=NOBODY)
    assert first.state == "invalid"
    kept = send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=first.envelope["id"], author_id=NOBODY)
    assert kept.state == "held" and kept.server_seq


def test_a_correction_can_free_an_entry_from_a_nik_that_is_open_elsewhere(phone, other_phone):
    """The officer had typed the neighbour's NIK; the supervisor sent it back."""
    send(other_phone, content(1))
    kept = send(phone, content(2, nik=content(1)["nik"]))
    assert kept.state == "held"
    entry(kept.envelope["id"]).send_back(account("budi"), ["nik_wrong"])
    db.session.commit()
    fixed = send(phone, {"nik": content(2)["nik"]}, kind="correct", parent=kept.envelope["id"])
    assert (fixed.state, fixed.reasons) == ("accepted", [])
    stored = entry(kept.envelope["id"])
    assert (stored.status, stored.nik) == ("submitted", content(2)["nik"])
    assert [event.kind for event in stored.events] == ["held", "returned", "submitted"]
    assert stored.events[-1].fields == ["nik"]


def test_a_correction_to_a_nik_that_is_open_elsewhere_is_held(phone, other_phone):
    send(other_phone, content(1))
    kept = send(phone, content(2))
    entry(kept.envelope["id"]).send_back(account("budi"), ["nik_wrong"])
    db.session.commit()
    fixed = send(phone, {"nik": content(1)["nik"]}, kind="correct", parent=kept.envelope["id"])
    assert (fixed.state, fixed.codes) == ("held", ["same_nik"])
    assert entry(kept.envelope["id"]).status == "held"


def test_a_withdrawal_ends_the_entry(phone):
    first = send(phone, content(1))
    kept = send(phone, {"receipt_code": first.receipt_code}, kind="withdraw", parent=first.envelope["id"])
    assert kept.state == "accepted"
    assert entry(first.envelope["id"]).status == "withdrawn"
    again = send(phone, {"receipt_code": first.receipt_code}, kind="withdraw", parent=first.envelope["id"])
    assert again.codes == ["not_correctable"]


def test_an_old_village_code_finds_its_village(phone):
    kept = send(phone, content(1, district="81.05.02", village="81.05.02.2006"))
    assert kept.state == "accepted"
    stored = entry(kept.envelope["id"])
    assert (stored.village_code, stored.district_code) == ("81.05.16.2001", "81.05.16")


def test_two_officers_on_one_phone_send_as_themselves(app, phone):
    phone.save(content(1))
    second = enrolled(app, "yusuf", device_id=record_uuid(phone.device_id))
    assert second.device_id == phone.device_id
    second.outbox, second.next_seq = phone.outbox, phone.next_seq  # one phone: one outbox, one counter
    second.save(content(2))
    second.send()
    assert {kept.state for kept in second.outbox.values()} == {"accepted"}
    authors = {str(one.author_id) for one in entries()}
    assert authors == {phone.author_id, second.author_id}
    with pytest.raises(Refused, match="token_unknown"):
        phone.call("GET", "/sync/inbox")  # the phone has a new token


def test_another_phone_may_carry_a_record_and_the_author_stays(phone, other_phone):
    record_id = phone.save(content(1))
    other_phone.outbox[record_id] = phone.outbox[record_id]
    other_phone.send()
    assert other_phone.outbox[record_id].state == "accepted"
    assert str(entry(record_id).author_id) == phone.author_id
    assert str(envelopes()[0].carrier_id) == other_phone.device_id


def test_gaps_in_the_counter_are_seen(app, phone):
    from sbt_pwa.records.device import lost_records

    for seed in range(1, 6):
        phone.save(content(seed))
    lost = list(phone.outbox)[1:3]
    for record_id in lost:
        del phone.outbox[record_id]
    phone.send()
    [(device, number, names)] = lost_records()
    assert (str(device.id), number, names) == (phone.device_id, 2, [account("sari").name])
    assert lost_records([account("yusuf").id]) == []


def test_the_answer_has_the_type_of_the_protocol(phone):
    phone.save(content(1))
    response = phone.line("POST", "/sync/batch", {"Authorization": f"Bearer {phone.token}", "Content-Type": MEDIA_TYPE}, b'{"records":[]}')
    assert response[0] == 200
    assert response[1]["content-type"] == MEDIA_TYPE
    assert "set-cookie" not in response[1]


def test_nothing_is_counted_twice_in_all_this(phone):
    for seed in (1, 2, 3):
        phone.save(content(seed))
    phone.send()
    assert count(type(entries()[0])) == len(envelopes()) == 3


def test_an_invalid_record_with_a_photo_is_told_as_invalid(phone):
    kept = send(phone, content(1, nik="1"), photo=picture())
    assert (kept.state, kept.codes) == ("invalid", ["digits"])
