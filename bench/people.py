"""Invented workers in sealed envelopes, made before anything is timed. The mix of fields is the demo's."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from sbt_pwa.demo import invent_person
from sbt_pwa.kit.db import uuid7
from sbt_pwa.kit.seal import SUITE, to_base64url
from sbt_pwa.records.envelope import canonical_header, digest_of, pack_content


def people(count: int, villages: list[str], seed: int = 1) -> list[dict[str, Any]]:
    """Return contents with NIKs that are all different."""
    chance = random.Random(seed)
    today = dt.datetime.now(dt.UTC).date()
    made = [invent_person(chance, number, chance.choice(villages), today) for number in range(count)]
    for number, person in enumerate(made):
        person["nik"] = f"{person['nik'][:4]}{number // 9999 % 100:02}{person['nik'][6:12]}{number % 9999 + 1:04}"
    return made


def envelope(
    values: dict[str, Any], *, device_id: str, sequence: int, author_id: str, key_id: str, public_key: Any
) -> dict[str, Any]:
    header: dict[str, Any] = {
        "v": 1,
        "schema": "registration/1",
        "id": str(uuid7()),
        "kind": "create",
        "device_id": device_id,
        "device_seq": sequence,
        "author_id": author_id,
        "saved_at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "server_seen_at": "2026-11-22T06:00:00Z",
        "app": "1.0.0",
        "key_id": key_id,
    }
    info = canonical_header(header)
    sealed = SUITE.encrypt(pack_content(values), public_key, info)
    return header | {"sealed": to_base64url(sealed), "digest": digest_of(info, sealed)}
