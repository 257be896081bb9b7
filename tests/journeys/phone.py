"""A phone (or a desk) with a real Chromium, and what an officer does with it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, TimeoutError

from tests.chromium import ARGUMENTS, find_chromium
from tests.factories import Invented
from tests.visitor import PASSWORD
from tests.words import words

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
PATIENCE = 30_000  # ms; two cores are shared by two browsers, and perhaps by others
# The browser's own note about a line that broke; whether the page copes is what journeys look at.
BROKEN_LINE = re.compile(r"Failed to load resource|net::ERR_|the server responded with a status of|Manifest(:| fetch)")


class Phone:
    """With a browser that is already there it is a seat at it: nothing is kept on a disk, and it cannot be restarted."""

    def __init__(
        self,
        playwright: Playwright,
        profile: Path,
        url: str,
        shape: dict[str, Any] | None = None,
        browser: Browser | None = None,
        **options: Any,
    ):
        self.playwright, self.profile, self.url, self.browser = playwright, profile, url, browser
        self.options = (shape or PHONE) | {"locale": "id-ID", "timezone_id": "Asia/Jayapura", "accept_downloads": True} | options
        self.troubles: list[str] = []
        self.context: BrowserContext | None = None
        self._page: Page | None = None

    # Switching on and off

    def start(self) -> Phone:
        self.context = self.browser.new_context(**self.options) if self.browser else self._own_browser()
        self.context.set_default_timeout(PATIENCE)
        self.context.on("page", self._listen)
        self.context.on("weberror", lambda error: self.troubles.append(f"uncaught: {error.error.stack or error.error}"))
        self._page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self._listen(self._page)
        return self

    def _own_browser(self) -> BrowserContext:
        return self.playwright.chromium.launch_persistent_context(
            str(self.profile), executable_path=find_chromium(), args=ARGUMENTS, headless=True, **self.options
        )

    @property
    def page(self) -> Page:
        assert self._page is not None, "the phone is off"
        return self._page

    def _listen(self, page: Page) -> None:
        def hear(message: Any) -> None:
            if message.type == "error" and not BROKEN_LINE.search(message.text):
                self.troubles.append(f"{page.url}: {message.text}")

        page.on("console", hear)

    def close(self) -> None:
        context, self.context, self._page = self.context, None, None
        if context:
            context.close()

    def kill(self) -> None:
        """Battery out: every process of this browser ends at once, nothing is flushed."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        context, self.context, self._page = self.context, None, None
        until(lambda: not self.processes(), "the browser did not end")
        with contextlib.suppress(Error):  # it is gone, as wanted
            if context:
                context.close()

    def restart(self) -> Phone:
        assert not self.browser, "a seat at a browser keeps nothing"
        self.close()
        return self.start()

    def processes(self) -> list[int]:
        """Ours by the profile folder on the command line, which nobody else has; children are found by their parents."""
        parents: dict[int, int] = {}
        own: set[int] = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if f"--user-data-dir={self.profile}".encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                    own.add(int(folder.name))
            except (OSError, IndexError, ValueError):
                continue
        size = -1
        while size != len(own):
            size = len(own)
            own |= {pid for pid, parent in parents.items() if parent in own}
        return sorted(own)

    def wait(self, expression: str, within: float = PATIENCE / 1000) -> None:
        """Until the expression holds in the page. Playwright's own waiting evaluates in the page, which our policy forbids."""

        def holds() -> bool:
            try:
                return self.page.evaluate(f"() => Boolean({expression})")
            except Error:
                return False  # in between two pages

        until(holds, expression, within, self.page)

    def take_photo(self, picture: Path) -> None:
        self.page.set_input_files("[name=photo_id_card]", picture)
        self.wait("document.querySelector('#photo_frame img')")

    # What an officer does

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path, wait_until="load")
        return self.page

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        self.open("/sign-in")
        return self.type_password(username, password)

    def type_password(self, username: str, password: str = PASSWORD) -> Page:
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.locator("form[action*='sign-in'] button").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page

    def get_ready(self, username: str = "sari") -> Page:
        """Sign in with signal and wait until the phone says that it works without."""
        self.sign_in(username)
        self.page.locator("#ready").wait_for(state="visible")
        assert words("Ready to use without a signal.") in self.page.locator("#ready").inner_text()
        return self.page

    def sign_out(self) -> None:
        self.open("/sign-out")
        self.page.locator("form[action*='sign-out'] button").click()
        self.page.wait_for_url(self.url + "/")

    def open_form(self) -> Page:
        self.open("/register/new")
        self.form_is_alive()
        return self.page

    def form_is_alive(self) -> None:
        """The module has taken over: it counts what is missing beside the headings."""
        self.wait("document.querySelector('.part .missing')?.textContent.trim().length > 0")

    def fill_form(self, person: Invented, **other: Any) -> None:
        page = self.page
        for name, value in person.typed(**other).items():
            if value is None:
                continue
            field = page.locator(f"#registration [name={name}]")
            kind = field.first.evaluate("(f) => f.tagName === 'SELECT' ? 'select' : f.type")
            if kind == "select":
                field.select_option(value)
            elif kind == "radio":
                page.locator(f"#registration label:has([name={name}][value={value}])").click()
            elif kind == "checkbox":
                field.set_checked(bool(value))
            else:
                field.fill(value)

    def save(self, confirm_warnings: bool = True) -> None:
        self.page.locator("#save").click()
        if confirm_warnings:
            self.page.wait_for_timeout(150)
            boxes = self.page.locator("#warnings_list input:visible")
            if boxes.count():
                for box in boxes.all():
                    box.check()
                self.page.locator("#save").click()

    def receipt(self) -> str:
        """The code in large letters, read off the screen. None of it is shown before the record is safe."""
        shown = self.page.locator("#view:visible [data-slot=code], main article.receipt [data-slot=code]").first
        shown.wait_for(state="visible")
        found = CODE.search(" ".join(shown.inner_text().split()).replace(" ", ""))
        assert found, f"no code in {shown.inner_text()!r}"
        return found[0]

    def register(self, person: Invented, **other: Any) -> str:
        self.open_form()
        self.fill_form(person, **other)
        self.save()
        return self.receipt()

    def day(self) -> Page:
        self.open("/register")
        self.wait("/^[0-9]+$/.test(document.querySelector('#count_waiting')?.textContent || '')")
        return self.page

    def counts(self) -> tuple[int, int, int]:
        """(waiting here, sent, came back) as the day page tells them."""
        ids = ("waiting", "sent", "returned")
        told = [self.page.locator(f"#count_{one}").inner_text() for one in ids]
        return tuple(int(number) if number.isdigit() else -1 for number in told)  # type: ignore[return-value]

    def wait_for_counts(self, waiting: int, sent: int = 0, within: float = 30) -> None:
        """`sent`: at least; the demo's officers have sent others before."""
        until(
            lambda: self.counts()[0] == waiting and self.counts()[1] >= sent,
            lambda: f"waiting, sent, returned are {self.counts()}, not {waiting}, {sent}",
            within,
            self.page,
        )

    def send_now(self) -> None:
        """The button, unless sending has begun by itself in this very moment."""
        with contextlib.suppress(TimeoutError):
            self.page.get_by_role("button", name=words("Send now")).click(timeout=3000)

    def signal_comes_back(self) -> None:
        """What the phone itself notices: it was in flight mode, and now it is not."""
        self.context.set_offline(True)
        self.context.set_offline(False)

    def line_says(self, name: str, within: float = 20, **values: Any) -> None:
        """The line on top says its sentence for this state, with these numbers in it."""
        line = self.page.locator("#network_line")
        sentence = line.get_attribute(f"data-{name}")
        assert sentence, f"the line has no words for {name}"
        sentence = sentence.format(**values)
        until(
            lambda: sentence in line.inner_text(),
            lambda: f"the line says {line.inner_text()!r}, not {sentence!r}",
            within,
            self.page,
        )

    def sees(self, sentence: str) -> None:
        assert sentence in self.page.locator("body").inner_text(), (
            f"{sentence!r} is not to be seen:\n{self.page.locator('body').inner_text()}"
        )

    def outbox(self) -> list[dict[str, Any]]:
        """What was saved on this phone, as it lies in the browser's database; what only the inbox told of was never sealed here."""
        return [row for row in self.page.evaluate(READ_OUTBOX) if "digest" in row]


READ_OUTBOX = """async () => {
  const db = await new Promise((yes, no) => { const r = indexedDB.open("sbt"); r.onsuccess = () => yes(r.result); r.onerror = () => no(r.error); });
  if (!db.objectStoreNames.contains("outbox")) { db.close(); return []; }
  const rows = await new Promise((yes, no) => {
    const r = db.transaction("outbox").objectStore("outbox").getAll(); r.onsuccess = () => yes(r.result); r.onerror = () => no(r.error); });
  db.close();
  return JSON.parse(JSON.stringify(rows, (_k, v) => (v instanceof Uint8Array ? `bytes:${v.length}` : v)));
}"""


def until(holds: Callable[[], Any], why: str | Callable[[], str], within: float = 10, page: Page | None = None) -> None:
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > within:
            raise AssertionError(why if isinstance(why, str) else why())
        if page:
            page.wait_for_timeout(100)  # lets the browser's events through, which time.sleep does not
        else:
            time.sleep(0.05)
