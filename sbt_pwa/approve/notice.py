"""What a supervisor did last, told once on the next page, with the way to take it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app, session
from flask_babel import ngettext

from ..kit.access import me
from ..kit.db import db
from ..kit.i18n import show_number
from ..records.queue import DECIDED
from ..records.registration import Registration, registrations_seen_by
from .words import DONE_WORDS

SEVERAL = "several"


def leave_notice(what: str, ids: Sequence[str]) -> None:
    """The cookie holds the entries' ids only; their names are read when it is told."""
    session["done"] = {"what": what, "ids": list(ids)}


def take_notice() -> dict[str, Any] | None:
    left = session.pop("done", None)
    return notice(left["what"], left.get("ids", [])) if left else None


def notice(what: str, ids: Sequence[str]) -> dict[str, Any] | None:
    """Return the words, and each entry with whether it may be taken back: by the one rule, one by one."""
    order = [uuid.UUID(one) for one in ids]
    found = {e.id: e for e in db.session.scalars(registrations_seen_by(me()).where(Registration.id.in_(order)))}
    entries = [_told(what, found[one]) for one in order if one in found]
    if what == SEVERAL:
        words = ngettext("%(count)s entry approved.", "%(count)s entries approved.", len(ids), count=show_number(len(ids)))
        return {"words": words, "entries": entries}
    return {"words": DONE_WORDS.get(what, ""), "entries": entries} if entries else None


def _told(what: str, entry: Registration) -> dict[str, Any]:
    may_undo = what in (SEVERAL, *DECIDED) and entry.may_be_undone_by(me(), undo_time())
    return {"name": entry.name, "id": entry.id, "version": entry.version, "may_undo": may_undo}


def undo_time() -> dt.timedelta:
    return dt.timedelta(hours=current_app.config["SBT_UNDO_HOURS"])
