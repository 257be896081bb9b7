"""What a thief of the database, its log and the photo folder finds: nothing that names a person."""

import io

import pytest
from PIL import Image
from sqlalchemy import MetaData, select, text

from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import Unreadable
from sbt_pwa.records.photo import picture_of
from tests.sync.phones import account, content, entries, entry, picture, send

WORDS = ("name", "birth_place", "address", "workplace", "mother_name", "heir_name")
EVERYTHING = {
    "category": "non_civil_servant",
    "heir_relation": "child",
    "latitude": -3.123457,
    "longitude": 130.765431,
    "accuracy_m": 7,
}


def canary(number):
    """Content whose every personal value is found at once where it lies open."""
    mark = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")
    values = {name: f"Kanari{mark} {name.replace('_', ' ')}" for name in WORDS}
    values |= {"agency": f"Dinas Kanari{mark}", "position": f"Guru Kanari{mark}", "family_card_no": f"81059988776{number:05}"}
    return content(number, phone=f"+62812777{number:05}", heir_phone=f"+62813777{number:05}", **values, **EVERYTHING)


def photo_with_marks():
    """A photo as a camera would make it, with words in its header."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(picture(3, 400)))
    exif = image.getexif()
    exif[0x010E] = "KANARIEXIF"
    image.save(file, "JPEG", exif=exif, comment=b"KANARICOMMENT")
    return file.getvalue()


def needles(contents, codes):
    found = {"kanari", "8105998877", "812777", "813777", "3.123457", "130.765431"}
    found |= {one["nik"] for one in contents} | {f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes} | set(codes)
    return found


def lying_around(app):
    """Everything that is stored: each file of the data folder but the keys, and each value of each table."""
    db.session.rollback()
    files = [path for path in app.config["SBT_DATA_DIR"].rglob("*") if path.is_file() and "keys" not in path.name]
    places = {path.name: path.read_bytes() for path in files}
    tables = MetaData()
    tables.reflect(db.engine)
    for table in tables.sorted_tables:
        for row in db.session.execute(select(table)):
            for column, value in row._mapping.items():
                raw = value if isinstance(value, bytes) else str(value).encode()
                places[f"{table.name}.{column}"] = places.get(f"{table.name}.{column}", b"") + raw + b"\n"
    return places


def open_ones(app, wanted):
    found = []
    for place, data in lying_around(app).items():
        low = data.lower()
        for word in wanted:
            for form in (word.lower().encode(), word.lower().encode("utf-16-le"), word.encode().hex().encode()):
                if form in low:
                    found.append((place, word))
    return found


def test_nothing_that_names_a_person_lies_open(app, phone):
    contents = [canary(number) for number in range(1, 21)]
    for number, one in enumerate(contents):
        phone.save(one, photo=photo_with_marks() if number % 5 == 0 else None)
    phone.save(canary(31) | {"nik": "8105kanari"})  # invalid: in quarantine
    held = phone.save(canary(32) | {"nik": contents[0]["nik"]})
    phone.send()
    assert {kept.state for kept in phone.outbox.values()} == {"accepted", "awaiting_photo", "invalid", "held"}
    kept = [one for one in phone.outbox.values() if one.state in ("accepted", "awaiting_photo")]
    half = next(iter(phone.photos))
    phone.call("PUT", f"/sync/photos/{half}?offset=0&total={len(phone.photos[half])}", body=phone.photos[half][:5000])
    assert open_ones(app, needles(contents, [one.receipt_code for one in kept])) == []
    phone.send_photos()
    entry(kept[1].envelope["id"]).send_back(account("budi"), ["other"], note="Kanari: ask the neighbour")
    db.session.commit()
    entry(held).refuse(account("budi"), ["duplicate"], note="Kanari too")
    db.session.commit()
    send(phone, {"name": "Kanari Baru", "address": "Jalan Kanari 9"}, kind="correct", parent=kept[1].envelope["id"])
    assert entry(kept[1].envelope["id"]).name == "Kanari Baru"
    assert len(entries()) == 21
    assert open_ones(app, needles(contents, [one.receipt_code for one in kept])) == []
    for path in (app.config["SBT_DATA_DIR"] / "photos").rglob("*"):
        assert not path.is_file() or (b"RIFF" not in path.read_bytes() and b"WEBP" not in path.read_bytes())


def test_the_search_would_find_what_lies_open(app, phone):
    send(phone, content(1))
    db.session.execute(text("UPDATE device SET label = 'Kanariaaa'"))
    db.session.commit()
    assert {place for place, _word in open_ones(app, {"kanari"})} >= {"device.label"}


MOVED = [("name_sealed", "name_sealed"), ("nik_sealed", "nik_sealed"), ("name_sealed", "address_sealed")]


@pytest.mark.parametrize(("column", "other"), MOVED)
def test_a_value_that_was_moved_does_not_open(phone, column, other):
    first = send(phone, content(1, address="Jalan 1")).envelope["id"]
    second = send(phone, content(2, address="Jalan 2")).envelope["id"]
    moved = getattr(entry(second), other)
    target = first if column == other else second
    one = entry(target)
    setattr(one, column, moved)
    db.session.commit()
    with pytest.raises(Unreadable):
        getattr(entry(target), column.removesuffix("_sealed"))


def test_a_photo_that_was_moved_does_not_open(app, phone):
    names = []
    for seed in (1, 2):
        phone.save(content(seed), photo=picture(seed))
        names.append(list(phone.photos)[-1])
    phone.sync()
    store = app.extensions["photos"]
    store.put(names[0], store.get(names[1]))
    with pytest.raises(Unreadable):
        picture_of(names[0])
    assert picture_of(names[1])
