"""Many registered people at once, for tests of what the office does with them: written by the app's own intake."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from sbt_pwa.kit.db import db, uuid7
from sbt_pwa.kit.seal import seal, to_base64url
from sbt_pwa.kit.vault import vault
from sbt_pwa.records.draft import Carrier
from sbt_pwa.records.envelope import canonical_header, digest_of, pack_content
from sbt_pwa.records.intake import Intake
from sbt_pwa.records.registration import Registration
from tests.sync.phones import account, content, enrolled


def register(app, seeds, username: str = "sari", **other) -> list[Registration]:
    """Register the invented person of each seed, in this order; return the entries."""
    phone = enrolled(app, username)
    author, ring = account(username), vault.ring
    ids = []
    for number, seed in enumerate(seeds, 1):
        header = {
            "v": 1, "schema": "registration/1", "id": str(uuid7()), "kind": "create", "device_id": phone.device_id,
            "device_seq": number, "author_id": str(author.id), "app": "1.0.0", "key_id": ring.sealing_id,
            "saved_at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "photos": [],
        }  # fmt: skip
        told = (
            content(seed, nik=f"8105011708{seed:06}", birth_date="1990-08-17", sex="male")
            | {"receipt_code": code_of(seed)}
            | other
        )
        info = canonical_header(header)
        sealed = seal(ring, ring.sealing_id, pack_content(told), info)
        taker = Intake(Carrier(device_id=uuid.UUID(phone.device_id)), "81.05", 17)
        [result] = taker.take([header | {"sealed": to_base64url(sealed), "digest": digest_of(info, sealed)}])
        assert result.status == "accepted", result
        ids.append(uuid.UUID(header["id"]))
        db.session.commit()
    found = {entry.id: entry for entry in db.session.scalars(select(Registration).where(Registration.id.in_(ids)))}
    return [found[one] for one in ids]


def code_of(seed: int) -> str:
    from sbt_pwa.records.receipt_code import ALPHABET, check_character

    digits = []
    for _place in range(11):
        seed, digit = divmod(seed, 32)
        digits.append(ALPHABET[digit])
    body = "".join(digits)
    return body + check_character(body)


def approve(entries, supervisor: str = "budi") -> None:
    by = account(supervisor)
    for entry in entries:
        entry.approve(by)
    db.session.commit()
