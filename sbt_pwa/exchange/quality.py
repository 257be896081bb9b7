"""Quality: what comes back and why, how long it takes, what is doubled, which phones fall silent."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ..kit.errors import WrongInput
from ..kit.i18n import show_day, today
from ..records.coverage import Choice, Coverage
from ..records.messages import UNKNOWN_FILTER
from ..records.quality import (
    LOOKED_BACK,
    SAMPLE,
    SILENT_AFTER,
    Reasons,
    Spell,
    doubled_waiting,
    phones_in_trouble,
    reasons_of,
    sent_back_by_officer,
    time_to_approval,
    time_to_number,
)
from ..records.reference import reasons
from . import room

PERIODS = {4: _l("4 weeks"), 8: _l("8 weeks"), 13: _l("13 weeks"), 26: _l("26 weeks")}
USUAL = "13"


@room.get("/quality")
def quality() -> str:
    weeks = request.args.get("weeks", USUAL)
    if weeks not in map(str, PERIODS):
        raise WrongInput(UNKNOWN_FILTER)
    coverage = Coverage(Choice(current_app.config["SBT_REGENCY"], today().year, weeks=int(weeks)), today())
    since = dt.datetime.combine(coverage.mondays[0], dt.time(), ZoneInfo(current_app.config["SBT_TIME_ZONE"]))
    registered, returned = (sum(counts[kind] for _week, counts in coverage.weeks) for kind in ("registered", "returned"))
    declined, refused = reasons_of("declined", since), reasons_of("refused", since)
    count, phones = phones_in_trouble()
    page = {
        "weeks": int(weeks), "periods": PERIODS, "since": show_day(coverage.mondays[0]), "until": show_day(today()),
        "registered": registered, "returned": returned, "returned_share": _share(returned, registered),
        "back": _reason_rows(reasons_of("returned", since)), "declined": _reason_rows(declined), "sample": SAMPLE,
        "officers": sent_back_by_officer(coverage.choice.region, coverage.mondays[0]),
        "spells": _spells(since), "doubled": _doubled(declined, refused), "phones": phones, "phone_count": count,
        "silent_days": SILENT_AFTER.days, "looked_back": LOOKED_BACK, "share": _share,
    }  # fmt: skip
    return render_template("exchange/quality.html", **page)


def _share(part: int, whole: int) -> str:
    return f"{part * 100 // whole}\N{NO-BREAK SPACE}%" if whole else ""


def _reason_rows(told: Reasons) -> dict[str, Any]:
    known = reasons()
    rows = [(known[code].label if code in known else code, n, _share(n, told.events)) for code, n in told.counts]
    return {"rows": rows, "events": told.events, "is_sample": told.is_sample}


def _spells(since: dt.datetime) -> list[tuple[str, int, str, str]]:
    to_number, in_all = time_to_number(since)
    named = (
        (_("From the phone to the approval"), time_to_approval(since)),
        (_("From the approval to the number"), to_number),
        (_("From the phone to the number"), in_all),
    )
    return [(words, spell.people, _long(spell.median), _long(spell.p90)) for words, spell in named if _was_there(spell)]


def _was_there(spell: Spell) -> bool:
    return spell.people > 0


def _long(span: dt.timedelta | None) -> str:
    """Whole hours up to two days, then whole days."""
    hours = round((span or dt.timedelta()).total_seconds() / 3600)
    if hours < 48:
        return ngettext("%(num)d hour", "%(num)d hours", hours)
    return ngettext("%(num)d day", "%(num)d days", round(hours / 24))


def _doubled(declined: Reasons, refused: Reasons) -> list[tuple[str, int, str]]:
    waiting = doubled_waiting()
    return [
        (_("Wait with a NIK that another open entry has"), waiting["same_nik"], ""),
        (_("Wait with the name and birth date of another entry"), waiting["same_person"], ""),
        (_("Refused by a supervisor as registered or a member already"), refused.of("duplicate", "already_member"), "period"),
        (_("Not taken by BPJS as doubled or a member already"), declined.of("DUPLICATE", "ALREADY_MEMBER"), "period"),
    ]
