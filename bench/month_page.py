"""The list to pay of a month with 100,000 people, half of them paid: its page, the page of arrears, and both exports.

Medians of 5 as a person of the office meets them: through the app, page rendered and compressed.
`python -m bench month_page`; SBT_BENCH_COUNT sets how many.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time

from flask.testing import FlaskClient
from sqlalchemy import select, update

from sbt_pwa.kit.db import db
from sbt_pwa.records.contribution_month import Due, month_of
from sbt_pwa.records.payment import Payment
from sbt_pwa.records.rates import load_rates

from . import contribution_run, place, rows
from .queue import sign_in
from .result import Figure

COUNT = rows.count(100_000)
ROUNDS = 5
MONTH = dt.date(2026, 1, 1)
PAGE_MILLISECONDS, FILE_SECONDS = 60.0, 20.0


def figures() -> list[Figure]:
    found = []
    for database in place.DATABASES:
        with place.fresh(database) as (app, _environ):
            app.config["RATELIMIT_ENABLED"] = False
            load_rates()
            address = fill()
            client = sign_in(app.test_client(), "dewi")
            for what, path in (("page", address), ("arrears", address.rpartition("/")[0] + "/arrears")):
                took = timed(client, path) * 1000
                name = f"list to pay of {COUNT:,}, {what}, {database}"
                found.append(Figure(name, took, "ms median", f"at most {PAGE_MILLISECONDS:.0f}", took <= PAGE_MILLISECONDS))
            for ending in ("xlsx", "csv"):
                took = timed(client, f"{address}/list.{ending}")
                name = f"list to pay of {COUNT:,}, {ending}, {database}"
                found.append(Figure(name, took, "s median", f"at most {FILE_SECONDS:.0f}", took <= FILE_SECONDS))
    return found


def fill() -> str:
    """Write members, January's list, and a payment for every second of them; return the month's address."""
    programme = contribution_run.fill(COUNT)
    contribution_run.ours(programme, MONTH)
    month = month_of(programme, MONTH)
    payment = {"programme_id": programme.id, "month": MONTH, "paid_on": MONTH, "reference": "1", "people": COUNT}
    paid = Payment(**payment, rupiah=month.rupiah // 2, due_rupiah=month.rupiah, by_id=place.account("dewi").id)
    db.session.add(paid)
    db.session.flush()
    half = select(Due.registration_id).where(month.dues).order_by(Due.registration_id).limit(COUNT // 2)
    db.session.execute(update(Due).where(month.dues, Due.registration_id.in_(half)).values(payment_id=paid.id))
    address = f"/exchange/months/{programme.id}/{MONTH:%Y-%m}"
    db.session.commit()  # and nothing is read after it: the pages are asked for in transactions of their own
    rows.analyze()
    return address


def timed(client: FlaskClient, path: str) -> float:
    """Return the median of whole answers in seconds."""
    took = []
    for number in range(ROUNDS + 1):
        began = time.perf_counter()
        answer = client.get(path, headers={"Accept-Encoding": "br"})
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        took.append(time.perf_counter() - began) if number else None
    return statistics.median(took)
