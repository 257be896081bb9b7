"""Who stands behind the figures of quality: the moves of a kind in a time, the newest first."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from ..kit.db import db
from .account import Account
from .coverage import Choice, whose
from .event import ONCE, Event
from .quality import SAMPLE, of_kind
from .registration import Registration, lies_in, seen_by

SHOWN = 200


@dataclass(frozen=True)
class Move:
    entry: Registration
    at: dt.datetime
    reasons: list[str]  # codes


def moves_of(
    account: Account, choice: Choice, kind: str, since: dt.datetime, author_id: uuid.UUID | None = None, reason: str = ""
) -> list[Move]:
    """Return at most SHOWN moves of a kind, or arrivals for `registered`. Of a reason, as its figure, among the newest SAMPLE."""
    scope = [seen_by(account, Registration), lies_in(choice.region, Registration), *whose(choice, Registration)]
    scope += [Registration.author_id == author_id] if author_id else []
    if kind == "registered":
        query = select(Registration).where(Registration.made_at >= since, *scope)
        newest = query.order_by(Registration.made_at.desc(), Registration.id.desc()).limit(SHOWN)
        return [Move(entry, entry.made_at, []) for entry in db.session.scalars(newest)]
    moved = select(Event, Registration).join(Registration, Registration.id == Event.registration_id)
    moved = moved.where(*of_kind(kind, since), *scope, *([~Event.is_again] if kind in ONCE else []))
    rows = db.session.execute(moved.order_by(Event.at.desc(), Event.seq.desc()).limit(SAMPLE if reason else SHOWN))
    found = [Move(entry, event.at, [one["code"] for one in event.reasons]) for event, entry in rows]
    return [move for move in found if not reason or reason in move.reasons][:SHOWN]
