"""Invented workers in sealed envelopes, made before anything is timed."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from sbt_pwa.kit.db import uuid7
from sbt_pwa.kit.seal import SUITE, to_base64url
from sbt_pwa.records.envelope import canonical_header, digest_of, pack_content
from sbt_pwa.records.receipt_code import make_receipt_code

NAMES = ["La Rahman Rumfot", "Wa Aisa Kelian", "Muhammad Ali Rumalutur", "Siti Halima Kelibia", "Yakub Suatrat", "Nurhayati Rumadaul"]


def content(number: int, chance: random.Random, village: str = "81.05.01.2003") -> dict[str, Any]:
    """Return a full, plausible registration: every field an officer usually fills in."""
    born = dt.date(1965, 1, 1) + dt.timedelta(days=chance.randrange(14_000))
    nik = f"{village.replace('.', '')[:6]}{born:%d%m%y}{number % 9999 + 1:04}"
    return {
        "receipt_code": make_receipt_code(),
        "category": "vulnerable",
        "nik": f"8105{number:06}"[:4] + nik[4:] if number < 10_000 else f"8105{number % 100:02}{nik[6:12]}{number // 100 % 9999 + 1:04}",
        "family_card_no": f"8105010101{number:06}",
        "name": chance.choice(NAMES),
        "birth_place": "Bula",
        "birth_date": born.isoformat(),
        "sex": "male",
        "phone": f"+62812{number + 10_000_000}",
        "phone_is_own": True,
        "district": village[:8],
        "village": village,
        "address": "RT 003 RW 01 Kampung Baru",
        "occupation": "fisher",
        "workplace": "Pelabuhan Bula",
        "monthly_income_rupiah": 1_000_000,
        "mother_name": "Wa Ode Mariam",
        "heir_name": "Fatima Rumfot",
        "heir_relation": "spouse",
        "heir_phone": f"+62813{number + 10_000_000}",
        "latitude": -3.101234,
        "longitude": 130.491234,
        "accuracy_m": 12,
        "consent": True,
        "confirmed_warnings": ["nik_birth_date_differs"],
    }


def envelope(values: dict[str, Any], *, device_id: str, sequence: int, author_id: str, key_id: str, public_key: Any) -> dict[str, Any]:
    header: dict[str, Any] = {
        "v": 1,
        "schema": "registration/1",
        "id": str(uuid7()),
        "kind": "create",
        "device_id": device_id,
        "device_seq": sequence,
        "author_id": author_id,
        "saved_at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "app": "1.0.0",
        "key_id": key_id,
    }
    info = canonical_header(header)
    sealed = SUITE.encrypt(pack_content(values), public_key, info)
    return header | {"sealed": to_base64url(sealed), "digest": digest_of(info, sealed)}
