"""Takes the README's pictures from a demo server of its own: `python -m dev.pictures`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from tests.factories import invented
from tests.faults.server import ServerProcess
from tests.journeys.phone import DESK, PHONE, Phone

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="sbt-pictures-"))
    server = ServerProcess(folder / "data").start(within=180)
    try:
        with sync_playwright() as playwright:
            code = take_phone(Phone(playwright, folder / "phone", server.url).start())
            take_desk(Phone(playwright, folder / "desk", server.url, shape=DESK).start(), code)
            take_leaders(playwright, folder, server.url)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def take_phone(phone: Phone) -> str:
    phone.get_ready("sari")
    phone.context.set_offline(True)
    phone.open_form()
    phone.fill_form(invented(3))
    phone.page.evaluate("() => window.scrollTo(0, 0)")
    shoot(phone, "phone-form")
    phone.save()
    code = phone.receipt()
    phone.page.wait_for_timeout(500)
    shoot(phone, "phone-receipt")
    phone.day()
    phone.page.wait_for_timeout(1500)
    shoot(phone, "phone-day")
    phone.context.set_offline(False)
    phone.page.reload()
    phone.wait_for_counts(0)
    phone.open("/check")
    phone.page.fill("[name=code]", code)
    phone.page.locator("form[action='/check'] button").click()
    phone.page.wait_for_load_state("load")
    shoot(phone, "phone-check")
    phone.close()
    return code


def take_desk(desk: Phone, _code: str) -> None:
    desk.sign_in("budi")
    desk.page.wait_for_load_state("load")
    desk.page.locator("a.row-link").first.click()
    desk.page.wait_for_load_state("networkidle")
    shoot(desk, "desk-approve")
    desk.close()


def take_leaders(playwright: Playwright, folder: Path, url: str) -> None:
    """The regent's desk, and the phone of a camat who goes to a meeting."""
    for name, username, shape in (("desk-leaders", "agus", DESK), ("phone-leaders", "camat", PHONE)):
        leader = Phone(playwright, folder / name, url, shape=shape).start()
        leader.sign_in(username)
        leader.page.wait_for_load_state("networkidle")
        if shape is DESK:  # the finding, and the map below it
            leader.page.evaluate("() => window.scrollTo(0, document.querySelector('.finding').offsetTop - 16)")
        shoot(leader, name)
        leader.close()


def shoot(phone: Phone, name: str) -> None:
    phone.page.screenshot(path=FOLDER / f"{name}.png", scale="css")


if __name__ == "__main__":
    main()
