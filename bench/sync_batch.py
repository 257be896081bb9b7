"""POST /sync/batch: records a second, bytes a record, against one plain row a request through the same stack.

A batch is what one officer brings home: people of two neighbouring villages, with random NIKs and names.
Batches and plain rows take turns in rounds, and the fastest round of each counts: what else a shared machine does
only ever slows a round. The one in the middle and the slowest are told beside it.
"""

from __future__ import annotations

import gzip
import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import func, select, text

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import SYNC_TYPE
from sbt_pwa.records.registration import Registration

from . import place
from .people import envelope, people
from .result import Figure

BATCH = 50
BATCHES = 120
ROUNDS = 8
WARM = 20
PHONES = 8
SENDERS = PHONES  # each has a connection of its own
PLAIN_ROWS = 800
PROCESSES = 2


def figures() -> list[Figure]:
    found = []
    for database in place.DATABASES:
        with place.fresh(database) as (_app, environ):
            batches, tokens = make_batches()
            rows = [
                json.dumps({k: v for k, v in p.items() if isinstance(v, str)}).encode()
                for p in people(PLAIN_ROWS * ROUNDS, place.villages(), 2)
            ]
            db.session.rollback()
            with place.server(environ, PROCESSES) as server, place.server(environ, PROCESSES, "bench.plain_app:app") as plain:
                jobs = [partial(post_batch, body=body, token=token) for body, token in zip(batches, tokens, strict=True)]
                plain_jobs = [partial(post_row, row=row) for row in rows]
                send_all(server.port, jobs[:WARM])
                if database == "postgresql":  # which does this by itself within a minute of the first entries
                    db.session.execute(text("ANALYZE"))
                    db.session.commit()
                speeds, plain_speeds, sizes = [], [], []
                for number in range(ROUNDS):
                    seconds, weighed = send_all(server.port, jobs[WARM + number * BATCHES :][:BATCHES])
                    speeds.append(BATCHES * BATCH / seconds)
                    sizes += weighed
                    seconds, _sizes = send_all(plain.port, plain_jobs[number * PLAIN_ROWS :][:PLAIN_ROWS])
                    plain_speeds.append(PLAIN_ROWS / seconds)
            stored = db.session.scalar(select(func.count()).select_from(Registration))
            db.session.rollback()
            if stored != (WARM + BATCHES * ROUNDS) * BATCH:
                raise RuntimeError(f"{stored} stored")
        speed, plain_speed = max(speeds), max(plain_speeds)
        found.append(
            Figure(
                f"records a second in batches of 50, {database}",
                speed,
                f"records/s (median round {statistics.median(speeds):,.0f}, slowest {min(speeds):,.0f})",
                "at least 1,500",
                speed >= 1500,
            )
        )
        found.append(
            Figure(f"... times one plain row a request, {database}", speed / plain_speed, f"x ({plain_speed:.0f} rows/s)", "")
        )
        if database == "sqlite":
            size = sum(sizes) / (BATCHES * ROUNDS * BATCH)
            found.append(
                Figure(
                    "a record without photo in a batch of 50, both ways, headers too", size, "bytes", "at most 450", size <= 450
                )
            )
    return found


def make_batches() -> tuple[list[bytes], list[str]]:
    """Return gzip bodies and the token of each."""
    phones = place.phones(PHONES)
    author = str(place.account("sari").id)
    key_id, public = place.sealing()
    villages = place.villages()
    workers = people((WARM + BATCHES * ROUNDS) * BATCH, villages)
    bodies, tokens = [], []
    for number in range(WARM + BATCHES * ROUNDS):
        device_id, token = phones[number % PHONES]
        first = number // PHONES * BATCH + 1
        chunk = workers[number * BATCH : (number + 1) * BATCH]
        round_, turn = divmod(number, PHONES)
        for i, worker in enumerate(chunk):
            worker["village"] = villages[(turn * len(villages) // PHONES + round_ + i % 2) % len(villages)]
            worker["district"] = worker["village"][:8]
        records = [
            envelope(w, device_id=device_id, sequence=first + i, author_id=author, key_id=key_id, public_key=public)
            for i, w in enumerate(chunk)
        ]
        body = json.dumps({"epoch": "0123456789abcdef", "seen": 0, "records": records}, separators=(",", ":"))
        bodies.append(gzip.compress(body.encode(), 6))
        tokens.append(token)
    return bodies, tokens


def send_all(port: int, jobs: list[Callable[[http.client.HTTPConnection], int]]) -> tuple[float, list[int]]:
    """Do the jobs from a few threads with one connection each; return (seconds, bytes on the wire of each)."""
    waiting, sizes, faults = list(reversed(jobs)), [], []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while waiting and not faults:
            try:
                job = waiting.pop()
            except IndexError:
                break
            try:
                sizes.append(job(connection))
            except Exception as fault:
                faults.append(fault)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return time.perf_counter() - began, sizes


def post_batch(connection: http.client.HTTPConnection, body: bytes, token: str) -> int:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": SYNC_TYPE,
        "Content-Encoding": "gzip",
        "Accept-Encoding": "gzip, deflate, br",
    }
    answer, data = _post(connection, "/sync/batch", body, headers)
    asked = sum(len(f"{k}: {v}\r\n") for k, v in headers.items()) + len(body) + 90  # request line, Host, Content-Length
    told = sum(len(f"{k}: {v}\r\n") for k, v in answer.getheaders()) + len(data) + 19
    return asked + told


def post_row(connection: http.client.HTTPConnection, row: bytes) -> int:
    _answer, data = _post(connection, "/row", row, {"Content-Type": "application/json"})
    return len(row) + len(data)


def _post(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> tuple[Any, bytes]:
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {data[:300]!r}")
    return answer, data
