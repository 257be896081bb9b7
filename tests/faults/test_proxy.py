"""The proxy does what it says: a fault harness that does not break lines would make every trial green."""

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults.proxy import (
    ANSWER_LOST,
    CAPTIVE_PORTAL,
    HANG,
    HTML_ERROR,
    PASS,
    PROXY_JSON,
    REFUSE,
    RESET,
    Fault,
    FaultProxy,
    cut_down,
    cut_up,
    slow,
)

ANSWER = b"x" * 50_000


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *words):
        pass


class Quiet(ThreadingHTTPServer):
    request_queue_size = 64  # as many as come at once; with five, a busy machine refuses some of forty
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # lines that break are the point here


@pytest.fixture(scope="module")
def server():
    server = Quiet(("127.0.0.1", 0), Recorder)
    server.bodies = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(server):
    server.bodies.clear()
    proxy = FaultProxy(server.server_address[1])
    yield proxy
    proxy.close()


def post(proxy, body=b"", path="/thing", timeout=30):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout)
    try:
        connection.request("POST", path, body)
        with connection.getresponse() as answer:
            return answer.status, answer.read()
    finally:
        connection.close()


def test_passes_whole_bodies_both_ways(proxy, server):
    sent = bytes(range(256)) * 500
    assert post(proxy, sent) == (200, ANSWER)
    assert server.bodies == [sent]


def post_in_vain(proxy):
    with pytest.raises((OSError, http.client.HTTPException)):
        post(proxy, timeout=20)


def test_keeps_no_line_open_so_that_a_fault_holds_for_the_next_request(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    connection.request("GET", "/one")
    with connection.getresponse() as answer:
        answer.read()
        assert answer.will_close
    connection.close()


def test_refuses_and_comes_back_on_the_same_port(proxy):
    proxy.set(REFUSE)
    with pytest.raises(ConnectionRefusedError):
        post(proxy)
    proxy.set(PASS)
    assert post(proxy)[0] == 200


def test_refusing_also_breaks_the_lines_that_are_open(proxy):
    proxy.set(HANG)
    waiting = threading.Thread(target=post_in_vain, args=(proxy,), daemon=True)
    waiting.start()
    until(lambda: proxy.requests)
    proxy.set(REFUSE)
    waiting.join(3)
    assert not waiting.is_alive()


def test_resets(proxy, server):
    proxy.set(RESET)
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        post(proxy)
    assert server.bodies == []


def test_hangs_without_reaching_the_server(proxy, server):
    proxy.set(HANG)
    with pytest.raises(TimeoutError):
        post(proxy, timeout=0.5)
    assert server.bodies == []
    assert proxy.count("/thing") == 1


def test_hangs_after_the_server_did_its_work(proxy, server):
    proxy.set(Fault(hang_after_server=True))
    with pytest.raises(TimeoutError):
        post(proxy, b"kept", timeout=0.5)
    until(lambda: server.bodies == [b"kept"])


@pytest.mark.parametrize("after", [0, 1, 1000, 99_999])
def test_cuts_the_body_on_the_way_up(proxy, server, after):
    proxy.set(cut_up(after))
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        post(proxy, b"y" * 100_000)
    time.sleep(0.1)
    assert b"y" * 100_000 not in server.bodies


@pytest.mark.parametrize("after", [1, 1000, 49_999])
def test_cuts_the_answer_on_the_way_down(proxy, server, after):
    proxy.set(cut_down(after))
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        post(proxy, b"kept")
    assert server.bodies == [b"kept"]


def test_loses_the_answer_whole(proxy, server):
    proxy.set(ANSWER_LOST)
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        post(proxy, b"kept")
    assert server.bodies == [b"kept"]


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [(CAPTIVE_PORTAL, 200, b"voucher"), (HTML_ERROR, 502, b"Bad Gateway"), (PROXY_JSON, 200, b'"ok"')],
)
def test_answers_in_the_servers_place(proxy, server, fault, status, words):
    proxy.set(fault)
    told, body = post(proxy, b"z" * 200_000)
    assert told == status
    assert words in body
    assert server.bodies == []
    assert proxy.requests[-1].body == b"z" * 200_000


def test_crawls(proxy):
    proxy.set(slow(bytes_per_second=100_000))
    begun = time.monotonic()
    assert post(proxy, b"s" * 20_000)[0] == 200
    assert time.monotonic() - begun > 0.6  # 70 kB up and down at 100 kB/s


def test_waits_before_it_begins(proxy):
    proxy.set(Fault(latency=0.3))
    begun = time.monotonic()
    assert post(proxy)[0] == 200
    assert time.monotonic() - begun >= 0.3


def test_breaks_only_the_paths_it_is_told_to(proxy):
    proxy.set(RESET, only="/sync/")
    assert post(proxy, path="/ping")[0] == 200
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        post(proxy, path="/sync/batch")


def test_breaks_once_and_then_lets_pass(proxy):
    happened = proxy.once(RESET, only="/sync/")
    assert post(proxy, path="/ping")[0] == 200
    assert not happened.is_set()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        post(proxy, path="/sync/batch")
    assert happened.is_set()
    assert post(proxy, path="/sync/batch")[0] == 200
    assert (proxy.count("/sync/"), proxy.count("/sync/", "GET")) == (2, 0)


def test_carries_many_at_once(proxy, server):
    threads = [threading.Thread(target=post, args=(proxy, b"%d" % n)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(server.bodies) == sorted(b"%d" % n for n in range(40))


def until(holds, within=30):
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < within
        time.sleep(0.01)
