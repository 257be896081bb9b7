"""Headers of every answer, and doors that only our own pages may open."""

import re

import pytest

PATHS = ["/", "/sign-in", "/check", "/ping", "/health", "/rules.json", "/offline/form", "/nothing", "/service-worker.js"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_what_pages_do_not_need(visitor, path):
    headers = visitor.client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_pages_of_a_person_are_kept_by_nobody(visitor):
    visitor.sign_in("sari")
    for path in ("/register", "/register/new", "/me"):
        assert visitor.client.get(path).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language", "/check", "/register", "/sync/batch", "/sync/devices"])
def test_another_site_cannot_make_a_browser_write(visitor, path):
    visitor.sign_in("sari")
    answer = visitor.client.post(path, data={"lang": "en"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_file_is_kept_for_a_year_and_carries_few_headers(visitor):
    path = re.search(r'href="(/static/[^"]+\.css)"', visitor.get("/sign-in").html)[1]
    with visitor.client.get(path, headers={"Accept-Encoding": "br"}) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "br"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert len(str(answer.headers)) < 400


def test_cookies_are_secure_where_the_address_is(tmp_path):
    from sbt_pwa import create_app
    from sbt_pwa.kit.vault import new_key_file, write_key_file

    write_key_file(tmp_path / "keys.json", new_key_file())
    app = create_app({"SBT_DATA_DIR": tmp_path, "SBT_BASE_URL": "https://terdaftar.example"})
    with app.app_context():
        from flask_migrate import upgrade

        upgrade()
    answer = app.test_client().get("/sign-in", base_url="https://terdaftar.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-sbt=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_host_that_is_not_ours_is_refused(tmp_path):
    from sbt_pwa import create_app
    from sbt_pwa.kit.vault import new_key_file, write_key_file

    write_key_file(tmp_path / "keys.json", new_key_file())
    app = create_app({"SBT_DATA_DIR": tmp_path, "SBT_BASE_URL": "https://terdaftar.example"})
    assert app.test_client().get("/ping", base_url="https://evil.example").status_code == 400
    assert app.test_client().get("/ping", base_url="https://terdaftar.example").status_code == 200
