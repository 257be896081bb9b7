"""The people behind a figure of the quality page."""

from __future__ import annotations

import uuid

from flask import render_template, request
from flask_babel import lazy_gettext as _l

from ..kit.errors import NotFound
from ..kit.i18n import show_day, today
from ..records.account import Account, find_account
from ..records.messages import say_reason
from ..records.moves import SHOWN, moves_of
from ..records.reference import reasons
from ..records.region import region_names
from ..records.statuses import status_word
from . import room
from .quality_files import asked_period

KINDS = {
    "registered": _l("Registered"),
    "returned": _l("Sent back"),
    "approved": _l("Approved"),
    "active": _l("Became members"),
    "declined": _l("Not taken by BPJS"),
}


@room.get("/quality/moves")
def moves() -> str:
    coverage, since = asked_period()
    kind, reason, officer = request.args.get("kind", "registered"), request.args.get("reason", ""), _officer()
    known = reasons()
    if kind not in KINDS or (reason and reason not in known):
        raise NotFound()
    return render_template(
        "exchange/moves.html",
        title=KINDS[kind],
        weeks=coverage.choice.weeks,
        since=show_day(coverage.mondays[0]),
        until=show_day(today()),
        officer=officer,
        reason=known.get(reason),
        rows=[
            (move, status_word(move.entry.status), list(map(say_reason, move.reasons)))
            for move in moves_of(kind, since, officer.id if officer else None, reason)
        ],
        names=region_names(),
        shown=SHOWN,
    )


def _officer() -> Account | None:
    """Return who was asked for. Raise NotFound for nobody."""
    told = request.args.get("officer")
    if not told:
        return None
    try:
        return find_account(uuid.UUID(told))
    except ValueError:
        raise NotFound() from None
