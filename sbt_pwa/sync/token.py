"""The upload token: may write records and read statuses without personal data, nothing else."""

from __future__ import annotations

from flask import g, request
from sqlalchemy import update

from ..kit.db import db, keep_apart, now
from ..kit.errors import AppError
from ..records.device import NOTE_CONTACT_EVERY, Device, device_of_token


class TokenRefused(AppError):
    status = 401


def calling_device() -> Device:
    """Return the phone whose token this request carries. Raise TokenRefused; the phone then keeps its outbox."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    device = device_of_token(token) if scheme == "Bearer" and 20 <= len(token) <= 100 else None
    if device is None:
        raise TokenRefused("This phone is not known here. Sign in once more.", code="token_unknown")
    at = now()
    if trouble := device.token_trouble(at):
        raise TokenRefused("This phone has to be enrolled again. Sign in once more.", code=trouble)
    g.device_id = device.id
    return device


def note_contact(device: Device) -> None:
    """Move the token's sliding end, at most once a minute; in the transaction of a request that writes anyway."""
    at = now()
    if at - device.contact_at > NOTE_CONTACT_EVERY:
        note = update(Device).where(Device.id == device.id).values(contact_at=at)
        if request.method == "GET":
            keep_apart(note)
        else:
            db.session.execute(note)
