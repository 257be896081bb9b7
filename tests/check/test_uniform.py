"""An unknown and a wrong code cannot be told apart, a slip of the pen asks nothing, and guessing is slow."""

import contextlib
import re
import statistics
import time

import pytest
from sqlalchemy import event

from sbt_pwa.check.forms import SLIPS
from sbt_pwa.kit.db import db
from sbt_pwa.records.receipt_code import ALPHABET, check_character, make_receipt_code
from tests.check.test_status import UNKNOWN_CODE, ask, lead
from tests.sync.phones import content, enrolled, entries, send
from tests.words import words

EVERY_TIME_ANOTHER = {"X-Request-Id", "Date"}
LENGTH = words("The code has 12 characters. There are %(count)d now.")
CHARACTERS, CHECK = words(str(SLIPS["characters"]._args[0])), words(str(SLIPS["check"]._args[0]))
EMPTY = words("Type the code from your receipt.")
SLIPS_OF_THE_PEN = [
    ("K7QM-3F8T-9XW", LENGTH % {"count": 11}),
    ("K7QM-3F8T-9XW12", LENGTH % {"count": 13}),
    ("K7QM-3F8T-9XWU", CHARACTERS),
    ("K7QM-3F8T-9XW2", CHECK),
    ("", EMPTY),
    ("  ", EMPTY),
    ("<script>alert(1)</script>", CHARACTERS),
    ("٨١٠٥٠١١٧٠٨٩٠", CHARACTERS),
    ("K7QM\0003F8T9XW1", None),
    ("7" * 200_000, LENGTH % {"count": 200_000}),
]


def wrong_like(code: str) -> str:
    """A code that differs from a known one in a single place and is well formed."""
    body = code[:10] + ALPHABET[(ALPHABET.index(code[10]) + 1) % 32]
    return body + check_character(body)


def headers_of(page):
    return {name: value for name, value in page.headers.items() if name not in EVERY_TIME_ANOTHER}


@contextlib.contextmanager
def statements():
    """Every statement that the database is asked meanwhile."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def known(app):
    return send(enrolled(app), content(71)).receipt_code


def test_unknown_and_wrong_answer_alike(known, new_visitor):
    unknown, wrong = (ask(new_visitor(), code) for code in (make_receipt_code(), wrong_like(known)))
    assert unknown.heading == UNKNOWN_CODE
    assert unknown.html == wrong.html
    assert headers_of(unknown) == headers_of(wrong)
    assert unknown.status == wrong.status == 200


def test_unknown_and_wrong_ask_the_database_the_same(known, visitor):
    asked = []
    for code in (make_receipt_code(), wrong_like(known)):
        page = visitor.get("/check")
        with statements() as said:
            page.submit("/check", code=code)
        asked.append(said)
    assert asked[0] == asked[1]
    assert any("receipt_index" in statement for statement in asked[0])


@pytest.mark.parametrize(("typed", "sentence"), SLIPS_OF_THE_PEN, ids=lambda value: repr(value)[:24])
def test_a_slip_of_the_pen_is_named_and_asks_nothing(known, visitor, typed, sentence):
    page = visitor.get("/check")
    with statements() as said:
        page = page.submit("/check", code=typed, status=422 if sentence else None)
    if sentence is None:
        return  # a NUL among the characters is dropped, as on the phone
    assert said == []
    assert page.heading == "Cek status saya"
    page.see(sentence)
    assert page.find("input", name="code")[0].get("value") == typed[:40]


def test_the_code_stands_in_no_address_and_no_answer_is_kept(known, visitor):
    page = ask(visitor, known)
    assert page.path == "/check"
    assert page.headers["Cache-Control"] == "private, no-store"
    form = visitor.get("/check").form("/check")
    assert form.get("method") == "post"
    page.not_see(known)


def test_a_code_in_the_query_is_not_read(known, visitor):
    page = visitor.get("/check", query={"code": known})
    assert page.heading == "Cek status saya"
    assert page.find("input", name="code")[0].get("value") == ""


def test_a_signed_in_person_gets_the_same_page(known, new_visitor):
    officer = new_visitor()
    officer.sign_in("sari")
    assert ask(officer, known).html == ask(new_visitor(), known).html


def test_a_village_may_ask_but_guessing_ends(visitor, new_visitor):
    page = visitor.get("/check")
    for _ in range(60):
        page.submit("/check", code=make_receipt_code(), status=200)
    refused = page.submit("/check", code=make_receipt_code(), status=429)
    assert refused.headers["Retry-After"] == "60"
    refused.see(words("Too many tries. Wait a minute and try again."))
    # a slip asks nothing, so it costs nothing; a forged address helps nobody
    page.submit("/check", code="K7QM", status=422)
    forged = new_visitor()
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        value = "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9"
        token = forged.get("/check").values("/check")["csrf_token"][0]
        forged.post("/check", {"code": make_receipt_code(), "csrf_token": token}, headers={name: value}, status=429)


def test_the_page_is_light_and_lonely(known, visitor):
    """At most 10 kB over the wire with all that it loads; no manifest, no application. A member's page and card too."""
    weights = {}
    asked = ask(visitor, known)
    lead(entries()[0], "active")
    db.session.commit()
    member = ask(visitor, known)
    for page in (visitor.get("/check"), asked, member, member.submit("/check/card")):
        assert not [link for link in page.find("link") if link.get("rel") == "manifest"]
        loaded = [link.get("href") for link in page.find("link")] + [script.get("src") for script in page.find("script")]
        total = wire(visitor, "/check", page.html)
        for address in loaded:
            with visitor.client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
                total += len(answer.get_data()) + header_bytes(answer)
        weights[page.heading] = total
    assert all(weight <= 10_000 for weight in weights.values()), weights


def wire(visitor, path, html):
    import gzip

    return len(gzip.compress(html.encode(), 5)) + header_bytes(visitor.client.get(path))


def header_bytes(answer):
    return sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())


@pytest.mark.long
def test_unknown_and_wrong_take_the_same_time(known, visitor, app):
    """200 of each in turn; a rank test finds no difference (p > 0.01)."""
    app.config["RATELIMIT_ENABLED"] = False
    from sbt_pwa.kit.throttle import limiter

    limiter.enabled = False
    try:
        page = visitor.get("/check")
        token = page.values("/check")["csrf_token"][0]
        took = {"unknown": [], "wrong": []}
        for at in range(440):
            kind = ("unknown", "wrong")[at % 2]
            code = make_receipt_code() if kind == "unknown" else wrong_like(known)
            began = time.perf_counter()
            visitor.client.post("/check", data={"code": code, "csrf_token": token}).get_data()
            took[kind].append(time.perf_counter() - began)
        assert rank_test(took["unknown"][20:], took["wrong"][20:]) > 0.01, {k: statistics.median(v) for k, v in took.items()}
    finally:
        limiter.enabled = True


def rank_test(first: list[float], second: list[float]) -> float:
    """Mann-Whitney, two-sided, by the normal approximation."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(place for place, (_value, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - statistics.NormalDist().cdf(abs(z)))


def test_the_rank_test_sees_a_difference():
    assert rank_test([1.0 + at / 1000 for at in range(200)], [1.1 + at / 1000 for at in range(200)]) < 0.01
    assert rank_test([at % 7 + at / 1e6 for at in range(200)], [at % 7 + at / 1e6 + 1e-9 for at in range(200)]) > 0.01


def test_no_code_stands_in_a_log(known, visitor, caplog):
    caplog.set_level("DEBUG")
    ask(visitor, known)
    assert not re.search(known, caplog.text)
