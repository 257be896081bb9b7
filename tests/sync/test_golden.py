"""Envelopes as phones of every released version sealed them, posted to a server of today. They are kept for ever."""

import base64
import datetime as dt
import json
import uuid

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import vault, write_key_file
from sbt_pwa.records.account import Account, hash_token
from sbt_pwa.records.device import Device, DeviceUser
from sbt_pwa.records.photo import Photo
from tests.protocol_client import Key, Phone, from_base64url
from tests.records.golden import CASES
from tests.sync.phones import app_line, entry, envelopes


@pytest.fixture
def golden_phone(app, monkeypatch):
    """The phone, officer and sealing key of the golden cases, on the day after they were saved."""
    raw = json.loads(json.dumps(vault.ring.raw))
    number = from_base64url(CASES["key"]["private"])
    raw["sealing"].insert(0, {"id": "test-1", "key": base64.b64encode(number).decode(), "made_on": "2026-11-01"})
    before = dict(vault.ring.raw)
    write_key_file(app.config["SBT_KEY_FILE"], raw)
    vault.refresh()
    day_after = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    monkeypatch.setattr("sbt_pwa.records.intake.now", lambda: day_after)
    author, device = uuid.UUID(CASES["author_id"]), uuid.UUID(CASES["device_id"])
    db.session.add(
        Account(id=author, username="golden", name="Golden", role="officer", region_code="81.05.01", password_hash="x")
    )
    db.session.add(Device(id=device, token_hash=hash_token("g" * 43)))
    db.session.flush()
    db.session.add(DeviceUser(device_id=device, account_id=author))
    db.session.commit()
    yield Phone(app_line(app), Key.told(CASES["key"]), str(device), "g" * 43, str(author))
    write_key_file(app.config["SBT_KEY_FILE"], before)
    vault.refresh()


def post(phone, *wires):
    return phone.call("POST", "/sync/batch", {"epoch": None, "seen": 0, "records": list(wires)})[1]["results"]


def test_golden_envelopes_are_taken_as_on_the_first_day(golden_phone):
    results = post(golden_phone, *[case["wire"] for case in CASES["envelopes"]])
    assert [(one["status"], one["reasons"]) for one in results] == [(c["status"], c["reasons"]) for c in CASES["envelopes"]]
    created = {case["wire"]["id"]: case["content"] for case in CASES["envelopes"] if case["header"]["kind"] == "create"}
    stored = {record_id: entry(record_id) for record_id in created}
    assert {one.status for one in stored.values()} == {"submitted", "withdrawn"}
    for record_id, one in stored.items():
        assert one.name == created[record_id]["name"]
    corrected = stored[CASES["envelopes"][2]["wire"]["id"]]
    assert (corrected.nik, corrected.birth_date) == ("8105015204999005", dt.date(1999, 4, 12))
    full = stored[CASES["envelopes"][0]["wire"]["id"]].answers
    content = CASES["envelopes"][0]["content"]
    told = {k: v for k, v in content.items() if k not in ("receipt_code", "confirmed_warnings", "monthly_income_rupiah")}
    assert {name: full[name] for name in told} == told
    assert int(full["monthly_income_rupiah"]) == content["monthly_income_rupiah"]
    repeated = post(golden_phone, *[case["wire"] for case in CASES["envelopes"]])
    assert {one["status"] for one in repeated} == {"duplicate", "awaiting_photo"}
    assert [one["server_seq"] for one in repeated] == [one["server_seq"] for one in results]


def test_the_golden_photo_is_stored(golden_phone):
    photo = CASES["photo"]
    golden_phone.photos[photo["sha256"]] = from_base64url(photo["sealed"])
    post(golden_phone, next(case["wire"] for case in CASES["envelopes"] if case["header"]["photos"]))
    assert golden_phone.send_photo(photo["sha256"])
    assert db.session.get(Photo, photo["sha256"]).state == "stored"


def test_golden_faults_are_refused_with_the_same_words(golden_phone):
    results = post(golden_phone, *[case["wire"] for case in CASES["refused"]])
    told = [(one["status"], [reason["code"] for reason in one["reasons"]]) for one in results]
    assert told == [(case["status"], [case["code"]]) for case in CASES["refused"]]
    assert len(envelopes()) == sum(case["status"] == "invalid" for case in CASES["refused"])
