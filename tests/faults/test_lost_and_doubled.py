"""Nothing is lost and nothing is doubled, whatever breaks; and the checker finds out those who would let it happen."""

import itertools
import os
import sys
import threading
import time
from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sbt_pwa.kit.db import db
from sbt_pwa.records.photo import Photo
from tests.faults.proxy import ANSWER_LOST, CAPTIVE_PORTAL, PASS, FaultProxy, cut_down, cut_up
from tests.faults.server import ServerProcess
from tests.faults.trial import CountingServer, Keeper, TrustingPhone, breaking, owed_photos, send_over, verdict
from tests.protocol_client import Key, NoAnswer, Phone, http_line
from tests.sync.phones import content, enrolled, entries, envelopes, picture

SERVE = [sys.executable, "-m", "tests.faults.dying_server"]


class Trial:
    def __init__(self, app, deaths: float):
        settings = {
            "SBT_DATABASE_URL": app.config["SBT_DATABASE_URL"],
            "DEATHS": str(deaths),
            "RATELIMIT_ENABLED": "0",
            "PYTHONPATH": os.getcwd(),
        }
        db.session.rollback()
        self.server = ServerProcess(app.config["SBT_DATA_DIR"], command=SERVE, environ=settings).start()
        self.proxy = FaultProxy(self.server.port)
        self.keeper = Keeper(self.server)
        self.keeper.start()

    def phones(self, app, *usernames) -> list[Phone]:
        found = [enrolled(app, name, line=http_line(self.proxy.port, timeout=15)) for name in usernames]
        db.session.rollback()
        return found

    def close(self):
        self.keeper.over.set()
        self.keeper.join(30)
        self.proxy.close()
        self.server.kill()


@pytest.fixture
def trial(app):
    made = []

    def begin(deaths=0.0):
        made.append(Trial(app, deaths))
        return made[0]

    yield begin
    for one in made:
        one.close()


def stored() -> Counter[str]:
    return Counter(str(row.record_id) for row in envelopes() if row.record_id)


def run(trial, phones, numbers, seed, often, seconds):
    """Each phone saves its records while it sends, over a line that breaks; at the end the line is whole and all goes out."""
    trial.proxy.decide(breaking(seed, often))
    until = time.monotonic() + seconds
    troubles = []

    def live(phone, seeds):
        try:
            for start in range(0, len(seeds), 7):
                for one in seeds[start : start + 7]:
                    phone.save(content(one), photo=picture(one, 120) if one % 15 == 0 else None)
                send_over(phone, min(until, time.monotonic() + 0.4))
            send_over(phone, until)
        except Exception as trouble:  # told in the main thread
            troubles.append(trouble)

    works = [threading.Thread(target=live, args=(phone, seeds)) for phone, seeds in zip(phones, numbers, strict=True)]
    for work in works:
        work.start()
    for work in works:
        work.join(seconds + 60)
    assert troubles == []
    trial.proxy.set(PASS)
    for phone in phones:
        send_over(phone, time.monotonic() + 60)
    trial.keeper.over.set()


def check(phones):
    assert verdict(phones, stored()) == verdict([], Counter())
    assert [one for phone in phones for one in phone.waiting()] == []
    assert [one for phone in phones for one in owed_photos(phone)] == []
    numbers = Counter(str(one.id) for one in entries())
    saved = {record_id for phone in phones for record_id in phone.outbox}
    assert set(numbers) == saved and set(numbers.values()) == {1}
    announced = {
        photo["sha256"] for phone in phones for kept in phone.outbox.values() for photo in kept.envelope.get("photos", [])
    }
    states = {photo.sha256: photo.state for photo in db.session.query(Photo)}
    assert {states[one] for one in announced} <= {"stored"}


def test_lines_that_break_and_a_server_that_dies_lose_and_double_nothing(app, trial):
    one = trial(deaths=0.03)
    phones = one.phones(app, "sari", "yusuf")
    run(one, phones, [range(1, 81), range(200, 280)], seed=1, often=0.4, seconds=45)
    check(phones)


@pytest.mark.long
def test_ten_thousand_records_lose_and_double_nothing(app, trial):
    one = trial(deaths=0.03)
    phones = one.phones(app, "sari", "yusuf", "sari", "yusuf")
    numbers = [range(start, start + 2500) for start in (1, 2501, 5001, 7501)]
    run(one, phones, numbers, seed=2, often=0.4, seconds=1500)
    check(phones)
    assert one.keeper.deaths >= 20


def test_killed_after_the_commit_the_answer_is_a_duplicate_with_the_same_number(app, trial):
    one = trial()
    [phone] = one.phones(app, "sari")
    ids = [phone.save(content(seed)) for seed in range(1, 6)]
    one.proxy.once(ANSWER_LOST, only="/sync/batch")
    with pytest.raises(NoAnswer):
        phone.send()
    assert len(phone.waiting()) == 5
    first = {str(row.record_id): row.server_seq for row in envelopes()}
    db.session.rollback()
    one.server.kill()
    send_over(phone, time.monotonic() + 40)
    assert {phone.outbox[record_id].state for record_id in ids} == {"duplicate"}
    assert {record_id: phone.outbox[record_id].server_seq for record_id in ids} == first


def test_cut_at_many_places_there_and_back(app, trial):
    """Every 1/12 of the body and of the answer: no answer, nothing half, and then each record once."""
    one = trial()
    [phone] = one.phones(app, "sari")
    for step in range(24):
        phone.save(content(step + 1))
        fault = cut_up(1 + step * 40) if step < 12 else cut_down(1 + (step - 12) * 15)
        one.proxy.once(fault, only="/sync/batch")
        with pytest.raises(NoAnswer):
            phone.send()
        assert len(phone.waiting()) == 1
        phone.send()
        assert phone.waiting() == []
    check([phone])


def test_a_photo_goes_on_where_the_line_was_cut(app, trial):
    one = trial()
    [phone] = one.phones(app, "sari")
    phone.save(content(1), photo=picture(1, 500).ljust(190_000, b"\0"))
    phone.send()
    [(name, sealed)] = phone.photos.items()
    for after in (30_000, 64_000):
        one.proxy.once(cut_up(after), only=f"/sync/photos/{name}?offset=65536")
        with pytest.raises(NoAnswer):
            phone.send_photos()
        one.proxy.set(PASS)
        assert phone.call("GET", f"/sync/photos/{name}")[1]["offset"] == 65_536
    before = len(one.proxy.requests)
    phone.send_photos()
    resumed = [request.path for request in one.proxy.requests[before:] if request.method == "PUT"]
    assert resumed[0].endswith(f"offset=65536&total={len(sealed)}")
    check([phone])


# ---- the controls: these must be found out


def controlled(phone_kind, remembers, fault):
    server = CountingServer(remembers)
    proxy = FaultProxy(server.server_address[1])
    turns = itertools.cycle([fault, PASS, PASS])
    proxy.decide(lambda request: next(turns))
    key = phone_key()
    phone = phone_kind(http_line(proxy.port, timeout=5), key, "d" * 36, "t" * 43, "a" * 36)
    try:
        for seed in range(30):
            phone.save({"name": str(seed)})
            try:
                phone.send()
            except NoAnswer:
                continue
        proxy.set(PASS)
        phone.send()
        return verdict([phone], server.stored)
    finally:
        proxy.close()
        server.shutdown()
        server.server_close()


def phone_key():
    return Key("1", ec.generate_private_key(ec.SECP256R1()).public_key())


def test_a_client_that_trusts_any_200_is_found_out():
    assert controlled(TrustingPhone, True, CAPTIVE_PORTAL).lost
    assert controlled(Phone, True, CAPTIVE_PORTAL) == verdict([], Counter())


def test_a_server_that_forgets_what_it_has_is_found_out():
    assert controlled(Phone, False, ANSWER_LOST).doubled
    assert controlled(Phone, True, ANSWER_LOST) == verdict([], Counter())
