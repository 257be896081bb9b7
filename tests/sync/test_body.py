"""What the server takes for a body, and that nothing a phone (or a thief of its token) sends makes it stumble."""

import gzip
import json
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbt_pwa.kit.throttle import limiter
from tests.protocol_client import MEDIA_TYPE, STATUSES
from tests.sync.phones import content, count, entries, envelopes

EMPTY = b'{"epoch":null,"seen":0,"records":[]}'


@pytest.fixture
def unhurried(monkeypatch):
    monkeypatch.setattr(limiter, "enabled", False)


def post(phone, body, path="/sync/batch", **headers):
    sent = {"Authorization": f"Bearer {phone.token}", "Content-Type": MEDIA_TYPE}
    status, told, answer = phone.line("POST", path, sent | {name.replace("_", "-"): v for name, v in headers.items()}, body)
    assert told["content-type"] == MEDIA_TYPE, (status, told)
    return status, json.loads(answer)


def refusal(phone, body, **more):
    status, answer = post(phone, body, **more)
    assert set(answer) == {"error", "message"} and answer["message"]
    return status, answer["error"]


def test_plain_and_gzip(phone):
    assert post(phone, EMPTY)[0] == 200
    assert post(phone, gzip.compress(EMPTY), Content_Encoding="gzip")[0] == 200
    assert post(phone, EMPTY, Content_Encoding="identity")[0] == 200
    assert post(phone, EMPTY, Content_Type=MEDIA_TYPE + "; charset=utf-8")[0] == 200


def test_wrong_types(phone):
    for kind in ("application/json", "text/html", MEDIA_TYPE + "x"):
        assert refusal(phone, EMPTY, Content_Type=kind) == (415, "content_type")
    for encoding in ("br", "deflate", "gzip, gzip"):
        assert refusal(phone, EMPTY, Content_Encoding=encoding) == (415, "content_type")


@pytest.mark.parametrize("path", ["/sync/batch", "/sync/have"])
def test_malformed(phone, path):
    whole = gzip.compress(EMPTY)
    no_objects = [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"9" * 9999]
    for body in (*no_objects, b"{}", b'{"records":{}}', b'{"records":null}'):
        assert refusal(phone, body, path=path) == (400, "malformed")
    for body in (EMPTY, whole[:-9], whole[: len(whole) // 2], b"", b"\x1f\x8b"):
        assert refusal(phone, body, path=path, Content_Encoding="gzip") == (400, "malformed")


def test_have_wants_ids_and_digests(phone):
    for record in ({}, {"id": "x", "digest": "y"}, {"id": 7, "digest": "y"}, None, [], {"id": "0" * 32}):
        assert refusal(phone, json.dumps({"records": [record]}).encode(), path="/sync/have") == (400, "malformed")


def test_too_large(phone):
    limit = 524_288
    padded = EMPTY[:-1] + b" " * (limit - len(EMPTY)) + b"}"
    assert post(phone, padded)[0] == 200
    assert refusal(phone, padded + b" ") == (413, "too_large")
    assert refusal(phone, b"x" * 2_100_000) == (413, "too_large")
    assert refusal(phone, json.dumps({"records": [{}] * 51}).encode()) == (413, "too_large")
    record = {"id": "01900000-0000-7000-8000-000000000000", "digest": "x"}
    assert refusal(phone, json.dumps({"records": [record] * 501}).encode(), path="/sync/have") == (413, "too_large")
    assert post(phone, json.dumps({"records": [record] * 500}).encode(), path="/sync/have")[0] == 200


def test_a_gzip_bomb_stays_small(phone):
    bomb = gzip.compress(b" " * 200_000_000, 1)
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    assert refusal(phone, bomb, Content_Encoding="gzip") == (413, "too_large")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000


def test_a_phone_halves_what_is_too_large(phone, monkeypatch):
    monkeypatch.setattr("sbt_pwa.sync.views.MOST_RECORDS", 3)
    for seed in range(1, 11):
        phone.save(content(seed))
    phone.send()
    assert {kept.state for kept in phone.outbox.values()} == {"accepted"}


def test_too_many_tries_wait(phone, monkeypatch):
    for _turn in range(60):
        assert post(phone, b'{"records":[]}', path="/sync/have")[0] == 200
    status, told, body = phone.line(
        "POST", "/sync/have", {"Authorization": f"Bearer {phone.token}", "Content-Type": MEDIA_TYPE}, b'{"records":[]}'
    )
    assert (status, json.loads(body)["error"]) == (429, "too_many")
    assert 0 < int(told["retry-after"]) <= 60


def test_other_addresses_and_methods_answer_in_the_same_form(phone):
    for method, path, status, code in [
        ("GET", "/sync/batch", 404, "not_found"),
        ("POST", "/sync/nothing", 404, "not_found"),
        ("DELETE", "/sync/batch", 405, "method_not_allowed"),
        ("GET", "/sync/inbox?after=x", 400, "malformed"),
        ("GET", "/sync/photos/x", 400, "malformed"),
        ("PUT", "/sync/photos/" + "0" * 64, 400, "malformed"),
        ("PUT", "/sync/photos/" + "0" * 64 + "?offset=0&total=1000001", 413, "too_large"),
        ("PUT", "/sync/photos/" + "0" * 64 + "?offset=-1&total=1", 400, "malformed"),
    ]:
        told = phone.line(method, path, {"Authorization": f"Bearer {phone.token}"}, b"")
        assert (told[0], json.loads(told[2])["error"]) == (status, code), (method, path)
        assert told[1]["content-type"] == MEDIA_TYPE


# ---- mutations

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
NAMES = "v schema id kind parent device_id device_seq author_id saved_at server_seen_at app key_id photos sealed digest".split()


@st.composite
def changes(draw):
    """What happens to a body: fields exchanged for junk, or bytes changed, cut, put in."""
    if draw(st.booleans()):
        return ("fields", draw(st.dictionaries(st.sampled_from(NAMES), JUNK, min_size=1, max_size=3)))
    spot = st.tuples(st.integers(0, 2000), st.binary(max_size=4), st.integers(0, 9))  # where, what comes, how many bytes go
    return ("bytes", draw(st.lists(spot, min_size=1, max_size=4)))


@pytest.mark.parametrize("examples", [150, pytest.param(5000, marks=pytest.mark.long)])
def test_no_mutated_body_makes_the_server_stumble(phone, unhurried, examples):
    """Never 5xx, never a status that is none, and what was not changed is there once at the end."""
    ids = [phone.save(content(seed), photo=None) for seed in range(1, 4)]
    whole = [phone.outbox[one].envelope for one in ids]
    turns = iter(range(100_000))

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(changes(), st.booleans())
    def mutate(change, packed):
        how, what = change
        records = [dict(one) for one in whole]
        if how == "fields":
            records[next(turns) % 3] |= what
        body = json.dumps({"epoch": None, "seen": 0, "records": records}).encode()
        if packed:
            body = gzip.compress(body, 1)
        if how == "bytes":
            for at, new, gone in what:
                body = body[: at % len(body)] + new + body[at % len(body) + gone :]
        status, answer = post(phone, body, **({"Content_Encoding": "gzip"} if packed else {}))
        assert status in (200, 400, 413)
        if status == 200:
            for one in answer["results"]:
                assert one["status"] in STATUSES

    mutate()
    phone.send()
    assert {phone.outbox[one].state for one in ids} == {"duplicate"}
    assert len({row.record_id for row in envelopes(state="taken")}) == len(entries()) == 3
    assert count(type(envelopes()[0])) > examples // 4
