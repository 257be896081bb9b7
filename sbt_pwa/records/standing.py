"""Where a registration stands, for who holds its receipt code: a status, a day, one letter. Nothing else leaves here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from ..kit.db import db, looking_first
from ..kit.vault import Unreadable, vault
from .envelope import Envelope, envelopes_of
from .registration import Registration


@dataclass(frozen=True)
class Standing:
    status: str
    since: dt.datetime
    initial: str = ""  # of the first name; empty while nobody could read the entry
    category: str = "vulnerable"


def standing_of(code: str) -> Standing | None:
    """Return where the registration with this receipt code (twelve characters) stands; None for a code that never came.

    Should two phones ever send the same code, the one that came first keeps it.
    """
    with looking_first():
        query = (
            select(Envelope, Registration)
            .outerjoin(Registration, Registration.id == Envelope.record_id)
            .where(Envelope.receipt_index.in_(vault.ring.blinds("receipt", code)), Envelope.kind == "create")
            .order_by(Envelope.state == "conflict", Envelope.server_seq)
            .limit(1)
        )
        row = db.session.execute(query).first()
        return _read(row[0], row[1]) if row else None


def _read(envelope: Envelope, entry: Registration | None) -> Standing:
    if entry is not None and envelope.state != "conflict":
        return Standing(entry.status, entry.status_at, _initial(entry), entry.category)
    if envelope.state == "taken":  # it broke a rule, and its officer took it back before it became an entry
        return Standing(
            "withdrawn", envelopes_of(envelope.record_id)[-1].received_at if envelope.record_id else envelope.received_at
        )
    return Standing("held", envelope.received_at)


def _initial(entry: Registration) -> str:
    try:
        return entry.name[:1].upper()
    except Unreadable:
        return ""
