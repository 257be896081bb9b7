"""The door: who comes in, who is sent away with the same words, and where one is led."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.account import Account, create_account
from tests.sync.phones import account
from tests.visitor import PASSWORD
from tests.words import words

REFUSED = words("User name or password is not right.")
START = {"sari": "/register", "yusuf": "/register", "dewi": "/exchange", "agus": "/oversee", "rina": "/start"}


def try_in(visitor, username="sari", password="a wrong password", **more):
    return visitor.get("/sign-in").submit("/sign-in", username=username, password=password, **more)


def without_token(html: str, token: str) -> str:
    return html.replace(token, "TOKEN")


def test_a_visitor_finds_two_doors(visitor):
    page = visitor.get("/")
    doors = [link.get("href") for link in page.find("a") if "entrance" in (link.get("class") or "")]
    assert doors == ["/check", "/sign-in"]
    page.see("Cek status saya", "Masuk")


@pytest.mark.parametrize("username", START)
def test_who_signs_in_comes_to_the_own_start_page(visitor, username):
    visitor.sign_in(username)
    assert visitor.start().path == START[username]
    assert visitor.get("/").path == START[username]
    assert visitor.get("/sign-in").path == START[username]


def test_an_account_whose_pages_come_later_is_told_so(visitor):
    visitor.sign_in("rina")
    page = visitor.start().see("Rina Kilwaga", words("Your own pages are still being made"))
    assert page.follow(words("Check a code")).path == "/check"


def test_unknown_name_and_wrong_password_get_the_same_page(new_visitor):
    pages = []
    for username in ("sari", "nobody"):
        page = try_in(new_visitor(), username, status=422)
        html = page.html.replace(page.values("/sign-in")["csrf_token"][0], "TOKEN")
        pages.append(html.replace(f'value="{username}"', "NAME"))
        page.see(REFUSED)
    assert pages[0] == pages[1]


def test_a_closed_account_gets_the_same_words(visitor):
    account("sari").is_active_account = False
    db.session.commit()
    try_in(visitor, password=PASSWORD, status=422).see(REFUSED)


def test_the_name_stays_and_the_password_does_not(visitor):
    page = try_in(visitor, "sari", "a secret thing", status=422)
    assert page.values("/sign-in")["username"] == ["sari"]
    page.not_see("a secret thing")


@pytest.mark.parametrize(("username", "password", "field"), [("", "x", "username"), ("sari", "", "password")])
def test_what_is_not_filled_in_is_named(visitor, username, password, field):
    page = try_in(visitor, username, password, status=422)
    assert page.find("a", href=f"#{field}"), page
    page.not_see(REFUSED)


@pytest.mark.parametrize("username", ["sari\0", "\0", "x" * 100_000, "' OR 1=1 --", "ſari", "😀"])
def test_odd_names_are_refused_in_words(visitor, username):
    assert try_in(visitor, username, status=422).heading == "Masuk"


def test_a_name_may_be_typed_in_capitals_and_with_spaces(visitor):
    assert try_in(visitor, "  SARI ", PASSWORD).path == "/register"


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "\\\\evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/nothing-here",
    "/sign-out/../../evil",
    "http:/start",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_link_leads_nobody_elsewhere_after_the_sign_in(visitor, target):
    page = visitor.get("/sign-in", query={"next": target})
    assert "next" not in page.values("/sign-in")
    data = {"username": "rina", "password": PASSWORD, "next": target}
    assert visitor.post("/sign-in", data).path == "/start"


def test_who_was_sent_to_sign_in_comes_back(visitor):
    page = visitor.get("/me")
    assert page.path == "/sign-in"
    assert page.submit("/sign-in", username="dewi", password=PASSWORD).path == "/me"


def test_an_officer_is_enrolled_on_the_page_that_follows(visitor):
    page = visitor.get("/sign-in")
    data = {"username": "sari", "password": PASSWORD, "csrf_token": page.values("/sign-in")["csrf_token"][0]}
    answer = visitor.client.post("/sign-in", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/register?masuk=1")


def test_me_says_who_is_here_and_the_way_out(visitor):
    visitor.sign_in("sari")
    page = visitor.get("/me").see("Sari Rumakat", "sari", "Petugas lapangan", "Bula")
    assert page.form("/sign-out").get("id") == "sign_out"
    assert page.form("/sign-out").get("data-forget") == "person"
    assert page.submit("/sign-out").path == "/"
    assert visitor.get("/me").path == "/sign-in"


def test_me_of_a_desk_has_nothing_to_forget(visitor):
    visitor.sign_in("dewi")
    page = visitor.get("/me")
    assert page.form("/sign-out").get("data-forget") is None
    assert not page.find("script")


def test_the_address_of_the_way_out_shows_the_button(new_visitor):
    visitor = new_visitor()
    visitor.sign_in("dewi")
    assert visitor.get("/sign-out").path == "/me"
    assert new_visitor().get("/sign-out").path == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/sign-in/new-password", "/check"])
def test_a_form_without_its_token_is_refused_in_words(visitor, path):
    visitor.sign_in("dewi")
    page = visitor.post(path, {"username": "dewi", "code": "K7QM3F8T9XW1"}, csrf=False, status=400)
    page.see(words("This page was open for too long, or you signed in anew. Send it once more."))
    assert visitor.get("/me").path == "/me"  # still signed in


def test_the_language_is_a_choice_of_the_browser(visitor):
    page = visitor.get("/sign-in", query={"next": "/me"})
    assert page.tree.get("lang") == "id"
    form = next(form for form in page.find("form") if form.get("action") == "/language")
    back = next(field.get("value") for field in form.iter("input") if field.get("name") == "next")
    page = visitor.post("/language", {"lang": "en", "next": back}, csrf=False)
    assert (page.path, page.heading, page.tree.get("lang")) == ("/sign-in", "Sign in", "en")
    assert page.values("/sign-in")["next"] == ["/me"]
    cookie = visitor.client.get_cookie("lang")
    assert cookie.http_only
    assert cookie.same_site == "Lax"


@pytest.mark.parametrize("back", [*ELSEWHERE, "/language", "/approve/x/approve"])
def test_the_language_leads_nobody_elsewhere(visitor, back):
    assert visitor.post("/language", {"lang": "en", "next": back}, csrf=False).path == "/"


def test_a_language_that_is_not_here_is_refused(visitor):
    visitor.post("/language", {"lang": "tlh"}, csrf=False, status=422)


def new_account(username="wati", one_time="sekali-pakai-12345"):
    create_account(username, "Wati Kilwaga", "officer", "81.05.01", one_time, must_change_password=True)
    db.session.commit()
    return one_time


def test_a_one_time_password_opens_only_the_page_for_an_own_one(visitor):
    password = new_account()
    assert try_in(visitor, "wati", password).path == "/sign-in/new-password"
    for path in ("/", "/register", "/register/new", "/sign-in", "/start"):
        assert visitor.get(path).path == "/sign-in/new-password", path
    visitor.post("/register", {}, status=403).see(words("Choose your own password first."))
    enrolment = visitor.client.post("/sync/devices", json={}, headers={"X-CSRFToken": visitor.csrf_token()})
    assert enrolment.status_code == 403
    page = visitor.get("/sign-in/new-password")
    assert "current" not in page.values()
    own = "ikan asin pasar bula"
    assert page.submit(password=own, again=own).path == "/register"
    visitor.sign_out()
    try_in(visitor, "wati", password, status=422)
    assert try_in(visitor, "wati", own).path == "/register"


@pytest.mark.parametrize(
    ("own", "again", "sentence"),
    [
        ("pendek", "pendek", "12"),
        ("ikan asin pasar bula", "ikan asin pasar geser", words("The two passwords are not alike.")),
        ("sekali-pakai-12345", "sekali-pakai-12345", words("This is the password you have already. Choose another one.")),
        ("wati dan ikan asin", "wati dan ikan asin", words("The password must not hold your user name.")),
        ("", "", words("Type a new password.")),
        ("x" * 300, "x" * 300, words("This is too long.")),
    ],
)
def test_an_own_password_that_will_not_do_is_refused_with_the_reason(visitor, own, again, sentence):
    try_in(visitor, "wati", new_account())
    page = visitor.page.submit(password=own, again=again, status=422).see(sentence)
    if own:
        page.not_see(own)
    assert visitor.get("/register").path == "/sign-in/new-password"


def test_who_changes_a_password_has_to_know_the_present_one(new_visitor):
    visitor, elsewhere = new_visitor(), new_visitor()
    visitor.sign_in("sari")
    elsewhere.sign_in("sari")
    own = "ikan asin pasar bula"
    page = visitor.get("/sign-in/new-password")
    page.submit(current="a wrong password", password=own, again=own, status=422).see(words("This is not your present password."))
    assert db.session.query(Account).filter_by(username="sari").one().failed_count == 1
    assert page.submit(current=PASSWORD, password=own, again=own).path == "/register"
    assert elsewhere.get("/register").path == "/sign-in", "another browser still holds a session of the old password"
    assert visitor.get("/register").path == "/register"


def test_a_signed_in_page_is_kept_by_nobody(visitor):
    visitor.sign_in("agus")
    for path in ("/me", "/start", "/sign-in/new-password"):
        assert visitor.get(path).headers["Cache-Control"] == "private, no-store"


def test_the_cookie_is_closed_to_scripts_and_other_origins(visitor):
    visitor.sign_in("dewi")
    cookie = visitor.client.get_cookie("sbt")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.max_age is None  # ends with the browser


def test_over_https_the_cookie_is_secure(tmp_path):
    from sbt_pwa.settings import read_settings

    settings = read_settings({}, {"SBT_DATA_DIR": tmp_path, "SBT_BASE_URL": "https://sbt.example"})
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")


def test_nothing_that_was_set_before_the_sign_in_lives_on(visitor):
    before = visitor.get("/sign-in").values("/sign-in")["csrf_token"][0]
    visitor.sign_in("dewi")
    visitor.post("/sign-out", {"csrf_token": before}, csrf=False, status=400)
    assert visitor.get("/me").path == "/me"


def test_times_are_those_of_the_region(app):
    from sbt_pwa.kit.i18n import show_moment

    with app.test_request_context("/"):
        assert show_moment(dt.datetime(2026, 8, 16, 20, 5, tzinfo=dt.UTC)) == "17 Agustus 2026, 05.05"
