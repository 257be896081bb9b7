"""What arrived and was kept aside: it could not be read, broke a rule, or contradicted what was here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ..kit.db import db
from .account import Account
from .device import Device
from .envelope import Envelope

ASIDE = ("quarantined", "conflict", "waiting")


@dataclass(frozen=True)
class Kept:
    server_seq: int
    received_at: dt.datetime
    digest: str
    reasons: list[dict[str, Any]]
    officer: str | None
    phone: str | None


def kept_aside(most: int, before: int | None = None) -> list[Kept]:
    """Return the newest first; `before` is the number that a page ended with."""
    query = (
        select(Envelope.server_seq, Envelope.received_at, Envelope.digest, Envelope.reasons, Account.name, Device.label)
        .outerjoin(Account, Account.id == Envelope.author_id)
        .outerjoin(Device, Device.id == Envelope.device_id)
        .where(Envelope.state.in_(ASIDE))
        .order_by(Envelope.server_seq.desc())
        .limit(most)
    )
    return [Kept(*row) for row in db.session.execute(query.where(Envelope.server_seq < before) if before else query)]


def kept_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Envelope).where(Envelope.state.in_(ASIDE))) or 0
