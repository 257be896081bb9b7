"""Photos come sealed, in parts, in any order with their records, and are never approved unseen."""

import hashlib
import uuid

import pytest

from sbt_pwa.kit.errors import WrongState
from sbt_pwa.records.photo import Photo, picture_of
from tests.protocol_client import Refused
from tests.sync.phones import account, content, count, db, entry, picture, send


def large(seed=1):
    """A picture whose seal takes several parts."""
    return picture(seed, 600).ljust(180_000, b"\0")  # zeros at the end: still a JPEG


def stored(name):
    db.session.rollback()
    return db.session.get(Photo, name)


def put(phone, name, offset, part, total):
    return phone.call("PUT", f"/sync/photos/{name}?offset={offset}&total={total}", body=part)


def test_a_photo_in_parts_is_put_together_and_made_anew(phone):
    kept = send(phone, content(1), photo=large())
    [(name, sealed)] = phone.photos.items()
    assert put(phone, name, 0, sealed[:65536], len(sealed)) == (
        200, {"sha256": name, "offset": 65536, "complete": False, "status": "receiving"},
    )  # fmt: skip
    assert phone.call("GET", f"/sync/photos/{name}")[1]["offset"] == 65536
    phone.send_photos()
    assert kept.photo_sent
    assert phone.call("GET", f"/sync/photos/{name}")[1] == {
        "sha256": name, "offset": len(sealed), "complete": True, "status": "stored",
    }  # fmt: skip
    assert picture_of(name)[8:12] == b"WEBP"
    assert stored(name).parts == b""
    assert entry(kept.envelope["id"]).has_photo


def test_an_unknown_photo_begins_at_nothing(phone):
    answer = phone.call("GET", "/sync/photos/" + "0" * 64)[1]
    assert answer == {"sha256": "0" * 64, "offset": 0, "complete": False, "status": "missing"}


def test_a_wrong_offset_tells_the_right_one(phone):
    send(phone, content(1), photo=large())
    [(name, sealed)] = phone.photos.items()
    size = len(sealed)
    assert put(phone, name, 7, b"x", size)[0] == 409
    assert stored(name) is None
    put(phone, name, 0, sealed[:1000], size)
    for offset, part, total in [(0, sealed[:1000], size), (999, b"x", size), (1000, b"x", 5000), (1000, sealed, size)]:
        status, answer = put(phone, name, offset, part, total)
        assert (status, answer["offset"]) == (409, 1000)
    phone.send_photos()
    assert stored(name).state == "stored"


def test_a_part_that_was_repeated_after_the_end_does_no_harm(phone):
    send(phone, content(1), photo=picture())
    phone.send_photos()
    [(name, sealed)] = phone.photos.items()
    status, answer = put(phone, name, 0, sealed, len(sealed))
    assert (status, answer["complete"], count(Photo)) == (200, True, 1)


def test_bytes_that_are_not_the_named_ones_begin_again(phone):
    send(phone, content(1), photo=picture())
    [(name, sealed)] = phone.photos.items()
    status, answer = put(phone, name, 0, b"x" * len(sealed), len(sealed))
    assert (status, answer) == (200, {"sha256": name, "offset": 0, "complete": False, "status": "receiving"})
    phone.send_photos()
    assert stored(name).state == "stored"


def test_a_wrong_total_at_the_beginning_binds_nobody(phone):
    send(phone, content(1), photo=picture())
    [name] = phone.photos
    put(phone, name, 0, b"x", 1)
    phone.send_photos()
    assert stored(name).state == "stored"


def test_too_large_parts_and_photos(phone):
    name = "0" * 64
    for offset, part, total in [(0, b"x" * 262_145, 900_000), (0, b"x", 1_000_001), (0, b"", 0)]:
        with pytest.raises(Refused, match="413 too_large"):
            put(phone, name, offset, part, total)
    assert count(Photo) == 0


def test_a_photo_may_come_before_its_record(phone):
    record_id = phone.save(content(1), photo=picture())
    [name] = phone.photos
    assert phone.send_photo(name)
    assert stored(name).state == "sealed"
    phone.send()
    assert phone.outbox[record_id].state == "accepted"
    assert stored(name).state == "stored"
    assert entry(record_id).has_photo


@pytest.mark.parametrize(
    ("bytes_of_it", "reason"),
    [(b"no picture at all", "photo_kind"), (picture()[:400], "photo_broken"), (b"%PDF-1.7 <script>", "photo_kind")],
)
def test_what_is_no_picture_is_kept_with_its_reason_and_never_approved(phone, bytes_of_it, reason):
    kept = send(phone, content(1), photo=bytes_of_it)
    phone.send_photos()
    [(name, sealed)] = phone.photos.items()
    photo = stored(name)
    assert (photo.state, photo.reason, photo.parts) == ("unreadable", reason, sealed)
    assert phone.call("GET", f"/sync/photos/{name}")[1]["status"] == "unreadable"
    with pytest.raises(WrongState):
        entry(kept.envelope["id"]).approve(account("budi"))


def test_a_photo_that_was_sealed_for_another_record_stays_shut(phone):
    kept = phone.outbox[phone.save(content(1))]
    announced = phone.keep_photo(picture(), str(uuid.uuid4()))
    again = send(phone, content(2), photos=[announced])
    phone.send()
    again.photo_sent = phone.send_photo(announced["sha256"])
    assert stored(announced["sha256"]).reason == "seal"
    assert kept.state == "accepted"


def test_nothing_is_approved_before_its_photo_has_come(phone):
    kept = send(phone, content(1), photo=picture())
    with pytest.raises(WrongState) as refused:
        entry(kept.envelope["id"]).approve(account("budi"))
    assert refused.value.code == "photo_on_its_way"
    db.session.rollback()
    phone.send_photos()
    entry(kept.envelope["id"]).approve(account("budi"))


def test_a_new_photo_takes_the_place_of_the_unreadable_one(phone):
    kept = send(phone, content(1), photo=b"not a picture")
    phone.send_photos()
    entry(kept.envelope["id"]).send_back(account("budi"), ["photo_unreadable"])
    db.session.commit()
    fixed = send(phone, {}, kind="correct", parent=kept.envelope["id"], photo=picture())
    assert fixed.state == "awaiting_photo"
    phone.send_photos()
    again = entry(kept.envelope["id"])
    assert again.has_photo and again.status == "submitted"
    assert again.events[-1].fields == ["photo_id_card"]


def test_a_photo_brought_with_the_correction_that_makes_the_entry(phone):
    first = send(phone, content(1, nik="1"), photo=picture(1))
    fixed = send(phone, {"nik": content(1)["nik"]}, kind="correct", parent=first.envelope["id"], photo=picture(2))
    assert fixed.state == "awaiting_photo"
    newest = fixed.envelope["photos"][0]["sha256"]
    assert entry(first.envelope["id"]).photo_sha256 == newest
    phone.send_photos()
    assert stored(newest).state == "stored"
    assert hashlib.sha256(phone.photos[newest]).hexdigest() == newest
