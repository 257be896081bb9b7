"""What is invalid is kept in quarantine with its reason codes, and answered alike when it comes again."""

import pytest

from tests.protocol_client import base64url, canonical_header, digest_of, from_base64url, pack, positions
from tests.sync.phones import NOBODY, content, entries, envelopes, picture, send

BROKEN_RULES = [
    ({"nik": "123"}, "nik", "digits"),
    ({"nik": "12345678901"}, "nik", "looks_like_kpj"),
    ({"nik": "81050l1708900001"}, "nik", "not_digits"),
    ({"name": None}, "name", "required"),
    ({"name": "R2D2"}, "name", "name_characters"),
    ({"name": "x" * 101}, "name", "too_long"),
    ({"birth_date": "31-2-1990"}, "birth_date", "not_a_date"),
    ({"birth_date": "2090-01-01"}, "birth_date", "in_future"),
    ({"birth_date": "1930-01-01"}, "birth_date", "age_limit"),
    ({"sex": "x"}, "sex", "unknown_choice"),
    ({"village": "81.05.01.9999"}, "village", "unknown_choice"),
    ({"village": "81.01.01.2001"}, "village", "unknown_choice"),
    ({"district": "81.05.04"}, "village", "other_district"),
    ({"phone": "12"}, "phone", "not_a_phone"),
    ({"monthly_income_rupiah": -1}, "monthly_income_rupiah", "not_a_number"),
    ({"monthly_income_rupiah": 999999999}, "monthly_income_rupiah", "out_of_range"),
    ({"latitude": 91, "longitude": 0}, "latitude", "out_of_range"),
    ({"consent": False}, "consent", "consent_needed"),
    ({"category": "non_civil_servant"}, "agency", "required"),
    ({"receipt_code": "K7QM3F8T9XWA"}, None, "content"),
    ({"receipt_code": None}, None, "content"),
]
UNREADABLE_CONTENT = {
    "empty": b"",
    "no JSON": b"\x00",
    "unknown packing": b"\x02[]",
    "no list": b"\x00{}",
    "cut": b"\x00[1",
    "no zlib": b"\x01nonsense",
    "deep": b"\x00" + b"[" * 5000,
    "list inside": b"\x00[[]]",
    "too many": pack([None] * 28 + [1]),
    "unpacks to too much": pack(positions(content(1, address="x" * 5_000_000))),
}
UNREADABLE_ENVELOPES = [
    ({"digest": "A" * 43}, "digest"),
    ({"saved_at": "2026-11-22T08:31:23Z"}, "digest"),
    ({"digest": None}, "malformed"),
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
]


def reseal(phone, kept, plain):
    sealed = phone.key.seal(plain, canonical_header(kept.envelope))
    kept.envelope |= {"sealed": base64url(sealed), "digest": digest_of(kept.envelope, sealed)}


def test_what_breaks_a_rule(phone):
    ids = [phone.save(content(seed, **wrong)) for seed, (wrong, _field, _code) in enumerate(BROKEN_RULES, 1)]
    expected = [("invalid", [{"field": field, "code": code}]) for _wrong, field, code in BROKEN_RULES]
    phone.send()
    assert [(phone.outbox[one].state, phone.outbox[one].reasons) for one in ids] == expected
    assert entries() == []
    rows = envelopes(state="quarantined")
    assert [str(row.record_id) for row in rows] == ids
    for one in ids:
        phone.outbox[one].state = "waiting"
    phone.send()
    assert [(phone.outbox[one].state, phone.outbox[one].reasons) for one in ids] == expected
    assert len(envelopes()) == len(ids)


def test_every_broken_field_is_named_in_the_order_of_the_form(phone):
    kept = send(phone, content(1, nik="1", name=None, sex="x"))
    assert [(one["field"], one["code"]) for one in kept.reasons] == [
        ("nik", "digits"), ("name", "required"), ("sex", "unknown_choice"),
    ]  # fmt: skip


def test_content_that_is_no_content(phone):
    ids = {name: phone.save(content(1)) for name in UNREADABLE_CONTENT}
    for name, plain in UNREADABLE_CONTENT.items():
        reseal(phone, phone.outbox[ids[name]], plain)
    assert len(phone.outbox[ids["unpacks to too much"]].envelope["sealed"]) < 8000
    phone.send()
    told = {name: (phone.outbox[one].state, phone.outbox[one].codes) for name, one in ids.items()}
    assert told == {name: ("invalid", ["content"]) for name in ids}


def test_envelopes_that_cannot_be_read_are_kept_as_they_came(phone):
    made = [phone.outbox[phone.save(content(1))].envelope | change for change, _code in UNREADABLE_ENVELOPES]
    results = phone.call("POST", "/sync/batch", {"records": made})[1]["results"]
    assert [(one["status"], one["reasons"]) for one in results] == [
        ("invalid", [{"field": None, "code": code}]) for _change, code in UNREADABLE_ENVELOPES
    ]
    rows = {row.server_seq: row for row in envelopes()}
    for envelope, result in zip(made, results, strict=True):
        row = rows[result["server_seq"]]
        assert (row.state, row.record_id) == ("quarantined", None)
        assert envelope["author_id"].encode() in row.sealed
        assert result["id"] == envelope["id"] and result["digest"] == envelope["digest"]
    again = phone.call("POST", "/sync/batch", {"records": made})[1]["results"]
    assert again == results and len(envelopes()) == len(made)


def test_a_seal_that_is_broken_or_made_for_another_header(phone):
    kept, other = (phone.outbox[phone.save(content(1))] for _ in range(2))
    kept.envelope["sealed"] = other.envelope["sealed"]
    kept.envelope["digest"] = digest_of(kept.envelope, from_base64url(kept.envelope["sealed"]))
    phone.send()
    assert (kept.state, kept.codes) == ("invalid", ["seal"])


def test_a_seal_to_a_key_that_is_not_ours(phone):
    assert send(phone, content(1), key_id="99").codes == ["key_unknown"]


@pytest.mark.parametrize(
    "header", [{"kind": "erase", "parent": NOBODY}, {"kind": "create", "parent": NOBODY}, {"schema": "recipe/1"}]
)
def test_a_kind_that_does_not_exist_or_fit(phone, header):
    assert send(phone, content(1), **header).codes == ["kind_unknown"]


def test_too_large_is_kept_whole_all_the_same(phone):
    kept = phone.outbox[phone.save(content(1))]
    reseal(phone, kept, b"\x00" + b"x" * 100_000)
    phone.send()
    assert (kept.state, kept.codes) == ("invalid", ["too_large"])
    assert kept.envelope["sealed"].encode() in envelopes()[0].sealed


def test_an_invalid_record_with_a_photo_is_told_as_invalid(phone):
    kept = send(phone, content(1, nik="1"), photo=picture())
    assert (kept.state, kept.codes) == ("invalid", ["digits"])
