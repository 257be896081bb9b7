"""The supervisor's queue with 100,000 registrations: page, filters, search and far-down pages."""

from __future__ import annotations

import re
import statistics
import time
from urllib.parse import urljoin

from flask.testing import FlaskClient

from sbt_pwa.demo import PASSWORD

from . import crowd, place, rows
from .result import Figure

COUNT = rows.count(100_000)
FAR = min(100, COUNT // 1_000)  # pages
ROUNDS = 60
GOAL = 20.0  # milliseconds at the median
PAGES = {
    "first page": "/approve",
    "filter by village": "/approve?village=81.05.01.2003",
    "filter by officer": "/approve?officer=sari",
    "filter by warning": "/approve?warning=nik_other_region",
    "filter by category": "/approve?category=non_civil_servant",
    "search for a common name": "/approve?text=rumalutur",
    "search for a rare pair of names": "/approve?text=zainab+vanath",
}


def figures() -> list[Figure]:
    found = []
    for database in place.DATABASES:
        with place.fresh(database) as (app, _environ):
            pages = dict(PAGES)
            app.config["RATELIMIT_ENABLED"] = False
            client = sign_in(app.test_client())
            empty, _p95 = timed(client, "/approve")
            crowd.fill(COUNT)
            pages[f"far down (page {FAR})"] = far_down(client, FAR)
            for name, path in pages.items():
                median, p95 = timed(client, path)
                what = f"queue of {COUNT:,}, {name}, {database}"
                unit = f"ms median (p95 {p95:.1f}; {median / empty:.1f} x an empty table's {empty:.1f})"
                found.append(Figure(what, median, unit, "at most 20 ms", median <= GOAL))
    return found


def sign_in(client: FlaskClient, username: str = "budi") -> FlaskClient:
    page = client.get("/sign-in").text
    token = re.search(r'csrf_token" value="([^"]+)', page)
    client.post("/sign-in", data={"csrf_token": token[1] if token else "", "username": username, "password": PASSWORD})
    return client


def timed(client: FlaskClient, path: str) -> tuple[float, float]:
    """Return (median, p95) in milliseconds of the whole answer, page rendered and compressed."""
    took = []
    for number in range(ROUNDS + 5):
        began = time.perf_counter()
        answer = client.get(path, headers={"Accept-Encoding": "br"})
        if number >= 5:
            took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return statistics.median(took), statistics.quantiles(took, n=20)[18]


def far_down(client: FlaskClient, pages: int) -> str:
    """Follow the link to the next page as a person would; return the last address."""
    path = "/approve"
    for _ in range(pages - 1):
        link = re.search(r'href="([^"]*after=[^"]*)"', client.get(path).text)
        if link is None:
            raise RuntimeError(f"no next page after {path}")
        path = urljoin(path, link[1].replace("&amp;", "&"))
    return path
