"""Phones for the tests: enrolled in the app's database, sending through its test client."""

from __future__ import annotations

import io
import random

from PIL import Image
from sqlalchemy import func, select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.seal import public_key
from sbt_pwa.kit.vault import vault
from sbt_pwa.records.account import Account
from sbt_pwa.records.device import enrol
from sbt_pwa.records.envelope import Envelope
from sbt_pwa.records.registration import Registration
from tests.factories import invented
from tests.protocol_client import Key, Line, Phone

NOBODY = "01900000-0000-7000-8000-00000000dead"  # an id that nothing and nobody has


def account(username: str) -> Account:
    return db.session.scalar(select(Account).where(Account.username == username))


def app_line(app) -> Line:
    def send(method, path, headers, body):
        response = app.test_client().open(path, method=method, headers=headers, data=body)
        return response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.get_data()

    return send


def enrolled(app, username: str = "sari", device_id=None, line: Line | None = None) -> Phone:
    """A phone that `username` has signed in on. With `device_id`, the same phone once more."""
    device, token = enrol(account(username), device_id, "A phone of a test")
    db.session.commit()
    ring = vault.ring
    key = Key.told({"id": ring.sealing_id, "public": public_key(ring, ring.sealing_id)})
    return Phone(line or app_line(app), key, str(device.id), token, str(account(username).id))


def content(seed: int, **other) -> dict:
    """What the form would have cleaned for the invented person `seed`."""
    person = invented(seed)
    return {
        "category": "vulnerable",
        "nik": person.nik,
        "name": person.name,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
        "phone": "+62" + person.phone[1:],
        "district": person.district,
        "village": person.village,
        "occupation": person.occupation,
        "mother_name": person.mother_name,
        "consent": True,
    } | other


def picture(seed: int = 1, side: int = 300) -> bytes:
    """A JPEG whose bytes differ with the seed and do not shrink to nothing."""
    noise = random.Random(seed).randbytes(side * side // 64)
    image = Image.frombytes("L", (side // 8, side // 8), noise[: (side // 8) ** 2]).resize((side, side))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    return file.getvalue()


def entries() -> list[Registration]:
    db.session.rollback()
    return list(db.session.scalars(select(Registration).order_by(Registration.made_at)))


def entry(record_id: str) -> Registration | None:
    return next((one for one in entries() if str(one.id) == record_id), None)


def envelopes(**wanted) -> list[Envelope]:
    db.session.rollback()
    return list(db.session.scalars(select(Envelope).filter_by(**wanted).order_by(Envelope.server_seq)))


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def send(phone: Phone, *arguments, **more):
    """Save one record, send what waits, and return what the phone then keeps of it (None when it is gone)."""
    record_id = phone.save(*arguments, **more)
    phone.send()
    return phone.outbox.get(record_id)
