"""New keys while phones go on sending and the command is killed: everything stays readable, no NIK opens twice."""

import base64
import datetime as dt
import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.vault import KeyTrouble, read_ring, vault, write_key_file
from sbt_pwa.records import rotation
from sbt_pwa.records.answer import AnswerRow
from sbt_pwa.records.answer_judge import take_file
from sbt_pwa.records.batch import BatchRow, digest_of_rows, fill_batch, start_batch
from sbt_pwa.records.envelope import receipt_code_of
from sbt_pwa.records.job import Job
from sbt_pwa.records.photo import picture_of
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.registration import OPEN_STATUSES
from tests.people import approve, register
from tests.protocol_client import NoAnswer, Refused
from tests.sync.phones import account, content, enrolled, entries, envelopes, picture, send

ROOT = Path(__file__).parents[2]
ROTATE = """
from app import app
from sbt_pwa.records import rotation
from sbt_pwa.records.answer import AnswerRow
from sbt_pwa.records.answer_judge import take_file
from sbt_pwa.records.batch import BatchRow, digest_of_rows, fill_batch, start_batch
rotation.PAUSE, rotation.STEP = 0.3, 4
print("ready", flush=True)
with app.app_context():
    for line in rotation.rotate(app.config["SBT_KEY_FILE"]):
        print(line, flush=True)
"""


@pytest.fixture
def keys(app):
    """The key file as it was is put back afterwards: the next test's database is sealed with it."""
    path = app.config["SBT_KEY_FILE"]
    before = path.read_text()
    yield path
    db.session.rollback()
    write_key_file(path, json.loads(before))
    vault.refresh()


def rotate(keys):
    db.session.rollback()
    return list(rotation.rotate(keys))


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(rotation, "PAUSE", 0)
    monkeypatch.setattr(rotation, "STEP", 3)


def check_everything(codes):
    """Each value opens, each index is of the one index key, no NIK is open twice."""
    ring = vault.ring
    assert len(ring.data) == len(ring.index) == 1
    rows = entries()
    for one in rows:
        assert one.nik_index == ring.blind("nik", one.nik)
        assert one.name and all(value is not None for value in (one.answers["phone"], one.mother_name))
        for event in one.events:
            assert event.note is None or event.note == "a note"
        if one.photo_sha256:
            assert picture_of(one.photo_sha256)[:4] == b"RIFF"
    opened = Counter(one.nik for one in rows if one.status in OPEN_STATUSES)
    assert [nik for nik, number in opened.items() if number > 1] == []
    found = {row.receipt_index: receipt_code_of(row) for row in envelopes() if row.receipt_index}
    assert {ring.blind("receipt", code) for code in codes} <= set(found)
    return rows


def test_everything_is_readable_under_new_keys_and_the_old_ones_are_gone(phone, keys, hasty):
    kept = [send(phone, content(seed), photo=picture(seed) if seed == 1 else None) for seed in range(1, 9)]
    phone.send_photos()
    one = next(entry for entry in entries() if str(entry.id) == kept[3].envelope["id"])
    one.send_back(account("budi"), ["other"], note="a note")
    db.session.commit()
    old = read_ring(keys.read_text())
    lines = rotate(keys)
    assert "old keys are out" in lines[-1]
    new = read_ring(keys.read_text())
    assert set(new.data).isdisjoint(old.data) and set(new.index).isdisjoint(old.index)
    assert set(old.sealing) < set(new.sealing)
    assert len(check_everything([one.receipt_code for one in kept])) == 8
    assert send(phone, content(20)).state == "accepted"  # still sealed to the older key, as phones without signal do
    assert send(phone, content(1)).codes == ["same_nik"]
    fixed = send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=kept[3].envelope["id"])
    assert fixed.state == "accepted"


def test_it_may_run_again_and_again(phone, keys, hasty):
    kept = send(phone, content(1))
    for _turn in range(3):
        rotate(keys)
    check_everything([kept.receipt_code])


def test_sealing_keys_stay_while_phones_or_kept_envelopes_need_them(app, keys):
    def named(*made_on):
        return [{"id": str(number), "made_on": day} for number, day in enumerate(made_on, 100)]

    today = dt.datetime.now(dt.UTC).date()
    long_ago, lately = str(today - dt.timedelta(days=900)), str(today - dt.timedelta(days=200))
    used = {key["id"] for key in rotation._still_needed(named(long_ago, long_ago, lately, str(today)))}
    assert used == {"101", "102", "103"}  # 100 was replaced 900 days ago; 101 only 200 days ago, whenever it was made


def test_a_key_stays_while_an_envelope_is_sealed_to_it(phone, keys, hasty):
    kept = send(phone, content(1))
    raw = json.loads(keys.read_text())
    for key in raw["sealing"]:
        key["made_on"] = "2020-01-01"
    raw["sealing"].append(dict(rotation.new_sealing_key("77"), made_on="2021-01-01"))
    write_key_file(keys, raw)
    vault.refresh()
    rotate(keys)
    ids = set(read_ring(keys.read_text()).sealing)
    assert phone.key.id in ids  # replaced years ago, and all the same
    phone.read_news()
    assert phone.news[kept.envelope["id"]]["receipt_code"] == kept.receipt_code


def test_keys_from_the_environment_are_not_touched(app):
    with pytest.raises(KeyTrouble):
        list(rotation.rotate(None))


# ---- under load, and killed


def start(app) -> subprocess.Popen:
    settings = {
        "SBT_DATA_DIR": str(app.config["SBT_DATA_DIR"]),
        "SBT_DATABASE_URL": app.config["SBT_DATABASE_URL"],
        "SBT_DEMO": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", ROTATE],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class Sender(threading.Thread):
    """A phone that registers without pause; each NIK twice, once from each of two phones."""

    def __init__(self, phones):
        super().__init__(daemon=True)
        self.phones, self.over, self.codes, self.troubles = phones, threading.Event(), [], []

    def run(self):
        seed = 100
        while not self.over.is_set() and seed < 160:
            seed += 1
            for phone in self.phones:
                record_id = phone.save(content(seed))
                self.codes.append(phone.outbox[record_id].receipt_code)
                while phone.outbox[record_id].state == "waiting":
                    try:
                        phone.send()
                    except (NoAnswer, Refused) as trouble:
                        if not isinstance(trouble, Refused) or trouble.status != 503:
                            self.troubles.append(trouble)
                            return
            self.over.wait(0.1)


@pytest.mark.parametrize("turns", [2, pytest.param(8, marks=pytest.mark.long)])
def test_killed_at_random_points_under_load_and_run_again(app, keys, turns):
    chance = random.Random(8105)
    phones = [enrolled(app), enrolled(app, "yusuf")]
    for seed in range(1, 31):
        phones[0].save(content(seed), photo=picture(seed) if seed % 10 == 0 else None)
    phones[0].sync()
    codes = [kept.receipt_code for kept in phones[0].outbox.values()]
    db.session.rollback()
    sender = Sender(phones)
    sender.start()
    killed = 0
    for _turn in range(turns):
        process = start(app)
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(chance.uniform(0.25, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.communicate()
    process = start(app)
    told, _nothing = process.communicate(timeout=120)
    sender.over.set()
    sender.join(30)
    assert "old keys are out" in told, told
    assert sender.troubles == [] and killed >= turns // 2
    vault.refresh()
    rows = check_everything(codes + sender.codes)
    assert len(rows) == 30 + len(sender.codes)
    held = [one for one in rows if one.status == "held"]
    assert len(held) == len(sender.codes) // 2


def test_what_went_to_the_insurer_and_came_back_is_under_the_new_keys_too(app, keys, hasty):
    programme = db.session.scalars(select(Programme).where(Programme.category == "vulnerable")).one()
    [one] = register(app, [1])
    approve([one])
    dewi = account("dewi")
    batch = start_batch(programme, None, dewi)
    job = db.session.scalars(select(Job)).one()
    for _step in fill_batch(job):
        db.session.commit()
    job.state = "done"
    one.activate(dewi, "12345678901", dt.date(2027, 1, 1), dt.date(2027, 12, 31))
    file = take_file(b"NIK;STATUS\n1;Y\n", "jawaban.csv", dewi)
    row = AnswerRow(file_id=file.id, row_number=2, verdict="unknown", differs=[])
    row.content = '{"nik": "1"}'
    db.session.add(row)
    db.session.commit()
    cells, digest = list(batch.rows()), batch.digest
    rotate(keys)
    db.session.expire_all()
    assert list(batch.rows()) == cells and digest_of_rows(batch) == digest
    assert (file.file_name, base64.b64decode(file.data), row.told) == ("jawaban.csv", b"NIK;STATUS\n1;Y\n", {"nik": "1"})
    assert (one.kpj, one.kpj_index) == ("12345678901", vault.ring.blind("kpj", "12345678901"))
    assert db.session.scalars(select(BatchRow.nik_index)).one() == one.nik_index == vault.ring.blind("nik", one.nik)
