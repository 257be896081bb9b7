"""What phones keep holds nothing personal, and says all that they need to work alone."""

import json
import re
from pathlib import Path

import pytest

from sbt_pwa.kit.seal import SUITE, from_base64url, open_sealed
from sbt_pwa.kit.vault import vault

SHELL = ["/offline/register", "/offline/form", "/offline/page"]
ROOT = Path(__file__).resolve().parents[2]


def status(visitor, path):
    with visitor.client.get(path) as answer:
        return answer.status_code


@pytest.mark.parametrize("path", SHELL)
def test_a_shell_page_is_the_same_for_everybody_and_has_no_token(visitor, new_visitor, path):
    visitor.sign_in("sari")
    signed_in, stranger = visitor.get(path), new_visitor().get(path)
    assert signed_in.html == stranger.html
    signed_in.not_see("csrf", "Sari")


def test_the_worker_keeps_all_modules_and_pages_under_one_version(visitor):
    answer = visitor.client.get("/service-worker.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    shell = json.loads(re.match(r"const SHELL = (.*);\n", answer.get_data(as_text=True))[1])
    assert shell["pages"] == SHELL
    for path in shell["files"]:
        assert status(visitor, path) == 200, path
    modules = {Path(path).name for path in shell["files"] if "/client/" in path}
    page = visitor.get("/offline/form")
    wanted = {link.get("href") for link in page.tree.iter("link") if link.get("rel") == "modulepreload"}
    assert wanted <= set(shell["files"]), "a module of the form is not kept"
    assert "registration_form.js" in modules


def test_another_language_is_no_new_version(visitor):
    indonesian = visitor.client.get("/service-worker.js").data
    assert visitor.client.get("/rules.json").headers["Content-Language"] == "id"
    visitor.client.set_cookie("lang", "en")
    assert visitor.client.get("/service-worker.js").data == indonesian
    assert visitor.client.get("/rules.json").headers["Content-Language"] == "en"


def test_rules_json_has_the_key_that_seals_to_this_server(visitor):
    told = visitor.client.get("/rules.json").get_json()
    from cryptography.hazmat.primitives.asymmetric import ec

    point = from_base64url(told["key"]["public"])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    assert open_sealed(vault.ring, told["key"]["id"], SUITE.encrypt(b"halo", public, b"info"), b"info") == b"halo"


def test_rules_json_is_not_sent_again_when_the_phone_has_it(visitor):
    first = visitor.client.get("/rules.json")
    again = visitor.client.get("/rules.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_every_code_that_a_record_can_get_has_words(visitor):
    told = visitor.client.get("/rules.json").get_json()
    table = json.loads((ROOT / "tests/shared_cases/rules_table.json").read_text())
    for code in [*table["problem_codes"], *table["warning_codes"]]:
        fields = {f"{field['field']}.{code}" for field in told["fields"]}
        assert code in told["messages"] or fields & told["messages"].keys(), code


def test_ping_says_exactly_that_this_is_our_server(visitor):
    answer = visitor.client.get("/ping")
    assert answer.get_json() == {"sbt": "pong"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_health_says_that_the_database_can_be_written(visitor):
    assert visitor.client.get("/health").get_json()["database"] == "writable"


def test_the_manifest_has_maskable_icons_and_both_shortcuts(visitor):
    told = json.loads(visitor.client.get("/manifest.webmanifest").data)
    assert [s["url"] for s in told["shortcuts"]] == ["/register/new", "/check"]
    assert {"any", "maskable"} == {icon["purpose"] for icon in told["icons"]}
    for icon in told["icons"]:
        assert status(visitor, icon["src"]) == 200


def test_only_the_worker_itself_may_become_a_worker(visitor):
    for path in ("/ping", "/register", "/static/x.js", "/check"):
        assert visitor.client.get(path, headers={"Service-Worker": "script"}).status_code == 403
