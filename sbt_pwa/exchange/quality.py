"""Quality: what comes back and why, how long it takes, what is doubled, which phones fall silent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template
from flask_babel import ngettext

from ..kit.i18n import show_day, show_number, today
from ..records.messages import say_reason
from ..records.quality import (
    LOOKED_BACK,
    MOST_PHONES,
    SAMPLE,
    SILENT_AFTER,
    Reasons,
    phones_in_trouble,
    reasons_of,
    sent_back_by_officer,
)
from . import room
from .quality_files import PERIODS, asked_period, doubled, file_links, spells


@room.get("/quality")
def quality() -> str:
    coverage, since = asked_period()
    registered, returned = (sum(counts[kind] for _week, counts in coverage.weeks) for kind in ("registered", "returned"))
    declined, refused = reasons_of("declined", since), reasons_of("refused", since)
    count, phones = phones_in_trouble()
    page = {
        "weeks": coverage.choice.weeks, "periods": PERIODS, "since": show_day(coverage.mondays[0]), "until": show_day(today()),
        "registered": registered, "returned": returned, "returned_share": _share(returned, registered),
        "back": _reason_rows("returned", reasons_of("returned", since)),
        "declined": _reason_rows("declined", declined), "sample": SAMPLE,
        "officers": sent_back_by_officer(coverage.choice.region, coverage.mondays[0]),
        "spells": _spells(since), "doubled": doubled(declined, refused), "phones": phones, "phone_count": count,
        "most_phones": MOST_PHONES,
        "silent_days": SILENT_AFTER.days, "looked_back": LOOKED_BACK, "share": _share, "files": file_links(),
    }  # fmt: skip
    return render_template("exchange/quality.html", **page)


def _share(part: int, whole: int) -> str:
    return f"{part * 100 // whole}\N{NO-BREAK SPACE}%" if whole else ""


def _reason_rows(kind: str, told: Reasons) -> dict[str, Any]:
    rows = [(code, say_reason(code), n, _share(n, told.events)) for code, n in told.counts]
    return {"kind": kind, "rows": rows, "events": told.events, "is_sample": told.is_sample}


def _spells(since: dt.datetime) -> list[tuple[str, str, int, str, str]]:
    return [(kind, words, spell.people, _long(spell.median), _long(spell.p90)) for kind, words, spell in spells(since)]


def _long(span: dt.timedelta | None) -> str:
    """Whole hours up to two days, then whole days."""
    hours = round((span or dt.timedelta()).total_seconds() / 3600)
    if hours < 48:
        return ngettext("%(count)s hour", "%(count)s hours", hours, count=show_number(hours))
    days = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", days, count=show_number(days))
