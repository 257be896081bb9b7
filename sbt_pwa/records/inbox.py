"""News for officers: what became of their records, without anything personal."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from ..kit.db import db, now
from .envelope import Envelope, receipt_code_of
from .event import Event
from .registration import CORRECTABLE, STATUSES, Registration

PAGE = 200
SETTLED_AFTER = dt.timedelta(seconds=60)  # two transactions may commit out of order; younger news are told again


def inbox_of(
    account_ids: Collection[uuid.UUID], after: int, *, only_back: bool = False
) -> tuple[list[dict[str, Any]], int, bool]:
    """Return (items, cursor for the next call, whether there is more). Items may repeat; the newest of a record counts.

    `only_back`: what stands back with the officer now, for a phone that holds nothing else it could hear of.
    """
    query = (
        select(Event.seq, Event.registration_id, Event.kind, Event.at, Event.reasons, Registration.status, Registration.author_id)
        .join(Registration, Registration.id == Event.registration_id)
        .where(Registration.author_id.in_(account_ids), Event.seq > after, Event.kind.in_((*STATUSES, "undone")))
        .order_by(Event.seq)
        .limit(PAGE + 1)
    )
    if only_back:
        query = query.where(Registration.status.in_(CORRECTABLE), Event.kind == Registration.status)
    rows = db.session.execute(query).all()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    cursor = rows[-1].seq if more else _settled(account_ids) if rows or only_back else after
    newest = {row.registration_id: row for row in rows}
    codes = receipt_codes(newest)
    items = [
        {
            "id": str(record_id),
            "author_id": str(row.author_id),
            "receipt_code": codes.get(record_id),
            "status": row.status if row.kind == "undone" else row.kind,
            "at": row.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "reasons": row.reasons,
        }
        for record_id, row in newest.items()
    ]
    return items, cursor, more


def _settled(account_ids: Collection[uuid.UUID]) -> int:
    """Return the last event that no event under way can come before; it may lie before what was just told."""
    query = (
        select(db.func.max(Event.seq))
        .join(Registration, Registration.id == Event.registration_id)
        .where(Registration.author_id.in_(account_ids), Event.at < now() - SETTLED_AFTER)
    )
    return db.session.scalar(query) or 0


def receipt_codes(record_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the receipt code by record. It is kept nowhere but in the sealed envelope, so that is opened."""
    query = select(Envelope).where(
        Envelope.record_id.in_(list(record_ids)), Envelope.kind == "create", Envelope.state != "conflict"
    )
    found: dict[uuid.UUID, str] = {}
    for row in db.session.scalars(query):
        if row.record_id and row.receipt_index:
            found[row.record_id] = receipt_code_of(row)
    return found
