"""Phones that register over a line that breaks, to a server that dies, and the one question at the end: where is each record?

`verdict` is the set-checker of every trial: each saved record is on the server once, or still sealed on its phone.
"""

from __future__ import annotations

import gzip
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.faults.proxy import (
    ANSWER_LOST,
    CAPTIVE_PORTAL,
    HTML_ERROR,
    PASS,
    PROXY_JSON,
    REDIRECT_TO_SIGN_IN,
    RESET,
    Fault,
    Request,
    cut_down,
    cut_up,
)
from tests.faults.server import ServerProcess
from tests.protocol_client import MEDIA_TYPE, NoAnswer, Phone, Refused


@dataclass(frozen=True)
class Verdict:
    lost: set[str]  # neither on the server nor waiting on a phone
    doubled: set[str]  # on the server more than once


def verdict(phones: Iterable[Phone], stored: Counter[str]) -> Verdict:
    saved = {record_id: kept for phone in phones for record_id, kept in phone.outbox.items()}
    lost = {record_id for record_id, kept in saved.items() if kept.state != "waiting" and not stored[record_id]}
    return Verdict(lost, {record_id for record_id, number in stored.items() if number > 1})


def breaking(seed: int, often: float):
    """Return what a proxy does to each request: mostly nothing, else one of the ways in which lines break."""
    chance, lock = random.Random(seed), threading.Lock()

    def choose(request: Request) -> Fault:
        with lock:
            if not request.path.startswith("/sync/") or chance.random() > often:
                return PASS
            length = int(request.header("Content-Length") or 0)
            return chance.choice(
                [
                    cut_up(chance.randrange(max(1, length))),
                    cut_down(chance.randrange(1, 900)),
                    ANSWER_LOST, ANSWER_LOST, RESET, CAPTIVE_PORTAL, HTML_ERROR, PROXY_JSON, REDIRECT_TO_SIGN_IN,
                ]
            )  # fmt: skip

    return choose


def send_over(phone: Phone, until: float) -> None:
    """Send until nothing waits, as a phone does; here without its pauses."""
    while time.monotonic() < until:
        try:
            phone.send()
            phone.send_photos()
        except (NoAnswer, Refused) as trouble:
            if isinstance(trouble, Refused) and trouble.status not in (409, 429, 500, 503):
                raise
            time.sleep(0.02)
            continue
        if not phone.waiting() and not owed_photos(phone):
            return


def owed_photos(phone: Phone) -> list[str]:
    return [one for one, kept in phone.outbox.items() if kept.envelope.get("photos") and not kept.photo_sent]


class Keeper(threading.Thread):
    """Starts the server again whenever it has died, as systemd would."""

    def __init__(self, server: ServerProcess):
        super().__init__(daemon=True)
        self.server, self.deaths, self.over = server, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            process = self.server._process
            if process is None or process.poll() is not None:
                self.deaths += 1
                self.server._end(9)
                while not self.over.is_set():
                    try:
                        self.server.start()
                        break
                    except RuntimeError:  # died again while it was asked whether it lives
                        continue


class TrustingPhone(Phone):
    """What a careless client does: any 200 is good news. It must be found out."""

    def send_some(self, some):
        sent = json.dumps({"records": [kept.envelope for kept in some]}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": MEDIA_TYPE}
        try:
            status, _told, _body = self.line("POST", "/sync/batch", headers, sent)
        except Exception as broken:
            raise NoAnswer(str(broken)) from broken
        if status != 200:
            raise NoAnswer(str(status))
        for kept in some:
            kept.state = "accepted"


class CountingServer(ThreadingHTTPServer):
    """A small server that counts what it stores; without `remembers` it stores again what it has. It must be found out."""

    daemon_threads = True

    def __init__(self, remembers: bool):
        super().__init__(("127.0.0.1", 0), Counting)
        self.remembers, self.stored, self.lock = remembers, Counter(), threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # lines that break are the point here

    def take(self, record):
        with self.lock:
            if not self.stored[record["id"]] or not self.remembers:
                self.stored[record["id"]] += 1
        return {"id": record["id"], "digest": record["digest"], "status": "accepted", "server_seq": 1, "reasons": []}


class Counting(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        results = [self.server.take(record) for record in json.loads(body)["records"]]
        about = {"epoch": "e", "server_time": "2026-11-22T09:00:00Z", "backed_up_through": 0}
        answer = json.dumps(about | {"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words):
        pass
