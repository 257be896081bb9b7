"""Limits of a programme as the office sets them: in all, per district and per village. Never below what is taken."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..kit.db import db
from ..kit.errors import WrongState
from ..kit.fields import show_rupiah
from ..kit.i18n import show_number
from .account import Account
from .contributions import programme_need
from .job import Job, begin, handles, job_of
from .places import hold_places, moving_up, places_left
from .programme import Allotment, Programme, taken_in
from .waiting_list import waiting_count

Limits = dict[str, tuple[int, int] | None]  # (places, rupiah) by region; None: no limit of its own
NOT_TO_BE_OPENED = _l("This programme is open or closed already.")


def set_limits(programme: Programme, limits: Limits) -> dict[str, LazyString]:
    """Set all of them, or none: then return what stands against it, by region."""
    held = held_limits(programme)
    against = {}
    for code, limit in limits.items():
        taken, committed = (held[code].taken, held[code].committed_rupiah) if code in held else taken_in(programme, code)
        if limit and limit[0] < taken:
            against[code] = _l("%(taken)s places are taken already. Set at least as many.", taken=show_number(taken))
        elif limit and limit[1] < committed:
            against[code] = _l("%(committed)s are committed already. Set at least as much.", committed=show_rupiah(committed))
    if not against:
        _set(programme, limits, held)
    return against


def held_limits(programme: Programme) -> dict[str, Allotment]:
    """Return the limits as they are now, held until this transaction ends, so that nobody takes a place in between."""
    hold_places(programme.category)
    query = select(Allotment).where(Allotment.programme_id == programme.id).order_by(Allotment.region_code)
    rows = db.session.scalars(query.with_for_update(), execution_options={"populate_existing": True})
    return {row.region_code: row for row in rows}


def _set(programme: Programme, limits: Limits, held: dict[str, Allotment]) -> None:
    for code, limit in limits.items():
        if limit:
            programme.allot(code, *limit)
        elif code in held:
            programme.allotments.remove(held[code])
            db.session.delete(held[code])
    db.session.flush()


def open_programme(programme: Programme, by: Account) -> None:
    """Let approvals take places, and the waiting list first."""
    if programme.state != "draft":
        raise WrongState(NOT_TO_BE_OPENED)
    programme_need(programme, 1)  # a missing rate would stop every approval: it is told here
    hold_places(programme.category)
    programme.open()
    let_in(programme, by)


def let_in(programme: Programme, by: Account) -> None:
    """Put it on the list of work to give what is free now to the waiting list, if anybody waits."""
    db.session.flush()
    if programme.state == "open" and places_left(programme.category) and waiting_count(programme.category):
        begin("places", programme.whole.id, by)


def letting_in(programme: Programme) -> Job | None:
    """Return the newest work that let people in; its `done_count` says how many."""
    return job_of(programme.whole.id) if programme.allotments else None


@handles("places")
def let_in_waiting(job: Job) -> Iterator[None]:
    """Let the waiting list move up, step by step. Whoever has moved up is not met again."""
    category = db.session.get_one(Allotment, job.subject_id).programme.category
    job.total_count = job.done_count + min(waiting_count(category), places_left(category))
    for moved in moving_up(category):
        job.done_count += moved
        yield
