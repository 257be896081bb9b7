"""What pages weigh on the wire, and how long a form takes on a thin line with a slow phone."""

from __future__ import annotations

import re

from tests.journeys.phone import Phone

from .browser import Stage, settle, slow_down, stage
from .result import Figure

USABLE = "document.querySelector('.part .missing')?.textContent.trim().length > 0"
LINES = [(400, 400, 2.5, "20.7 to 29.6"), (50, 500, 12.0, "136 to 203")]  # kbit/s, ms, goal in s, the peers in s
ROUNDS = 3


def figures() -> list[Figure]:
    with stage() as found:
        return [*first_visits(found), *later_pages(found), *until_usable(found)]


def first_visits(found: Stage) -> list[Figure]:
    """An empty browser: what the page and its scripts load, and what the worker then keeps for working offline."""
    with found.phone("sign-in") as phone:
        signing_in, _all = weigh(found, phone, "/sign-in")
    with found.phone("form") as phone:
        phone.sign_in("sari")
        cookies = phone.context.cookies()
    with found.phone("form-first") as phone:
        phone.context.add_cookies(cookies)
        form, everything = weigh(found, phone, "/register/new")
    return [
        Figure("first visit to the sign-in page, all resources", signing_in / 1000, "kB", "at most 60", signing_in <= 60_000),
        Figure("first visit to the form, all resources", form / 1000, "kB", "at most 60", form <= 60_000),
        Figure("... and what the worker then fetches in the background", (everything - form) / 1000, "kB", ""),
    ]


def later_pages(found: Stage) -> list[Figure]:
    weights: dict[str, int] = {}
    with found.phone("later-officer") as phone:
        phone.get_ready("sari")
        settle(phone.page)
        for path in ("/register?masuk=1", "/me", "/check"):
            weights[path], _all = weigh(found, phone, path)
    with found.phone("later-supervisor") as phone:
        phone.sign_in("budi")
        settle(phone.page)
        for path in ("/approve", "/approve/phones"):
            weights[path], _all = weigh(found, phone, path)
        phone.open("/approve")
        entry = re.search(r'href="(/approve/[0-9a-f-]{36})', phone.page.content())
        if entry:
            weights["/approve/<id>"], _all = weigh(found, phone, entry[1])
    heaviest = max(weights, key=lambda path: weights[path])
    told = ", ".join(f"{path} {size / 1000:.1f}" for path, size in weights.items())
    what = f"heaviest later page ({told})"
    return [Figure(what, weights[heaviest] / 1000, "kB", "at most 8", weights[heaviest] <= 8_000)]


def weigh(found: Stage, phone: Phone, path: str) -> tuple[int, int]:
    """Return (bytes that the page took, headers included, as the browser counts them; all bytes from the server)."""
    taken: list[float] = []
    session = phone.page.context.new_cdp_session(phone.page)
    session.on("Network.loadingFinished", lambda event: taken.append(event["encodedDataLength"]))
    session.send("Network.enable")
    found.line.begin()
    phone.open(path)
    settle(phone.page)
    session.detach()
    return int(sum(taken)), found.line.down


def until_usable(found: Stage) -> list[Figure]:
    """From the address to a form that counts what is missing, with nothing in the cache."""
    with found.phone("cookie") as phone:
        phone.sign_in("sari")
        cookies = phone.context.cookies()
    figures = []
    for kbit, latency, goal, peers in LINES:
        took = []
        for number in range(ROUNDS):
            with found.phone(f"slow-{kbit}-{number}") as phone:
                phone.context.add_cookies(cookies)
                slow_down(phone.page, kbit=kbit, latency_ms=latency)
                phone.page.goto(found.line.url + "/register/new", wait_until="commit", timeout=120_000)
                phone.wait(USABLE, within=60)
                took.append(phone.page.evaluate("() => performance.now()") / 1000)
        best = sorted(took)[ROUNDS // 2]
        what = f"form usable at {kbit} kbit/s, {latency} ms, slow phone (peers: {peers} s)"
        figures.append(Figure(what, best, "s", f"within {goal}", best <= goal))
    return figures
