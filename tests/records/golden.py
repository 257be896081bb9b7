"""The golden envelopes of tests/shared_cases, and a key ring that opens them."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from sbt_pwa.kit.seal import from_base64url
from sbt_pwa.kit.vault import KeyRing

CASES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "shared_cases/envelopes.json").read_text())


def golden_private() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(CASES["key"]["private"]), "big"), ec.SECP256R1())


def golden_ring() -> KeyRing:
    return KeyRing(secret_key="", data={}, index={}, sealing={CASES["key"]["id"]: golden_private()}, raw={})
