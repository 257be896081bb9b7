"""The house's "no": in words on a page, in one place for htmx, in JSON for phones, and never with what broke inside."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from sbt_pwa.kit import errors
from sbt_pwa.kit.errors import SYNC_TYPE
from tests.page_check import check_page, text_of
from tests.words import words


@pytest.fixture
def failing(app):
    """Let /check fail as told, outside testing mode."""
    endpoint = "check.page"
    real = app.view_functions[endpoint]

    def fail(error):
        def view():
            raise error

        app.view_functions[endpoint] = view

    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    yield fail
    app.view_functions[endpoint] = real
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, None


def test_what_is_not_there_is_said_with_a_way_on(visitor):
    page = visitor.get("/nothing", status=404)
    assert page.heading == words("Page not found")
    assert page.follow(words("To the start page")).path == "/"


def test_another_role_is_told_to_change_the_account(visitor):
    visitor.sign_in("dewi")
    page = visitor.get("/register", status=403)
    assert page.heading == words("This is not for your account")
    page.see(words("Your account may not do this. Sign in with the right account or ask the office."))


def test_the_wrong_method_is_said_in_words(visitor):
    visitor.get("/sign-out")
    visitor.post("/check/x", {}, csrf=True, status=404)
    visitor.post("/", {}, csrf=True, status=405).see(
        words("This address does not take that kind of request. Go back and use the buttons on the page.")
    )


def test_too_large_is_said_in_words(visitor):
    token = visitor.get("/check").values("/check")["csrf_token"][0]
    page = visitor.post("/check", {"csrf_token": token, "code": "x" * 3_000_000}, status=413)
    assert page.heading == words("This is too large")


def test_our_fault_is_ours_has_a_number_and_tells_nothing(failing, visitor, caplog):
    failing(RuntimeError("SECRET-INSIDE"))
    with caplog.at_level(logging.ERROR):
        page = visitor.get("/check", status=500)
    assert page.heading == words("The fault is ours")
    page.see(page.headers["X-Request-Id"]).not_see("SECRET-INSIDE", "Traceback", "RuntimeError")
    assert "SECRET-INSIDE" in caplog.text


def test_a_broken_database_is_said_without_asking_it(failing, app, visitor, monkeypatch):
    visitor.sign_in("dewi")
    failing(OperationalError("SELECT", {}, Exception("SECRET-INSIDE")))

    def gone(*_):
        raise OperationalError("SELECT", {}, Exception("the server is down"))

    monkeypatch.setattr("flask_login.login_manager.LoginManager._load_user", gone)
    page = visitor.get("/check", status=503)
    assert page.heading == words("The server is busy")
    assert page.headers["Retry-After"] == "5"
    page.not_see("SECRET-INSIDE", "OperationalError")


def test_a_database_that_is_gone_while_the_person_is_looked_up_is_said_too(app, visitor, monkeypatch):
    visitor.sign_in("dewi")
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False

    def gone(*_):
        raise OperationalError("SELECT", {}, Exception("the server is down"))

    monkeypatch.setattr("flask_login.login_manager.LoginManager._load_user", gone)
    try:
        assert visitor.get("/me", status=503).heading == words("The server is busy")
    finally:
        app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, None


def test_for_htmx_the_refusal_takes_the_place_of_the_page(visitor):
    answer = visitor.client.get("/nothing", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    told = {name: answer.headers.get(name) for name in ("HX-Retarget", "HX-Reselect", "HX-Reswap")}
    assert told == {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"}
    tree = check_page(answer.get_data(as_text=True), "/nothing")
    main = next(element for element in tree.iter("main") if element.get("id") == "main")
    assert words("Page not found") in text_of(main)
    assert "HX-Retarget" not in visitor.client.get("/nothing").headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/sync/batch", 401, "token_unknown"),
        ("GET", "/sync/nothing", 404, "not_found"),
        ("DELETE", "/sync/batch", 405, "method_not_allowed"),
        ("POST", "/sync/devices", 400, "csrf"),
    ],
)
def test_a_phone_is_answered_in_its_own_type(visitor, method, path, status, code):
    answer = visitor.client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, SYNC_TYPE)
    told = answer.get_json(force=True)
    assert told["error"] == code
    assert told["message"].endswith(".")


def test_no_refusal_is_kept_by_a_browser_or_on_the_way(visitor):
    for path in ("/nothing", "/sync/nothing"):
        assert "no-store" in visitor.client.get(path).headers["Cache-Control"]


def test_another_host_is_refused(house, tmp_path):
    from sbt_pwa import create_app

    settings = {
        "SBT_DATA_DIR": tmp_path,
        "SBT_BASE_URL": "https://sbt.example",
        "SBT_KEYS": house.app.config["SBT_KEY_FILE"].read_text(),
    }
    client = create_app(settings).test_client()
    assert client.get("/check", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/check", headers={"Host": "sbt.example"}).status_code == 200


def test_every_status_with_own_words_has_a_title_and_a_sentence():
    for status in errors.WORDS:
        assert str(errors.WORDS[status]).endswith(".")
    assert {401, 403, 404, 409, 413, 429, 500, 503} <= set(errors.TITLES)


def test_a_script_that_wants_to_be_a_service_worker_is_refused(visitor):
    assert visitor.client.get("/check", headers={"Service-Worker": "script"}).status_code == 403


def test_a_form_with_a_password_or_without_the_sessions_cookie_is_not_held(visitor):
    """What another site's page sent is not put before somebody who is signed in, and a password is on no page."""
    visitor.sign_in("sari")
    page = visitor.post("/register", {"name": "SIAPA SAJA"}, csrf=False, status=400)
    page.see(words("What you typed is kept on this page."))
    typed = {"current": "rahasia-1", "password": "rahasia-2"}
    page = visitor.post("/sign-in/new-password", typed, csrf=False, status=400)
    assert "rahasia" not in page.html and not page.find("input", name="current")
    stranger = type(visitor)(visitor.app)
    page = stranger.post("/register", {"name": "SIAPA SAJA"}, csrf=False, status=400)
    assert "SIAPA SAJA" not in page.html
