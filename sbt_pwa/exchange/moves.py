"""The people behind a figure: of the quality page, and of an officer on the page of coverage."""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.access import me
from ..kit.errors import NotFound
from ..kit.i18n import midnight, show_day, today
from ..records.account import Account, find_account
from ..records.coverage import Choice
from ..records.messages import say_reason
from ..records.moves import SHOWN, moves_of
from ..records.programme import find_programme
from ..records.reference import CATEGORIES, reasons
from ..records.region import known_regions
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
OF_COVERAGE = ("year", "weeks", "category", "programme", "sort")  # what the page of coverage was asked


@room.get("/quality/moves")
def moves() -> str:
    """`this_week` is of a figure that counts the week that runs."""
    coverage, _since = asked_period()
    choice, monday = _narrowed(coverage.choice), coverage.mondays[-1 if request.args.get("this_week") else 0]
    kind, reason, officer = request.args.get("kind", "registered"), request.args.get("reason", ""), _officer()
    if kind not in KINDS or (reason and reason not in reasons()):
        raise NotFound()
    found = moves_of(me(), choice, kind, midnight(monday), officer.id if officer else None, reason)
    return render_template(
        "exchange/moves.html",
        title=KINDS[kind],
        up=_way_up(choice),
        since=show_day(monday),
        until=show_day(today()),
        about=[*([officer.name] if officer else []), *([say_reason(reason)] if reason else []), *_words_of(choice)],
        rows=[(move, status_word(move.entry.status), list(map(say_reason, move.reasons))) for move in found],
        names=known_regions(),
        shown=SHOWN,
    )


def _narrowed(choice: Choice) -> Choice:
    """Return the choice with the region, category and programme that were asked for. What lies outside does not exist."""
    region, category, programme = (request.args.get(name, "") for name in ("region", "category", "programme"))
    region = region or me().region_code
    if region not in known_regions() or not me().sees(region) or category not in ("", *CATEGORIES):
        raise NotFound()
    return replace(choice, region=region, category=category, programme_id=find_programme(programme).id if programme else None)


def _words_of(choice: Choice) -> list[str]:
    names, region = known_regions(), choice.region
    return [
        *([names[region]] if region != me().region_code else []),
        *([str(CATEGORIES[choice.category])] if choice.category else []),
        *([find_programme(choice.programme_id).name] if choice.programme_id else []),
    ]


def _way_up(choice: Choice) -> tuple[str, str]:
    """Return (address, name) of the page whose figure led here: only that of coverage tells its region."""
    if not request.args.get("region"):
        return f"/exchange/quality?weeks={choice.weeks}", _("Quality")
    told = urlencode({name: request.args[name] for name in OF_COVERAGE if request.args.get(name)})
    return f"/oversee/region/{choice.region}?{told}#officers", _("Coverage: %(region)s", region=known_regions()[choice.region])


def _officer() -> Account | None:
    """Return who was asked for. Raise NotFound for nobody."""
    told = request.args.get("officer")
    if not told:
        return None
    try:
        return find_account(uuid.UUID(told))
    except ValueError:
        raise NotFound() from None
