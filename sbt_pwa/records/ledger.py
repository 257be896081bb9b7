"""The office's account of people: where everybody who was approved stands. Nobody may fall between."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, or_, select, tuple_

from ..kit.db import db
from .batch import Batch, BatchRow
from .event import Event
from .programme import Programme
from .registration import Registration
from .search import search_people

# Everybody who was ever approved is in exactly one of these, or BACK: with the officer or the supervisor again, or given up.
STAGES = ("waitlisted", "approved", "sent", "active", "declined", "ended")
BACK = "back"
EXPLAINED = ("returned", "refused", "declined", "ended")
PAGE = 60


@dataclass(frozen=True)
class Person:
    entry: Registration
    batch: Batch | None
    reason_codes: list[str]


def of_programme(programme: Programme | None) -> Any:
    """The condition for a programme's people. Who waits for a place belongs to every open programme of the category."""
    if programme is None:
        return Registration.status.in_(STAGES)
    waiting = (Registration.status == "waitlisted") & (Registration.category == programme.category)
    return waiting | ((Registration.programme_id == programme.id) & Registration.status.in_(STAGES[1:]))


def gone_back(programme: Programme | None) -> Any:
    """The condition for who was approved once and is not any more. Who never had a place belongs to the whole category."""
    once = exists().where(Event.registration_id == Registration.id, Event.kind.in_(["approved", "waitlisted"]))
    back = Registration.status.not_in(STAGES) & once
    if programme is None:
        return back
    never_placed = Registration.programme_id.is_(None) & (Registration.category == programme.category)
    return back & (never_placed | (Registration.programme_id == programme.id))


def gone_back_count(programme: Programme | None = None) -> int:
    return db.session.scalar(select(func.count()).select_from(Registration).where(gone_back(programme))) or 0


def stage_counts(programme: Programme | None = None) -> Counter[str]:
    query = select(Registration.status, func.count()).where(of_programme(programme)).group_by(Registration.status)
    return Counter({row[0]: row[1] for row in db.session.execute(query)})


def people_in(
    programme: Programme | None, stage: str, after: tuple[dt.datetime, uuid.UUID] | None = None, text: str = ""
) -> list[Person]:
    """Return one page of people, the latest move first; `stage` may be empty for all of them, `text` is searched for."""
    everybody = or_(of_programme(programme), gone_back(programme))
    query = select(Registration).where(gone_back(programme) if stage == BACK else everybody)
    if stage and stage != BACK:
        query = query.where(Registration.status == stage)
    if text:
        query = query.where(search_people(text))
    if after:
        query = query.where(tuple_(Registration.status_at, Registration.id) < after)
    entries = list(db.session.scalars(query.order_by(Registration.status_at.desc(), Registration.id.desc()).limit(PAGE + 1)))
    batches, reasons = _newest_batches(entries), _last_reasons(entries)
    return [Person(entry, batches.get(entry.id), reasons.get(entry.id, [])) for entry in entries]


def _newest_batches(entries: list[Registration]) -> dict[uuid.UUID, Batch]:
    rows = select(BatchRow.registration_id, Batch).join(Batch, Batch.id == BatchRow.batch_id)
    rows = rows.where(BatchRow.registration_id.in_([entry.id for entry in entries])).order_by(BatchRow.made_at)
    return {row[0]: row[1] for row in db.session.execute(rows)}


def _last_reasons(entries: list[Registration]) -> dict[uuid.UUID, list[str]]:
    """Return the reason codes of the last move, for those whom a reason explains."""
    ids = [entry.id for entry in entries if entry.status in EXPLAINED]
    events = select(Event.registration_id, Event.reasons).where(Event.registration_id.in_(ids), Event.kind.in_(EXPLAINED))
    return {entry_id: [reason["code"] for reason in told] for entry_id, told in db.session.execute(events.order_by(Event.seq))}
