"""Values are encrypted where they lie, bound to their place, and keys are kept apart and closed."""

import json
import os

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import (
    KeyTrouble,
    Unreadable,
    new_key_file,
    new_symmetric_key,
    place_of,
    read_ring,
    vault,
    write_key_file,
)
from sbt_pwa.records.registration import Registration
from tests.sync.phones import content, enrolled, entries, send

RING = read_ring(json.dumps(new_key_file()))
HERE, THERE = b"registration|1|nik", b"registration|2|nik"


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_at_its_place_and_nowhere_else(plain):
    stored = RING.seal(plain, HERE)
    assert RING.open(stored, HERE) == plain
    with pytest.raises(Unreadable):
        RING.open(stored, THERE)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_changed_bit_is_noticed(plain, data):
    stored = bytearray(RING.seal(plain, HERE))
    at = data.draw(st.integers(0, len(stored) * 8 - 1))
    stored[at // 8] ^= 1 << at % 8
    with pytest.raises(Unreadable):
        RING.open(bytes(stored), HERE)


@pytest.mark.parametrize("stored", [b"", b"\x00", b"\x00\x01", b"\x00\x01" + b"x" * 11, b"\x00\x01" + b"x" * 20])
def test_half_a_value_is_unreadable(stored):
    with pytest.raises(Unreadable):
        RING.open(stored, HERE)


def test_the_same_value_never_looks_the_same_and_carries_its_key():
    first, second = RING.seal(b"8105011708900001", HERE), RING.seal(b"8105011708900001", HERE)
    assert first != second
    assert first[:2] == second[:2] == (1).to_bytes(2, "big")
    assert b"8105" not in first


def test_another_ring_opens_nothing():
    with pytest.raises(Unreadable):
        read_ring(json.dumps(new_key_file())).open(RING.seal(b"x", HERE), HERE)


def test_after_a_new_key_old_values_still_open_and_new_ones_carry_the_new_key():
    raw = new_key_file()
    stored = read_ring(json.dumps(raw)).seal(b"x", HERE)
    raw["data"].append(new_symmetric_key(2))
    both = read_ring(json.dumps(raw))
    assert both.open(stored, HERE) == b"x"
    assert both.seal(b"y", HERE)[:2] == (2).to_bytes(2, "big")
    raw["data"].pop(0)
    with pytest.raises(Unreadable, match="no key 1"):
        read_ring(json.dumps(raw)).open(stored, HERE)


def test_a_blind_index_finds_equals_and_tells_kinds_and_keys_apart():
    assert RING.blind("nik", "1") == RING.blind("nik", "1")
    assert len({RING.blind("nik", "1"), RING.blind("receipt", "1"), RING.blind("nik", "2")}) == 3
    assert len(RING.blind("nik", "1")) == 16
    raw = new_key_file()
    old = read_ring(json.dumps(raw)).blind("nik", "1")
    raw["index"].append(new_symmetric_key(2))
    both = read_ring(json.dumps(raw))
    assert both.blind("nik", "1") != old
    assert both.blinds("nik", "1") == [old, both.blind("nik", "1")]


def test_values_that_were_swapped_between_rows_do_not_open(app):
    phone = enrolled(app)
    for seed in (1, 2):
        send(phone, content(seed))
    first, second = entries()
    assert first.nik != second.nik
    first.nik_sealed, second.nik_sealed = second.nik_sealed, first.nik_sealed
    db.session.commit()
    db.session.expire_all()
    for row in db.session.scalars(select(Registration)):
        with pytest.raises(Unreadable):
            _ = row.nik
        assert row.name  # the others still open


def test_values_that_were_moved_to_another_column_do_not_open(app):
    send(enrolled(app), content(1))
    one = entries()[0]
    one.mother_name_sealed = one.name_sealed
    with pytest.raises(Unreadable):
        _ = one.mother_name


def test_nothing_of_a_person_lies_open_in_the_database(app, database):
    person = content(1, name="CANARYNAME Wati", mother_name="CANARYMOTHER", workplace="CANARYPLACE", address="CANARYSTREET")
    send(enrolled(app), person)
    said = "SELECT * FROM {}"
    tables = [table.name for table in db.metadata.sorted_tables]
    found = []
    for table in tables:
        for row in db.session.execute(text(said.format(table))):
            everything = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
            found += [
                (table, secret)
                for secret in (b"CANARY", person["nik"].encode(), person["phone"][3:].encode())
                if secret in everything
            ]
    assert found == []


def test_a_place_names_table_row_and_column(app):
    send(enrolled(app), content(1))
    one = entries()[0]
    place = place_of("registration", one.id, "nik")
    assert vault.ring.open(one.nik_sealed, place).decode() == one.nik


# ---- the key file


@pytest.fixture
def bare(tmp_path):
    app = Flask("bare")
    app.config.update(SBT_KEYS="", SBT_KEY_FILE=tmp_path / "keys" / "keys.json")
    vault.init_app(app)
    with app.app_context():
        yield app.config["SBT_KEY_FILE"]


def test_the_key_file_is_written_whole_and_closed_to_others(bare):
    write_key_file(bare, new_key_file())
    assert bare.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in bare.parent.iterdir()] == ["keys.json"]
    vault.refresh()
    assert vault.ring.secret_key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused_with_what_to_do(bare, mode):
    write_key_file(bare, new_key_file())
    bare.chmod(mode)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        vault.refresh()


def test_a_missing_key_file_says_how_to_make_one(bare):
    with pytest.raises(KeyTrouble, match="keys make"):
        vault.refresh()


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-10], lambda s: "", lambda s: "[]", lambda s: s.replace('"data"', '"date"'), lambda s: "null"]
)
def test_a_damaged_key_file_is_refused_and_no_key_is_told(bare, damage):
    raw = new_key_file()
    write_key_file(bare, raw)
    bare.write_text(damage(bare.read_text()))
    with pytest.raises(KeyTrouble) as trouble:
        vault.refresh()
    assert raw["data"][0]["key"] not in str(trouble.value)


def test_keys_that_changed_on_disk_are_read_again(bare):
    raw = new_key_file()
    write_key_file(bare, raw)
    vault.refresh()
    stored = vault.ring.seal(b"x", HERE)
    raw["data"].append(new_symmetric_key(2))
    write_key_file(bare, raw)
    os.utime(bare, ns=(1, 1))
    vault.refresh()
    assert vault.ring.data_id == 2
    assert vault.ring.open(stored, HERE) == b"x"


def test_a_broken_new_draft_leaves_the_keys_as_they_were(bare, monkeypatch):
    write_key_file(bare, new_key_file())
    before = bare.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sbt_pwa.kit.vault.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_key_file(bare, new_key_file())
    assert bare.read_bytes() == before


def test_keys_may_come_from_the_environment(tmp_path):
    app = Flask("bare")
    raw = new_key_file()
    app.config.update(SBT_KEYS=json.dumps(raw), SBT_KEY_FILE=tmp_path / "none")
    vault.init_app(app)
    with app.app_context():
        vault.refresh()
        assert vault.ring.secret_key == raw["secret_key"]


def test_a_ring_does_not_show_its_keys():
    assert RING.raw["data"][0]["key"] not in repr(RING)
    assert RING.secret_key not in repr(RING)
