"""One sheet to take to the meeting, as a page, as a PDF and as a text to send on: made once, so that all three say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, render_template
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.db import now
from ..kit.i18n import show_day, show_number, today
from ..kit.pdf import pdf_answer
from ..records.coverage import STUCK_AFTER, Coverage, Figures
from ..records.region import level_of
from . import paper, room, shown, to_do
from .drawn import percent
from .lists import Lists
from .tables import asked_here
from .views import words_chosen_in
from .words import STAGE_WORDS, WHO_WORDS

MOST_PLACES = 16  # what fits beside the rest on one sheet; the others are told together
IN_TEXT = 5
DASH = "–"


@dataclass(frozen=True)
class Report:
    region: str
    title: str
    day: str
    about: str  # year, and what is left out
    finding: str
    beside: list[str]
    tiles: list[tuple[str, str]]
    change_heads: list[str]
    changes: list[tuple[str, str, str]]
    meaning: str
    place_heads: list[str]
    places: list[list[str]]
    more_places: str
    stages: list[tuple[str, str, str, str]]
    to_do: list[tuple[str, str]]  # heading, sentence
    text: str


@room.get("/report")
def report() -> str:
    _region, asked, query = asked_here()
    made = _made()
    told = {"query": query, "asked": asked, "links": Lists(me(), asked).to_do(), "stuck_days": STUCK_AFTER.days}
    return render_template(
        "oversee/report.html", report=made, whatsapp_url=f"https://wa.me/?text={quote(made.text, safe='')}", **told
    )


@room.get("/report.pdf")
def report_pdf() -> Response:
    made = _made()
    return pdf_answer(paper.report_pdf(made, now()), f"{_('report')}-{made.region}-{today().isoformat()}.pdf")


def _made() -> Report:
    region, asked, _query = asked_here()
    day = today()
    coverage = Coverage(asked.choice, day)
    places = (
        shown.in_order(coverage.places, "covered" if asked.choice.programme_id else "missing")
        if level_of(region) != "village"
        else []
    )
    can_be_done = to_do.said_of(me(), coverage, to_do.open_in(me(), coverage), by_officer=True)
    about = [_("Target %(year)s", year=asked.choice.year), *words_chosen_in(asked)]
    return Report(
        region=region,
        title=shown.title_of(region),
        day=show_day(day),
        about=" · ".join(about),
        finding=shown.finding(coverage.whole, bool(asked.choice.programme_id)),
        beside=shown.beside(coverage),
        tiles=_tiles(coverage),
        change_heads=[_("What has changed"), shown.this_week(coverage), _("Last week")],
        meaning=shown.meaning(),
        changes=[(word, show_number(this), show_number(last)) for _kind, word, this, last in shown.change_rows(coverage)],
        place_heads=[_("Name"), _("Covered"), _("Target"), _("Share"), _("Missing"), _late()],
        places=[_place(place) for place in places[:MOST_PLACES]],
        more_places=_more(places[MOST_PLACES:]),
        stages=[
            (str(STAGE_WORDS[one.status]), str(WHO_WORDS[one.who]), show_number(one.now), show_number(one.old))
            for one in coverage.stuck
            if one.now
        ],
        to_do=can_be_done,
        text=_text(coverage, places, can_be_done, about),
    )


def _late() -> str:
    return _("Over %(days)s days", days=STUCK_AFTER.days)


def _told(number: int | None) -> str:
    return DASH if number is None else show_number(number)


def _tiles(coverage: Coverage) -> list[tuple[str, str]]:
    """The share stands beside the covered where the target counts all of them. Of a programme no target is told."""
    whole = coverage.whole
    share = f" ({percent(whole.share)})" if whole.share is not None and not whole.beside_target else ""
    tiles = [(_("Covered now"), show_number(whole.covered) + share), (_("On the way"), show_number(whole.on_the_way))]
    if coverage.choice.programme_id:
        return tiles
    return [*tiles, (_("Target"), _told(whole.target)), (_("Missing"), _told(whole.missing))]


def _place(place: Figures) -> list[str]:
    share = percent(place.share) if place.share is not None else DASH
    return [place.name, show_number(place.covered), _told(place.target), share, _told(place.missing), show_number(place.stuck)]


def _more(places: Sequence[Figures]) -> str:
    if not places:
        return ""
    told = {"places": show_number(len(places)), "covered": show_number(sum(place.covered for place in places))}
    lacks = [place.missing for place in places if place.missing is not None]
    if not lacks:
        return _("%(places)s more: %(covered)s covered.", **told)
    return _("%(places)s more: %(covered)s covered, %(missing)s missing.", **told, missing=show_number(sum(lacks)))


# ---- the text


def _text(coverage: Coverage, places: Sequence[Figures], can_be_done: list[tuple[str, str]], about: list[str]) -> str:
    """Short lines, because it is read in a chat on a phone."""
    lines = [f"*{shown.title_of(coverage.choice.region)}*", f"{show_day(coverage.today)} · {' · '.join(about)}", ""]
    lines += [f"{word}: {value}" for word, value in _tiles(coverage)]
    lines += ["", f"*{shown.this_week(coverage)}*"]
    lines += [f"{word}: {show_number(this)}" for _kind, word, this, _last in shown.change_rows(coverage)]
    lines.append(_("standing still over %(days)s days: %(n)s", days=STUCK_AFTER.days, n=show_number(coverage.whole.stuck)))
    missing = [place for place in places if place.missing and place.share is not None][:IN_TEXT]
    if missing:
        lines += ["", f"*{_('Most people missing')}*"]
        lines += [f"{place.name}: {show_number(place.missing or 0)}" for place in missing]
    lines += ["", f"*{_('To do')}*"]
    return "\n".join([*lines, *(f"{head}: {said}" for head, said in can_be_done)])
