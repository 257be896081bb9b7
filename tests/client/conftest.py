"""The phone's engine in a real Chromium, against a server that does what it is told."""
# ruff: noqa: E501 (scripts that run in the browser)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.client.pretend_server import PretendServer

PERSON = {
    "category": "vulnerable", "nik": "8105011708900001", "name": "Canaryname Rumbia", "birth_date": "1990-08-17", "sex": "male",
    "phone": "+6281234567890", "village": "81.05.01.2003", "occupation": "fisher", "consent": True,
}  # fmt: skip
LOAD = """
const from = (name) => import(`/static/client/${name}.js`);
globalThis.engine = Promise.all(["enrol", "outbox", "store", "sync", "sending"].map(from))
  .then((parts) => Object.assign({}, ...parts));
"""


class Engine:
    """One tab with the engine's modules in it."""

    def __init__(self, page: Page, url: str):
        self.page = page
        self.url = url
        self.load()

    def load(self) -> None:
        self.page.goto(self.url)
        self.page.evaluate(LOAD)

    def run(self, code: str, argument: Any = None) -> Any:
        """Run the body of a function that knows `e` (the engine) and `a` (the argument)."""
        return self.page.evaluate(f"async (a) => {{ const e = await globalThis.engine; {code} }}", argument)

    def enrol(self) -> dict[str, Any]:
        return self.run("return e.enrol('csrf')")

    def save(self, photo_bytes: int = 0, **changes: Any) -> dict[str, Any]:
        answers = PERSON | changes.pop("answers", {})
        code = "return e.saveRecord({ ...a.more, answers: a.answers, photo: a.photo ? new Uint8Array(a.photo).fill(7) : null })"
        return self.run(code, {"answers": answers, "photo": photo_bytes, "more": changes})

    def sync(self, by_hand: bool = True) -> dict[str, Any]:
        """One round, as by the button; what is told at its end."""
        told = "let told; const end = e.onSync((now) => { told = now; }); end();"
        return self.run(f"await e.syncNow({{ byHand: a }}); {told} return told", by_hand)

    def rows(self) -> list[dict[str, Any]]:
        """The outbox as it is stored, oldest first, without its bytes."""
        read = "return (await e.rows()).sort((x, y) => x.id < y.id ? -1 : 1).map((row) => ({ ...row, sealed: row.sealed && row.sealed.length }))"
        return self.run(read)

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows()]

    def wait_until(self, code: str, seconds: int = 15) -> None:
        """Wait until the expression, which knows `e` and `rows`, is true."""
        ask = f"const rows = await e.rows(); if ({code}) return true; await new Promise((done) => setTimeout(done, 50))"
        assert self.run(f"const end = Date.now() + a * 1000; while (Date.now() < end) {{ {ask} }} return false", seconds), code

    def fact(self, name: str) -> Any:
        return self.run("return e.fact(a)", name)


@pytest.fixture
def server() -> Iterator[PretendServer]:
    server = PretendServer()
    yield server
    server.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def phone(context: BrowserContext, server: PretendServer) -> Engine:
    """A phone that sari is signed in on."""
    engine = Engine(context.new_page(), server.url)
    engine.enrol()
    return engine


@pytest.fixture
def second_tab(context: BrowserContext, server: PretendServer, phone: Engine) -> Engine:
    return Engine(context.new_page(), server.url)
