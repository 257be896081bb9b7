"""Guessing passwords is slow for everybody, counted where all processes see it, and nobody's word about addresses is believed."""

import datetime as dt
import time

import pytest
from sqlalchemy import select

from sbt_pwa import create_app
from sbt_pwa.kit import throttle
from sbt_pwa.kit.db import db
from sbt_pwa.kit.throttle import ThrottleCount
from sbt_pwa.records import account as accounts
from sbt_pwa.records.account import account_for_password
from tests.sync.phones import account
from tests.together import at_once
from tests.visitor import PASSWORD, FreshClient
from tests.words import words

REFUSED = words("User name or password is not right.")


class Clock:
    def __init__(self):
        self.at = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)

    def __call__(self):
        return self.at

    def later(self, **more):
        self.at += dt.timedelta(**more)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(accounts, "now", clock)
    return clock


@pytest.fixture
def looked_at(monkeypatch):
    """The tries that were compared with a real account's password."""
    compared, really = [], accounts._matches

    def compare(password_hash, password):
        if password_hash != accounts.NOBODY:
            compared.append(password)
        return really(password_hash, password)

    monkeypatch.setattr(accounts, "_matches", compare)
    return compared


def guess(password="wrong", username="sari") -> bool:
    found = account_for_password(username, password)
    db.session.commit()
    return found is not None


def test_four_wrong_tries_do_no_harm(app, clock):
    assert [guess() for _ in range(4)] == [False] * 4
    assert guess(PASSWORD)
    assert account("sari").failed_count == 0


def test_after_five_the_account_rests_for_a_minute(app, clock):
    for _ in range(5):
        guess()
    clock.later(seconds=59)
    assert not guess(PASSWORD)
    clock.later(seconds=2)
    assert guess(PASSWORD)


def test_each_further_wrong_try_doubles_the_rest_up_to_a_quarter_of_an_hour(app, clock):
    for _ in range(5):
        guess()
    rests = []
    for _ in range(6):
        rest = account("sari").locked_until - clock()
        rests.append(rest.total_seconds() / 60)
        clock.later(seconds=rest.total_seconds() + 1)
        guess()
    assert rests == [1, 2, 4, 8, 15, 15]


def test_of_many_guesses_few_are_looked_at(app, clock, looked_at):
    """One guess every three seconds for an hour: at most 40 are compared with the password."""
    for _ in range(1200):
        guess() if account("sari").locked_until is None or account("sari").locked_until <= clock() else None
        clock.later(seconds=3)
    assert 5 < len(looked_at) <= 40


def test_a_try_while_the_account_rests_neither_counts_nor_is_looked_at(app, clock, looked_at):
    for _ in range(5):
        guess()
    until = account("sari").locked_until
    for _ in range(5):
        guess(PASSWORD)
    assert len(looked_at) == 5
    assert (account("sari").failed_count, account("sari").locked_until) == (5, until)


def test_another_account_is_not_touched(app, clock):
    for _ in range(6):
        guess()
    assert guess(PASSWORD, "yusuf")


def test_tries_at_the_same_moment_are_counted_one_by_one(app, looked_at):
    at_once(*[guess] * 12, app=app)
    assert account("sari").failed_count == 5
    assert len(looked_at) == 5


def test_on_the_page_the_words_are_the_same_and_a_wrong_try_counts_although_it_is_refused(new_visitor, clock):
    for _ in range(5):
        new_visitor().get("/sign-in").submit("/sign-in", username="sari", password="wrong", status=422).see(REFUSED)
    assert account("sari").failed_count == 5
    new_visitor().get("/sign-in").submit("/sign-in", username="sari", password=PASSWORD, status=422).see(REFUSED)
    clock.later(seconds=61)
    new_visitor().sign_in("sari")


@pytest.fixture
def quick_passwords(monkeypatch):
    monkeypatch.setattr(accounts, "_matches", lambda *_: False)


def knock(client, headers=None) -> int:
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"username": "nobody", "password": "x", "csrf_token": token}
    return client.post("/sign-in", data=data, headers=headers).status_code


@pytest.fixture
def process(app, house):
    """Start the app once more over the same database, as another process would."""
    started = []

    def start(**settings):
        same = {"SBT_DATA_DIR": house.folder, "SBT_DATABASE_URL": app.config["SBT_DATABASE_URL"], "SBT_DEMO": True}
        started.append(create_app(same | settings))
        started[-1].test_client_class = FreshClient
        return started[-1].test_client()

    yield start
    for other in started:
        with other.app_context():
            db.session.remove()
            db.engine.dispose()


def test_an_address_may_try_a_hundred_times_and_two_processes_count_together(visitor, process, quick_passwords):
    clients = [visitor.client, process()]
    answers = [knock(clients[at % 2]) for at in range(102)]
    assert answers == [422] * 100 + [429] * 2


def test_after_ten_minutes_the_address_may_try_again(app, visitor, quick_passwords, monkeypatch):
    for _ in range(101):
        status = knock(visitor.client)
    assert status == 429
    later = time.time() + 601
    monkeypatch.setattr(throttle.time, "time", lambda: later)
    assert knock(visitor.client) == 422


FORGED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"},
    {"X-Real-IP": "203.0.113.9"},
    {"Forwarded": "for=203.0.113.9"},
    {"X-Client-IP": "203.0.113.9", "CF-Connecting-IP": "203.0.113.9"},
]


def buckets() -> list[str]:
    db.session.rollback()
    return sorted(row.key for row in db.session.scalars(select(ThrottleCount)))


def test_without_a_trusted_proxy_a_forged_address_is_not_believed(app, visitor, quick_passwords):
    for headers in [{}, *FORGED]:
        knock(visitor.client, headers)
    assert len(buckets()) == 1
    assert "127.0.0.1" in buckets()[0]


@pytest.mark.parametrize(("hops", "expected"), [(1, "198.51.100.7"), (2, "203.0.113.9")])
def test_behind_proxies_only_their_own_word_counts(process, quick_passwords, hops, expected):
    client = process(SBT_TRUSTED_PROXY_HOPS=hops)
    for forged in ("192.0.2.1", "192.0.2.2"):
        knock(client, {"X-Forwarded-For": f"{forged}, 203.0.113.9, 198.51.100.7"})
    assert len(buckets()) == 1
    assert expected in buckets()[0]


@pytest.mark.long
def test_an_unknown_name_and_a_wrong_password_take_the_same_time(app):
    from tests.check.test_uniform import rank_test

    account("sari").set_password("ikan asin pasar bula")  # hashed as in service: the template's are quick on purpose
    db.session.commit()
    took = {"nobody": [], "sari": []}
    for at in range(240):
        username = ("nobody", "sari")[at % 2]
        began = time.perf_counter()
        account_for_password(username, f"wrong {at}")
        took[username].append(time.perf_counter() - began)
        account("sari").failed_count, account("sari").locked_until = 0, None
        db.session.commit()
    assert rank_test(took["nobody"][20:], took["sari"][20:]) > 0.01
