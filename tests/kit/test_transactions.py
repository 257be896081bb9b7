"""One request, one transaction: kept when the answer is good news, undone otherwise."""

import datetime as dt
import functools

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from sbt_pwa.kit.db import db, now
from sbt_pwa.kit.errors import AppError, NotFound, WrongInput, WrongState
from sbt_pwa.kit.transactions import keep_despite_refusal
from sbt_pwa.records.account import Account, Session, hash_token
from tests.sync.phones import account

ENDINGS = {
    "answers": (lambda: "fine", 200, True),
    "redirects": (lambda: ("", 303), 303, True),
    "answers-nothing": (lambda: ("", 204), 204, True),
    "refuses": (lambda: ("no", 422), 422, False),
    "refuses-but-keeps": (lambda: keep_despite_refusal() or ("no", 422), 422, True),
    "raises-refusal": (lambda: raising(WrongState()), 409, False),
    "raises-wrong-input": (lambda: raising(WrongInput("No.")), 422, False),
    "raises-not-found": (lambda: raising(NotFound()), 404, False),
    "raises-plain-refusal": (lambda: raising(AppError()), 400, False),
    "breaks": (lambda: raising(RuntimeError("our bug")), 500, False),
}


def raising(error):
    raise error


@pytest.fixture
def ending(app):
    """Put a view in the place of an existing one for a while: it writes, then ends as it is told."""
    endpoint = "sign_in.choose_language"
    real = app.view_functions[endpoint]

    def use(end):
        @functools.wraps(real)  # its name says that it needs no token
        def view():
            db.session.scalar(select(Account).where(Account.username == "sari")).name = "Changed"
            return end()

        app.view_functions[endpoint] = view

    yield use
    app.view_functions[endpoint] = real


def name_now() -> str:
    db.session.rollback()
    db.session.expire_all()
    return account("sari").name


@pytest.mark.parametrize("how", ENDINGS)
def test_what_a_request_wrote_is_kept_or_undone(app, ending, how):
    end, status, kept = ENDINGS[how]
    ending(end)
    app.testing = how != "breaks"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        answer = app.test_client().post("/language", data={"lang": "en"})
    finally:
        app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, None
    assert answer.status_code == status
    assert (name_now() == "Changed") == kept


def test_a_commit_that_fails_is_no_good_news(app, ending):
    """The view was content, the database was not: the answer says that someone else was first, and nothing stays."""
    ending(
        lambda: (
            db.session.add(Account(username="budi", name="Twice", role="officer", region_code="81.05", password_hash=""))
            or "fine"
        )
    )
    answer = app.test_client().post("/language", data={"lang": "en"})
    assert answer.status_code == 409
    assert name_now() != "Changed"


def test_whoever_paused_can_go_on_writing(app, visitor):
    """When a session was last seen is noted beside the request: on SQLite that must not wait for the request's own lock."""
    visitor.sign_in("dewi")
    visitor.get("/sign-in/new-password")
    paused = now() - dt.timedelta(minutes=5)
    db.session.execute(update(Session).values(seen_at=paused))
    visitor.post("/sign-in/new-password", {"current": "wrong"}, status=422)
    assert db.session.scalars(select(Session.seen_at)).one() > paused + dt.timedelta(minutes=4)


def test_a_database_that_is_busy_says_so_and_when_to_come_back(app, ending):
    ending(lambda: raising(OperationalError("UPDATE", {}, Exception("database is locked"))))
    answer = app.test_client().post("/language", data={"lang": "en"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_savepoint_that_was_undone_stays_undone(app):
    """With SQLite's driver defaults its row survived the outer rollback."""
    one = account("sari")
    with db.session.begin_nested():
        one.name = "Inner"
    db.session.rollback()
    assert name_now() == "Sari Rumakat"


@pytest.mark.only_on("sqlite")
def test_reading_takes_no_write_lock(app, visitor):
    visitor.sign_in("dewi")
    begun = []

    def note(_connection, _cursor, statement, *_):
        begun.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        visitor.get("/me")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert "BEGIN" in begun
    assert "BEGIN IMMEDIATE" not in begun


@pytest.mark.only_on("sqlite")
def test_sqlite_is_as_careful_as_it_can_be(app):
    told = {
        name: db.session.execute(text(f"PRAGMA {name}")).scalar()
        for name in ("synchronous", "foreign_keys", "secure_delete", "journal_mode")
    }
    assert told == {"synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "journal_mode": "wal"}
    version = tuple(map(int, db.session.execute(text("SELECT sqlite_version()")).scalar().split(".")))
    assert version >= (3, 51, 3), "older ones may corrupt a reset WAL"


def test_a_foreign_key_holds(app):
    account("sari").region_code = "99.99"
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_a_token_is_kept_as_its_hash():
    assert len(hash_token("x")) == 32
