"""A line that breaks on demand: a real TCP proxy between a browser (or a client) and a real server.

One request per connection (`Connection: close` is put into every head), so that a fault that is set now holds for
the very next request, and a request that was counted was a request. What `context.set_offline` cannot do is done
here: refuse, reset, hang, cut in the middle of a body or of an answer, crawl, and answer in the server's place.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CHUNK = 16 * 1024
HEAD_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """What happens to one request. Plain `Fault()` lets it pass."""

    refuse: bool = False  # nobody listens
    reset: bool = False  # accepted, then RST
    hang: bool = False  # the request is read and never answered, and never reaches the server
    hang_after_server: bool = False  # the server did its work; its answer never arrives
    cut_up_after: int | None = None  # bytes of the request's body that reach the server
    cut_down_after: int | None = None  # bytes of the answer's body that reach the browser; 0: not even the head
    bytes_per_second: int | None = None
    latency: float = 0
    answer: bytes | None = None  # sent in the server's place


def canned(body: str | bytes, content_type: str = "text/html; charset=utf-8", status: str = "200 OK", **headers) -> Fault:
    raw = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(raw)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Fault(answer="\r\n".join(lines).encode() + b"\r\n\r\n" + raw)


PASS = Fault()
REFUSE = Fault(refuse=True)
RESET = Fault(reset=True)
HANG = Fault(hang=True)
ANSWER_LOST = Fault(cut_down_after=0)
CAPTIVE_PORTAL = canned(
    "<!doctype html><title>Selamat datang di WiFi</title><h1>Masukkan nomor voucher</h1>"
    '<form action="/login"><input name="voucher"></form>'
)
HTML_ERROR = canned("<html><h1>502 Bad Gateway</h1><hr>nginx</html>", status="502 Bad Gateway")
REDIRECT_TO_SIGN_IN = canned("", status="302 Found", Location="/sign-in")
PROXY_JSON = canned('{"status":"ok","results":[]}', content_type="application/json")


def cut_up(after: int) -> Fault:
    return Fault(cut_up_after=after)


def cut_down(after: int) -> Fault:
    return Fault(cut_down_after=after)


def slow(bytes_per_second: int, latency: float = 0) -> Fault:
    return Fault(bytes_per_second=bytes_per_second, latency=latency)


@dataclass
class Request:
    method: str
    path: str
    head: bytes = field(repr=False)
    at: float = field(default_factory=time.monotonic)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return ""


class LineCut(Exception):
    """Our own end of a connection: it is aborted, not closed politely."""


class FaultProxy:
    def __init__(self, target_port: int, host: str = "127.0.0.1"):
        self.host, self.target_port = host, target_port
        self.requests: list[Request] = []
        self._decide: Callable[[Request], Fault] = lambda request: PASS
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._changed = threading.Event()
        # Keeps the port ours while nobody listens on it.
        self._holder = self._bound_socket(0)
        self.port = self._holder.getsockname()[1]
        self._listener: socket.socket | None = None
        self._listen()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    # What a test says

    def set(self, fault: Fault, only: str = "") -> None:
        """From now on `fault` holds, for every request or only for paths that begin with `only`."""
        if fault.refuse and not only:
            self._stop_listening()
        else:
            self._listen()
        self.decide(lambda request: fault if request.path.startswith(only) else PASS)

    def decide(self, choose: Callable[[Request], Fault]) -> None:
        """`choose` is asked once for each request; lines that hang are let go."""
        self._decide = choose
        self._changed.set()
        self._changed = threading.Event()

    def once(self, fault: Fault, only: str = "", then: Fault = PASS) -> threading.Event:
        """`fault` for the next request (that begins with `only`), then `then`. The event tells that it happened."""
        happened = threading.Event()

        def choose(request: Request) -> Fault:
            if not request.path.startswith(only) or happened.is_set():
                return then
            happened.set()
            return fault

        self._listen()
        self.decide(choose)
        return happened

    @contextlib.contextmanager
    def broken(self, fault: Fault, only: str = "") -> Iterator[None]:
        self.set(fault, only)
        try:
            yield
        finally:
            self.set(PASS)

    def count(self, path: str, method: str = "") -> int:
        return sum(r.path.split("?")[0].startswith(path) and r.method.startswith(method) for r in list(self.requests))

    def close(self) -> None:
        self._stop_listening()
        self._holder.close()
        self._changed.set()

    # The wire

    def _bound_socket(self, port: int) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((self.host, port))
        return bound

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = self._bound_socket(self.port)
            self._listener.listen(128)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            for connection in list(self._open):
                abort(connection)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, browser: socket.socket) -> None:
        with self._lock:
            self._open.add(browser)
        try:
            self._one_request(browser)
        except LineCut:
            abort(browser)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(browser)
            browser.close()

    def _one_request(self, browser: socket.socket) -> None:
        browser.settimeout(120)
        head, begun = read_head(browser)
        if not head:
            return
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        request = Request(method, path, head)
        self.requests.append(request)
        changed, fault = self._changed, self._decide(request)
        if fault.reset or fault.refuse:
            raise LineCut
        time.sleep(fault.latency)
        if fault.hang:
            changed.wait(600)
            raise LineCut
        length = int(request.header("Content-Length") or 0)
        if fault.answer is not None:
            # Read what was sent before answering, as a portal does; a body left unread would reset the answer away.
            for part in body_parts(browser, begun, length):
                request.body += part
            send(browser, fault.answer, fault)
            return
        with socket.create_connection((self.host, self.target_port), timeout=120) as server:
            with self._lock:
                self._open.add(server)
            try:
                self._up(request, begun, length, browser, server, fault)
                self._down(browser, server, fault, changed)
            finally:
                with self._lock:
                    self._open.discard(server)

    def _up(self, request: Request, begun: bytes, length: int, browser, server, fault: Fault) -> None:
        server.sendall(for_one_request(request.head))
        sent = 0
        for part in body_parts(browser, begun, length):
            if fault.cut_up_after is not None and sent + len(part) >= fault.cut_up_after:
                send(server, part[: fault.cut_up_after - sent], fault)
                abort(server)
                raise LineCut
            request.body += part
            try:
                send(server, part, fault)
            except OSError:
                break  # refused early, for instance as too large: its answer may still be read
            sent += len(part)

    def _down(self, browser, server, fault: Fault, changed: threading.Event) -> None:
        head, begun = read_head(server)
        if fault.hang_after_server:
            changed.wait(600)
            raise LineCut
        if fault.cut_down_after == 0:
            raise LineCut
        send(browser, for_one_request(head), fault)
        sent = 0
        while begun:
            if fault.cut_down_after is not None and sent + len(begun) >= fault.cut_down_after:
                send(browser, begun[: fault.cut_down_after - sent], fault)
                time.sleep(0.05)  # let the first part arrive before the line goes
                raise LineCut
            send(browser, begun, fault)
            sent += len(begun)
            begun = server.recv(CHUNK)


def read_head(source: socket.socket) -> tuple[bytes, bytes]:
    """The head with its blank line, and what had already come of the body (read on for at least one part)."""
    read = b""
    while b"\r\n\r\n" not in read:
        part = source.recv(CHUNK)
        if not part or len(read) > HEAD_LIMIT:
            return b"", b""
        read += part
    head, _, begun = read.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", begun or (source.recv(CHUNK) if head.startswith(b"HTTP/") else b"")


def body_parts(source: socket.socket, begun: bytes, length: int) -> Iterator[bytes]:
    left = length
    while left > 0:
        part = begun or source.recv(min(CHUNK, left))
        begun = b""
        if not part:
            raise LineCut
        left -= len(part)
        yield part


def for_one_request(head: bytes) -> bytes:
    lines = [line for line in head.removesuffix(b"\r\n\r\n").split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"


def send(target: socket.socket, data: bytes, fault: Fault) -> None:
    if not fault.bytes_per_second:
        target.sendall(data)
        return
    step = max(1, min(len(data), fault.bytes_per_second // 20))
    for start in range(0, len(data), step):
        part = data[start : start + step]
        target.sendall(part)
        time.sleep(len(part) / fault.bytes_per_second)


def abort(connection: socket.socket) -> None:
    """Ends a connection with RST, as a line that broke does."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # shutdown wakes a thread that is reading from this socket; close alone would not.
        connection.shutdown(socket.SHUT_RD)
        connection.close()
