"""A session is a row: it ends where it is ended, and rights are read at each request."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from sbt_pwa.kit.db import db, now
from sbt_pwa.records.account import Session
from tests.sync.phones import account
from tests.visitor import PASSWORD


def is_in(visitor) -> bool:
    return visitor.get("/me").path == "/me"


def make_older(**columns):
    db.session.execute(update(Session).values(**columns))
    db.session.commit()


@pytest.mark.parametrize(
    ("username", "idle_minutes", "stays"),
    [("budi", 29, True), ("budi", 31, False), ("sari", 31, True), ("sari", 11 * 60, True), ("sari", 12 * 60 + 1, False)],
)
def test_a_session_ends_when_nobody_is_there(new_visitor, username, idle_minutes, stays):
    visitor = new_visitor()
    sign_in(visitor, username)
    make_older(seen_at=now() - dt.timedelta(minutes=idle_minutes))
    assert is_in(visitor) == stays


@pytest.mark.parametrize("username", ["sari", "dewi"])
def test_a_session_ends_after_a_day_of_work_even_in_use(visitor, username):
    sign_in(visitor, username)
    make_older(made_at=now() - dt.timedelta(hours=12, minutes=1), seen_at=now())
    assert not is_in(visitor)


def sign_in(visitor, username):
    """Without looking at the start page that follows."""
    token = visitor.get("/sign-in").values("/sign-in")["csrf_token"][0]
    data = {"username": username, "password": PASSWORD, "csrf_token": token}
    assert visitor.client.post("/sign-in", data=data).status_code == 303


def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out(visitor, new_visitor):
    visitor.sign_in("dewi")
    stolen = visitor.client.get_cookie("sbt").value
    thief = new_visitor()
    thief.client.set_cookie("sbt", stolen)
    assert is_in(thief)
    visitor.sign_out()
    assert not is_in(thief)


def test_the_database_holds_no_secret_of_a_session(visitor):
    visitor.sign_in("dewi")
    with visitor.client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    row = db.session.scalars(select(Session)).one()
    assert len(secret) >= 40
    assert secret.encode() not in row.token_hash
    assert str(account("dewi").id) not in secret


def test_signing_in_elsewhere_leaves_the_first_browser_in(new_visitor):
    phone, desk = new_visitor(), new_visitor()
    phone.sign_in("sari")
    desk.sign_in("sari")
    desk.sign_out()
    assert is_in(phone)


def test_a_role_that_changes_counts_at_the_next_request(visitor):
    visitor.sign_in("sari")
    visitor.get("/register")
    account("sari").role = "leader"
    db.session.commit()
    visitor.get("/register", status=403)
    visitor.post("/register", {}, status=403)
    assert visitor.get("/start").path == "/oversee"


def test_an_account_that_is_closed_is_out_at_the_next_request(visitor):
    visitor.sign_in("sari")
    account("sari").is_active_account = False
    db.session.commit()
    assert not is_in(visitor)


def test_a_cookie_that_was_changed_opens_nothing(visitor):
    visitor.sign_in("dewi")
    value = visitor.client.get_cookie("sbt").value
    visitor.client.set_cookie("sbt", value[:-3] + ("aaa" if value[-3:] != "aaa" else "bbb"))
    assert not is_in(visitor)


@pytest.mark.parametrize("path", ["/me", "/start", "/sign-in/new-password"])
def test_a_stranger_is_sent_to_the_door_and_a_program_is_told(new_visitor, path):
    assert new_visitor().get(path).path == "/sign-in"
    new_visitor().get(path, headers={"HX-Request": "true"}, status=401)
