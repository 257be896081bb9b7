"""What a phone seals opens here, whole and unchanged or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbt_pwa.kit.seal import SealBroken, from_base64url, open_sealed, public_key, seal, to_base64url
from sbt_pwa.kit.vault import new_key_file, new_sealing_key, read_ring

RAW = new_key_file()
RING = read_ring(json.dumps(RAW))
INFO = b"sbt-envelope\n1"


@given(st.binary(max_size=500), st.binary(max_size=80))
def test_what_was_sealed_opens_with_the_same_info(plain, info):
    sealed = seal(RING, "1", plain, info)
    assert len(sealed) == len(plain) + 81
    assert open_sealed(RING, "1", sealed, info) == plain


def broken(sealed, *, ring=RING, key_id="1", info=INFO) -> str:
    with pytest.raises(SealBroken) as trouble:
        open_sealed(ring, key_id, sealed, info)
    return trouble.value.code


@given(st.binary(max_size=40), st.data())
def test_any_changed_bit_breaks_the_seal(plain, data):
    sealed = bytearray(seal(RING, "1", plain, INFO))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    assert broken(bytes(sealed)) == "seal"


def test_another_header_breaks_the_seal():
    assert broken(seal(RING, "1", b"x", INFO), info=INFO + b"\n") == "seal"


@pytest.mark.parametrize("size", [0, 1, 64, 65, 80, 81])
def test_half_a_seal_is_broken(size):
    assert broken(seal(RING, "1", b"something", INFO)[:size]) == "seal"
    assert broken(bytes(size)) == "seal"


def test_a_key_that_is_gone_or_never_was_is_named():
    assert broken(seal(RING, "1", b"x", INFO), key_id="2") == "key_unknown"
    assert broken(seal(RING, "1", b"x", INFO), ring=read_ring(json.dumps(new_key_file()))) == "seal"


def test_old_keys_still_open_and_the_newest_is_offered():
    raw = json.loads(json.dumps(RAW))
    raw["sealing"].append(new_sealing_key("2"))
    both = read_ring(json.dumps(raw))
    assert both.sealing_id == "2"
    assert open_sealed(both, "1", seal(RING, "1", b"x", INFO), INFO) == b"x"


def test_the_public_key_is_an_uncompressed_point_and_stays_the_same():
    point = from_base64url(public_key(RING, "1"))
    assert (len(point), point[0]) == (65, 4)
    assert public_key(read_ring(json.dumps(RAW)), "1") == public_key(RING, "1")


@given(st.binary(max_size=100))
def test_base64url_goes_there_and_back(data):
    assert from_base64url(to_base64url(data)) == data


@pytest.mark.parametrize("text", ["YQ==", "a+b/", "a b", "a\n", "é", "a", "****"])
def test_what_is_no_base64url_is_refused(text):
    with pytest.raises(ValueError):
        from_base64url(text)
