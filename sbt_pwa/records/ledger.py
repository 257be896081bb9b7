"""The office's account of people: where everybody who was approved stands. Nobody may fall between."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, tuple_, union_all

from ..kit.db import db
from .batch import Batch, BatchRow
from .counters import NO_PROGRAMME, CoverageCount
from .event import WAITLISTED, Event
from .programme import Programme, all_programmes
from .region import known_regions, level_of
from .registration import IN_STAGES, STAGES, STATUSES, Registration
from .search import search_people

# Everybody who was ever approved is in one of STAGES, or BACK: with the officer or the supervisor again, or given up.
BACK = "back"
GONE_BACK = tuple(status for status in STATUSES if status not in STAGES)
EXPLAINED = ("returned", "refused", "declined", "ended")
PAGE = 60


@dataclass(frozen=True)
class Person:
    entry: Registration
    batch: Batch | None
    reason_codes: list[str]


def _placed_once(programme: Programme | None) -> list[Any]:
    """The conditions for who had a place once and is not approved any more: the programme's name stays with them."""
    programmes = all_programmes() if programme is None else [programme]
    placed = Registration.programme_id.in_([one.id for one in programmes])
    return [(Registration.status == status) & placed for status in GONE_BACK]


def _waited_once(programme: Programme | None) -> Any:
    """The condition for who was approved once and never had a place. They belong to the whole category."""
    listed = Registration.id.in_(select(Event.registration_id).where(text(f"event.{WAITLISTED}")))
    waited = Registration.status.in_(GONE_BACK) & Registration.programme_id.is_(None) & listed
    return waited if programme is None else waited & (Registration.category == programme.category)


def gone_back_count(programme: Programme | None = None) -> int:
    """Return how many: those with a place once are counted already, those without one are few."""
    placed = _counted(func.sum(CoverageCount.n)).where(CoverageCount.status.in_(GONE_BACK))
    of_one = CoverageCount.programme_id != NO_PROGRAMME if programme is None else CoverageCount.programme_id == programme.id
    waited = select(func.count()).select_from(Registration).where(_waited_once(programme))
    return int(db.session.scalar(placed.where(of_one)) or 0) + (db.session.scalar(waited) or 0)


def stage_counts(programme: Programme | None = None) -> Counter[str]:
    """Return how many stand where, as the database has counted them with each move."""
    of = CoverageCount
    stages: Any = of.status.in_(STAGES)
    if programme is not None:
        waiting = (of.status == "waitlisted") & (of.category == programme.category)
        stages = waiting | ((of.programme_id == programme.id) & of.status.in_(STAGES[1:]))
    query = _counted(of.status, func.sum(of.n)).where(stages).group_by(of.status)
    return Counter({status: int(n) for status, n in db.session.execute(query) if n})


def _counted(*columns: Any) -> Any:
    """A query of the counters of all districts: those of the villages lie beside them."""
    districts = sorted(code for code in known_regions() if level_of(code) == "district")
    return select(*columns).where(CoverageCount.region_code.in_(districts))


def people_in(
    programme: Programme | None, stage: str, after: tuple[dt.datetime, uuid.UUID] | None = None, words: str = ""
) -> list[Person]:
    """Return one page of people, the latest move first; `stage` may be empty for all of them, `words` are searched for."""
    stages = [stage] if stage else [*STAGES, BACK]
    parts = [_newest(condition, after, words) for one in stages for condition in _stage(one, programme)]
    found = union_all(*parts).subquery()
    query = select(Registration).join(found, found.c.id == Registration.id)
    entries = list(db.session.scalars(query.order_by(found.c.status_at.desc(), found.c.id.desc()).limit(PAGE + 1)))
    batches, reasons = _newest_batches(entries), _last_reasons(entries)
    return [Person(entry, batches.get(entry.id), reasons.get(entry.id, [])) for entry in entries]


def _stage(stage: str, programme: Programme | None) -> list[Any]:
    """The conditions for a stage, each of which an index answers. Who waits for a place belongs to the whole category."""
    if stage == BACK:
        return [*_placed_once(programme), _waited_once(programme)]
    condition = text(f"registration.{IN_STAGES}") & (Registration.status == stage)
    if programme is None:
        return [condition]
    own = Registration.category == programme.category if stage == "waitlisted" else Registration.programme_id == programme.id
    return [condition & own]


def _newest(condition: Any, after: tuple[dt.datetime, uuid.UUID] | None, words: str) -> Any:
    """A page's worth of them: of several such lists, put together, the page needs no more."""
    query = select(Registration.id, Registration.status_at).where(condition)
    if words:
        query = query.where(search_people(words))
    if after:
        query = query.where(tuple_(Registration.status_at, Registration.id) < after)
    found = query.order_by(Registration.status_at.desc(), Registration.id.desc()).limit(PAGE + 1).subquery()
    return select(found.c.id, found.c.status_at)


def _newest_batches(entries: list[Registration]) -> dict[uuid.UUID, Batch]:
    rows = select(BatchRow.registration_id, Batch).join(Batch, Batch.id == BatchRow.batch_id)
    rows = rows.where(BatchRow.registration_id.in_([entry.id for entry in entries])).order_by(BatchRow.made_at)
    return {row[0]: row[1] for row in db.session.execute(rows)}


def _last_reasons(entries: list[Registration]) -> dict[uuid.UUID, list[str]]:
    """Return the reason codes of the last move, for those whom a reason explains."""
    ids = [entry.id for entry in entries if entry.status in EXPLAINED]
    events = select(Event.registration_id, Event.reasons).where(Event.registration_id.in_(ids), Event.kind.in_(EXPLAINED))
    return {entry_id: [reason["code"] for reason in told] for entry_id, told in db.session.execute(events.order_by(Event.seq))}
