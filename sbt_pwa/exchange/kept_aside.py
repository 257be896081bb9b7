"""What phones sent and no entry was made of: nothing is lost, and here it is seen."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _

from ..kit.errors import NotFound
from ..kit.i18n import show_moment
from ..records.messages import say_reason
from ..records.quarantine import Kept, kept_aside, kept_count
from . import room

SHOWN = 50


@room.get("/kept-aside")
def kept() -> str:
    found = kept_aside(SHOWN + 1, _before())
    after = found[SHOWN - 1].server_seq if len(found) > SHOWN else ""
    rows = [_row(one) for one in found[:SHOWN]]
    return render_template("exchange/kept_aside.html", rows=rows, count=kept_count(), after=after, is_first=_before() is None)


def _before() -> int | None:
    """Return the number that the page before ended with. Raise NotFound."""
    told = request.args.get("after", "")
    if told and not (told.isascii() and told.isdigit() and len(told) < 16):
        raise NotFound()
    return int(told) if told else None


def _row(kept: Kept) -> dict[str, object]:
    return {
        "sequence": kept.server_seq,
        "arrived": show_moment(kept.received_at),
        "officer": kept.officer or _("unknown"),
        "phone": kept.phone or _("unknown"),
        "why": [say_reason(reason["code"], reason["field"]) for reason in kept.reasons],
        "digest": kept.digest[:12],
    }
