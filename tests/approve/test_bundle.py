"""The sealed file of a phone that never finds signal: carried in by a supervisor, as good as sent by the phone."""

import io
import json

import pytest

from sbt_pwa.records.device import Device
from sbt_pwa.records.envelope import Envelope
from sbt_pwa.records.photo import Photo
from sbt_pwa.records.registration import Registration
from tests.protocol_client import base64url
from tests.sync.phones import content, count, enrolled, entry, picture
from tests.words import words

NOT_JSON = words("This file cannot be read. Choose the file that the phone saved, unchanged.")
NOT_BUNDLE = words("This is not a file of the outbox. On the phone, choose to save what waits there.")


def bundle_of(phone) -> dict:
    """As outbox.js writes it."""
    return {
        "bundle": "sbt-outbox/1",
        "device_id": phone.device_id,
        "made_at": "2026-11-22T08:31:22Z",
        "records": [kept.envelope for kept in phone.outbox.values()],
        "photos": {name: base64url(sealed) for name, sealed in phone.photos.items()},
    }


def bring(visitor, data, status=200):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    visitor.get("/approve/bundle")
    return visitor.post("/approve/bundle", {"bundle": (io.BytesIO(data), "sbt.json")}, status=status)


def test_every_record_becomes_an_entry_with_its_photo(phone, budi):
    first = phone.save(content(1), photo=picture())
    second = phone.save(content(2))
    page = bring(budi, bundle_of(phone))
    page.see("2 data", "Sari Rumakat", words("Its photo was in the file too."), words("Received."))
    page.not_see(content(1)["name"], content(1)["nik"])
    assert entry(first).nik == content(1)["nik"] and entry(second).author.username == "sari"
    assert entry(first).has_photo
    assert budi.client.get(f"/approve/{first}/photo").mimetype == "image/webp"
    assert page.find("a", href=f"/approve/{first}")


def test_a_file_brought_twice_doubles_nothing(phone, budi):
    phone.save(content(1), photo=picture())
    bring(budi, bundle_of(phone))
    bring(budi, bundle_of(phone)).see(words("It was here already. Nothing was doubled."))
    assert (count(Registration), count(Envelope), count(Photo)) == (1, 1, 1)


def test_a_photo_that_was_still_missing_comes_with_the_file(phone, budi):
    one = phone.save(content(1), photo=picture())
    phone.send()
    assert not entry(one).has_photo
    bring(budi, bundle_of(phone)).see(words("Its photo was in the file too."))
    assert entry(one).has_photo


def test_a_photo_that_was_cut_on_the_line_is_completed(phone, budi):
    one = phone.save(content(1), photo=picture())
    phone.send()
    ((name, sealed),) = phone.photos.items()
    phone.call(
        "PUT",
        f"/sync/photos/{name}?offset=0&total={len(sealed)}",
        body=sealed[:500],
        **{"Content-Type": "application/octet-stream"},
    )
    bring(budi, bundle_of(phone))
    assert entry(one).has_photo


def test_a_record_without_its_photo_says_so(phone, budi):
    phone.save(content(1), photo=picture())
    bring(budi, bundle_of(phone) | {"photos": {}}).see(words("Received. Its photo is not in this file."))


def test_a_forged_photo_is_left_out(phone, budi):
    one = phone.save(content(1), photo=picture())
    other = base64url(picture(2))
    bring(budi, bundle_of(phone) | {"photos": dict.fromkeys(phone.photos, other)})
    assert not entry(one).has_photo and count(Photo) == 0


def test_a_photo_of_nobody_is_not_stored(phone, budi):
    phone.save(content(1))
    phone.keep_photo(picture(), "01900000-0000-7000-8000-00000000dead")
    bring(budi, bundle_of(phone))
    assert count(Photo) == 0


def test_records_of_another_region_are_taken_but_not_shown(app, budi):
    yusuf = enrolled(app, "yusuf")
    one = yusuf.save(content(1, district="81.05.04", village="81.05.04.2001"))
    page = bring(budi, bundle_of(yusuf)).see(words("Received."), "Yusuf Kelian").not_see(one)
    assert entry(one).status == "submitted"
    assert not page.find("a", href=f"/approve/{one}")


def test_a_revoked_phones_records_come_in_by_file(phone, budi):
    from sbt_pwa.kit.db import db, now

    one = phone.save(content(1))
    db.session.query(Device).update({"revoked_at": now()})
    db.session.commit()
    bring(budi, bundle_of(phone))
    assert entry(one).status == "submitted"


def test_one_bad_record_never_costs_its_neighbours(phone, budi):
    good = phone.save(content(1))
    phone.save(content(2, nik="1"))
    broken = bundle_of(phone)
    broken["records"] += [None, 7, [], {"v": 1}, broken["records"][0] | {"digest": "x" * 43}, {"v": 2}]
    page = bring(budi, broken)
    page.see(
        words("Kept, but it cannot be read or breaks a rule. The office looks at it."),
        words("Not received now. Send the file once more later."),
    )
    assert entry(good).status == "submitted"
    assert count(Registration) == 1


def test_more_than_one_batch(phone, budi):
    for seed in range(1, 121):
        phone.save(content(seed))
    bring(budi, bundle_of(phone)).see("120 data")
    assert count(Registration) == 120


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", words("Choose the file that the phone saved.")),
        (b"\x89PNG\r\n", NOT_JSON),
        (b"{", NOT_JSON),
        (b"[" * 200_000, NOT_JSON),
        (b"\xff\xfe", NOT_JSON),
        ([], NOT_BUNDLE),
        ("text", NOT_BUNDLE),
        ({"bundle": "other/1", "records": [1]}, NOT_BUNDLE),
        ({"bundle": "sbt-outbox/1", "records": {}}, NOT_BUNDLE),
        ({"bundle": "sbt-outbox/1", "records": []}, words("There are no records in this file.")),
        ({"bundle": "sbt-outbox/1", "records": [1] * 2001}, words("This file holds too many records. Ask the office.")),
    ],
    ids=range(11),
)
def test_a_wrong_file_is_refused_in_words(budi, data, says):
    bring(budi, data, status=422).see(says)


@pytest.mark.parametrize("photos", [None, [], 7, {"x": 1}, {"x": None}, {"x": "€"}, {"0" * 64: "AAAA"}])
def test_strange_photos_are_left_out(phone, budi, photos):
    one = phone.save(content(1))
    bring(budi, bundle_of(phone) | {"photos": photos})
    assert entry(one).status == "submitted" and count(Photo) == 0


def test_no_file_is_told_apart_from_a_broken_one(budi):
    budi.get("/approve/bundle")
    budi.post("/approve/bundle", {}, status=422).see(words("Choose the file that the phone saved."))


@pytest.mark.parametrize(("size", "status"), [(7_900_000, 422), (8_100_000, 413)])
def test_eight_megabytes_are_the_most(budi, size, status):
    token = budi.get("/approve/bundle").find("input", name="csrf_token")[0].get("value")
    head = '--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token
    head += '\r\n--x\r\nContent-Disposition: form-data; name="bundle"; filename="a.json"\r\n\r\n'
    body = head.encode() + b" " * size + b"\r\n--x--\r\n"
    answer = budi.client.post("/approve/bundle", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == status
