"""What phones sent and no entry was made of: nothing is lost, and here it is seen."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from ..kit.i18n import show_moment
from ..records.messages import say
from ..records.quarantine import Kept, kept_aside, kept_count
from ..records.reference import reasons
from . import room

SHOWN = 50


@room.get("/kept-aside")
def kept() -> str:
    rows = [_row(one) for one in kept_aside(SHOWN)]
    return render_template("exchange/kept_aside.html", rows=rows, count=kept_count())


def _row(kept: Kept) -> dict[str, object]:
    return {
        "sequence": kept.server_seq,
        "arrived": show_moment(kept.received_at),
        "officer": kept.officer or _("unknown"),
        "phone": kept.phone or _("unknown"),
        "why": [_sentence(reason["field"], reason["code"]) for reason in kept.reasons],
        "digest": kept.digest[:12],
    }


def _sentence(field: str | None, code: str) -> str:
    return reasons()[code].label if code in reasons() else say(field, code)
