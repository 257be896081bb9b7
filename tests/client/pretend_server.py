"""A server for the phone's engine: it does what it is told to, also wrongly, and remembers what it was sent.

It opens what phones seal with the same library as the app, and serves the client's own files as they are.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import threading
import uuid
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROOT = Path(__file__).resolve().parents[2]
SYNC_TYPE = "application/vnd.sbt.sync+json"
SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
TIME = "2026-11-22T08:00:00Z"
Answer = tuple[int, str, bytes, dict[str, str]]


def unbase(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def ours(value: Any, status: int = 200, **headers: str) -> Answer:
    return status, SYNC_TYPE, json.dumps(value).encode(), headers


def page(text: str = "<h1>Selamat datang di WiFi</h1>", status: int = 200) -> Answer:
    return status, "text/html", text.encode(), {}


class PretendServer:
    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        table = json.loads((ROOT / "tests/shared_cases/rules_table.json").read_text())
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.rules = table | {"app": "1.0.0", "key": {"id": "k1", "public": base(public)}, "messages": {}, "labels": {}}
        self.epoch = "epoch-1"
        self.time = TIME
        self.backed_up_through = 0
        self.records: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, dict[str, Any]] = {}  # id -> what is answered for it instead of accepted
        self.sequence = 0
        self.photos: dict[str, bytearray] = {}
        self.whole_photos: set[str] = set()
        self.erased: set[str] = set()
        self.inbox: list[dict[str, Any]] = []
        self.next_sequence: dict[str, int] = {}
        self.account = {
            "id": str(uuid.uuid4()),
            "username": "sari",
            "name": "Sari",
            "region_code": "81.05.01",
            "region_name": "Bula",
        }
        self.calls: list[tuple[str, str, Any]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.slow = threading.Event()
        # (method, path) -> answer or None: asked before the honest answer is given.
        self.twist: Callable[[str, str, Any], Answer | str | None] = lambda method, path, body: None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self.url = f"http://localhost:{self._http.server_address[1]}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def paths(self, method: str) -> list[str]:
        return [path for told, path, _body in self.calls if told == method]

    def open(self, envelope: dict[str, Any]) -> list[Any]:
        """The content of a record, as positions."""
        plain = SUITE.decrypt(unbase(envelope["sealed"]), self.key, info=canonical(envelope))
        return json.loads(zlib.decompress(plain[1:]) if plain[0] else plain[1:])

    def open_photo(self, record_id: str, sha256: str) -> bytes:
        return SUITE.decrypt(bytes(self.photos[sha256]), self.key, info=f"sbt-photo\n1\n{record_id}\nk1".encode())

    # The honest answers

    def answer(self, method: str, path: str, body: Any) -> Answer | None:
        place, _, query = path.partition("?")
        if place == "/rules.json":
            return 200, "application/json", json.dumps(self.rules).encode(), {}
        if place == "/ping":
            return 200, "application/json", b'{"sbt":"pong"}', {}
        if place == "/sync/devices":
            return self._enrol(body)
        if place == "/sync/batch":
            return ours(self._about() | {"results": [self._take(one) for one in body["records"]]})
        if place == "/sync/have":
            return ours(self._about() | self._have(body["records"]))
        if place == "/sync/inbox":
            return ours(self._about() | {"after": len(self.inbox), "more": False, "items": self.inbox})
        if photo := re.fullmatch(r"/sync/photos/([0-9a-f]{64})", place):
            return self._photo(method, photo[1], dict(re.findall(r"(\w+)=(\d+)", query)), body)
        return None

    def _about(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "server_time": self.time, "backed_up_through": self.backed_up_through}

    def _enrol(self, body: dict[str, Any]) -> Answer:
        device = body["device_id"] or str(uuid.uuid4())
        told = {"device_id": device, "token": "t" * 43, "expires_at": TIME, "next_seq": self.next_sequence.get(device, 1)}
        return ours(self._about() | told | {"account": self.account})

    def _take(self, envelope: dict[str, Any]) -> dict[str, Any]:
        known = {"id": envelope["id"], "digest": envelope["digest"]}
        assert base(hashlib.sha256(canonical(envelope) + b"\n" + unbase(envelope["sealed"])).digest()) == envelope["digest"]
        if envelope["id"] in self.statuses:
            told = {"server_seq": None, "reasons": []} | self.statuses[envelope["id"]]
            if told["status"] not in ("gone", "retry"):
                self.records[envelope["id"]] = envelope | {"server_seq": told["server_seq"] or 1}
            return known | told
        status = "duplicate" if envelope["id"] in self.records else "accepted"
        if status == "accepted":
            self.sequence += 1
            self.records[envelope["id"]] = envelope | {"server_seq": self.sequence}
        if {photo["sha256"] for photo in envelope.get("photos", [])} - self.whole_photos:
            status = "awaiting_photo"
        return known | {"status": status, "server_seq": self.records[envelope["id"]]["server_seq"], "reasons": []}

    def _have(self, offered: list[dict[str, str]]) -> dict[str, list[str]]:
        ids = [one["id"] for one in offered]
        here = [one for one in ids if one in self.records]
        safe = [one for one in here if self.records[one]["server_seq"] <= self.backed_up_through]
        gone = [one for one in ids if one in self.erased]
        return {
            "missing": [one for one in ids if one not in here and one not in gone],
            "stored": here,
            "backed_up": safe,
            "gone": gone,
        }

    def _photo(self, method: str, sha256: str, query: dict[str, str], part: bytes) -> Answer:
        held = self.photos.setdefault(sha256, bytearray())
        status = 200
        if method == "PUT":
            if int(query["offset"]) == len(held):
                held += part
                if len(held) == int(query["total"]):
                    assert hashlib.sha256(held).hexdigest() == sha256
                    self.whole_photos.add(sha256)
            elif sha256 not in self.whole_photos:
                status = 409
        complete = sha256 in self.whole_photos
        return ours(
            {"sha256": sha256, "offset": len(held), "complete": complete, "status": "whole" if complete else "receiving"}, status
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.serve("GET")

            def do_POST(self) -> None:
                self.serve("POST")

            def do_PUT(self) -> None:
                self.serve("PUT")

            def serve(self, method: str) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    data = gzip.decompress(data)
                body = json.loads(data) if self.headers.get("Content-Type") == SYNC_TYPE and data else data
                if self.path.startswith("/static/") or self.path in ("/", "/favicon.ico"):
                    return self.send(self.file())
                with server._lock:
                    server.calls.append((method, self.path, body))
                    server.in_flight += self.path == "/sync/batch"
                    server.most_in_flight = max(server.most_in_flight, server.in_flight)
                try:
                    if server.slow.is_set() and self.path == "/sync/batch":
                        threading.Event().wait(0.3)
                    twisted = server.twist(method, self.path, body)
                    if twisted == "cut":
                        self.close_connection = True
                        return self.connection.close()
                    with server._lock:
                        honest = None if twisted and twisted != "cut after" else server.answer(method, self.path, body)
                    if twisted == "cut after":
                        self.close_connection = True
                        return self.connection.close()
                    return self.send(twisted or honest or page("not found", 404))  # type: ignore[arg-type]
                finally:
                    with server._lock:
                        server.in_flight -= self.path == "/sync/batch"

            def file(self) -> Answer:
                if self.path == "/":
                    return page("<!doctype html><title>engine</title>")
                path = ROOT / self.path.lstrip("/")
                return (200, TYPES[path.suffix], path.read_bytes(), {}) if path.is_file() else page("not found", 404)

            def send(self, answer: Answer) -> None:
                status, kind, data, headers = answer
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler


def canonical(envelope: dict[str, Any]) -> bytes:
    names = "v schema id kind parent device_id device_seq author_id saved_at server_seen_at app key_id".split()
    photos = ",".join(f"{photo['sha256']}:{photo['bytes']}" for photo in envelope.get("photos", []))
    return "\n".join(["sbt-envelope", *(str(envelope.get(name) or "") for name in names), photos]).encode()
