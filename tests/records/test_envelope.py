"""The bytes of an envelope: the golden cases are read alike by the server, by the client in Python, and by the phone's."""

import hashlib

import pytest

from sbt_pwa.kit.seal import SealBroken, from_base64url, open_sealed, public_key
from sbt_pwa.records.envelope import (
    CONTENT,
    EnvelopeTrouble,
    canonical_header,
    digest_of,
    open_content,
    pack_content,
    read_content,
    read_envelope,
)
from sbt_pwa.records.photo import photo_info
from tests import protocol_client
from tests.node import run_node
from tests.records.golden import CASES, golden_ring


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


@by_name(CASES["envelopes"])
def test_the_server_reads_what_phones_sealed(case):
    sealed = read_envelope(case["wire"])
    assert sealed.header.canonical.decode() == case["canonical_header"]
    assert open_content(golden_ring(), sealed.header, sealed.sealed) == case["content"]
    plain = open_sealed(golden_ring(), sealed.header.key_id, sealed.sealed, sealed.header.canonical)
    assert plain == from_base64url(case["plaintext"])
    assert (plain[0] == 1) == case["compressed"]
    assert case["positions"] == [case["content"].get(name) for name in CONTENT][: len(case["positions"])]
    assert read_content(pack_content(case["content"])) == case["content"]


@by_name(CASES["envelopes"])
def test_the_clear_part_is_the_one_that_was_told(case):
    assert canonical_header(case["header"]) == canonical_header(case["wire"]) == case["canonical_header"].encode()
    assert digest_of(case["canonical_header"].encode(), from_base64url(case["wire"]["sealed"])) == case["wire"]["digest"]


@by_name(CASES["envelopes"])
def test_the_client_in_python_makes_the_same_bytes(case):
    assert protocol_client.canonical_header(case["header"]).decode() == case["canonical_header"]
    assert protocol_client.digest_of(case["header"], from_base64url(case["wire"]["sealed"])) == case["wire"]["digest"]
    assert protocol_client.positions(case["content"]) == case["positions"]
    assert protocol_client.unpack(from_base64url(case["plaintext"])) == case["positions"]
    assert tuple(protocol_client.CONTENT) == tuple(CONTENT)


@by_name(CASES["refused"])
def test_what_is_wrong_is_told_by_its_code(case):
    with pytest.raises((EnvelopeTrouble, SealBroken)) as told:
        sealed = read_envelope(case["wire"])
        content = open_content(golden_ring(), sealed.header, sealed.sealed)
        if content["receipt_code"] != CASES["envelopes"][0]["content"]["receipt_code"]:
            raise EnvelopeTrouble("content")  # intake reads the code; see test_golden.py for the whole way
    assert told.value.code == case["code"]


def test_any_changed_bit_of_header_or_seal_keeps_it_shut():
    case = CASES["envelopes"][1]
    sealed = from_base64url(case["wire"]["sealed"])
    info = case["canonical_header"].encode()
    for at in range(0, len(sealed), 7):
        with pytest.raises(SealBroken):
            open_sealed(golden_ring(), "test-1", sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], info)
    for at in range(0, len(info), 7):
        with pytest.raises(SealBroken):
            open_sealed(golden_ring(), "test-1", sealed, info[:at] + bytes([info[at] ^ 1]) + info[at + 1 :])


def test_the_photo_opens_with_its_record_only():
    photo = CASES["photo"]
    sealed = from_base64url(photo["sealed"])
    assert (hashlib.sha256(sealed).hexdigest(), len(sealed)) == (photo["sha256"], photo["bytes"])
    assert photo_info(photo["record_id"], "test-1").decode() == photo["info"]
    assert open_sealed(golden_ring(), "test-1", sealed, photo["info"].encode()) == from_base64url(photo["photo"])
    with pytest.raises(SealBroken):
        open_sealed(golden_ring(), "test-1", sealed, photo_info(CASES["device_id"], "test-1"))


def test_the_public_key_belongs_to_the_private_one():
    assert public_key(golden_ring(), "test-1") == CASES["key"]["public"]


@pytest.mark.parametrize(
    ("values", "packed"),
    [([], b"\x00[]"), (["a"], b'\x00["a"]'), ([None, "x"], b'\x00[null,"x"]'), (["é"], '\x00["é"]'.encode())],
)
def test_short_content_is_not_compressed(values, packed):
    content = dict(zip(CONTENT, values, strict=False))
    assert pack_content(content) == protocol_client.pack(values) == packed


def test_the_phones_modules_read_and_make_the_same_bytes():
    done = run_node("--test", "tests/client/envelopes.test.mjs")
    assert done.returncode == 0, done.stdout[-3000:]
