"""Where a registration stands, for who holds its receipt code: a status, a day, one letter.

Of members also their number and what it covers. Nothing else leaves here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from ..kit.db import db, looking_first
from ..kit.vault import Unreadable, vault
from .envelope import Envelope, envelopes_of
from .recheck import declined_in
from .registration import Registration


@dataclass(frozen=True)
class Membership:
    """What the insurer has answered. Nobody has one before `active`; who was a member once keeps what is past."""

    kpj: str
    covered_from: dt.date | None
    covered_to: dt.date | None
    programme: str = ""
    insurances: tuple[str, ...] = ()
    funding: str = ""  # who pays, as the programme says it
    renewal_declined: bool = False


@dataclass(frozen=True)
class Standing:
    status: str
    since: dt.datetime
    initial: str = ""  # of the first name; empty while nobody could read the entry
    membership: Membership | None = None


def standing_of(code: str) -> Standing | None:
    """Return where the registration with this receipt code (twelve characters) stands; None for a code that never came.

    Should two phones ever send the same code, the one that came first keeps it.
    """
    with looking_first():
        row = _row_of(code)
        return _read(row[0], row[1]) if row else None


def entry_of(code: str) -> Registration | None:
    """Return the entry with this receipt code; None for a code that never came and for one whose entry is another's."""
    row = _row_of(code)
    return row[1] if row and row[0].state != "conflict" else None


def _row_of(code: str) -> Any:
    """(envelope, entry or None) of a receipt code."""
    query = (
        select(Envelope, Registration)
        .outerjoin(Registration, Registration.id == Envelope.record_id)
        .where(Envelope.receipt_index.in_(vault.ring.blinds("receipt", code)), Envelope.kind == "create")
        .order_by(Envelope.state == "conflict", Envelope.server_seq)
        .limit(1)
    )
    return db.session.execute(query).first()


def _read(envelope: Envelope, entry: Registration | None) -> Standing:
    if entry is not None and envelope.state != "conflict":
        return Standing(entry.status, entry.status_at, _initial(entry), _membership(entry))
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


def _membership(entry: Registration) -> Membership | None:
    if not entry.kpj:
        return None
    membership = Membership(entry.kpj, entry.covered_from, entry.covered_to)
    programme = entry.covering_programme
    if programme is None:
        return membership
    declined = entry.status == "active" and declined_in(programme.id, entry.id)
    told = replace(membership, programme=programme.name, insurances=tuple(programme.insurances), funding=programme.funding)
    return replace(told, renewal_declined=declined)
