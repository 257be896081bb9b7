"""A real Chromium before a demo server, slowed as a cheap phone on a thin line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from tests.faults.server import ServerProcess
from tests.journeys.phone import Phone

from .byte_counter import ByteCounter

CPU = 6  # times slower


@dataclass
class Stage:
    playwright: Playwright
    server: ServerProcess
    line: ByteCounter
    folder: Path

    @contextmanager
    def phone(self, name: str) -> Iterator[Phone]:
        """A phone with an empty profile."""
        phone = Phone(self.playwright, self.folder / name, self.line.url).start()
        try:
            yield phone
        finally:
            phone.close()


@contextmanager
def stage() -> Iterator[Stage]:
    folder = Path(tempfile.mkdtemp(prefix="sbt-bench-"))
    server = ServerProcess(folder / "data").start(within=180)
    line = ByteCounter(server.port)
    try:
        with sync_playwright() as playwright:
            yield Stage(playwright, server, line, folder)
    finally:
        line.close()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def slow_down(page: Page, *, kbit: int | None = None, latency_ms: int = 0, cpu: int = CPU) -> None:
    """Throttle the page's processor, and its line when `kbit` (per second) is given."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    if kbit:
        speed = kbit * 1000 / 8
        conditions = {"offline": False, "latency": latency_ms, "downloadThroughput": speed, "uploadThroughput": speed}
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", conditions)


def settle(page: Page, quiet_ms: int = 1500) -> None:
    """Wait until the page and its worker ask for nothing more."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(quiet_ms)
