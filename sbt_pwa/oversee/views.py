"""The one page on which a leader sees who is still uncovered: of the own region, and of each region in it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import current_app, render_template, request
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import NotFound
from ..kit.i18n import show_day, today
from ..records.coverage import FEW, STUCK_AFTER, Coverage
from ..records.programme import all_programmes, find_programme
from ..records.reference import CATEGORIES
from ..records.region import known_regions, level_of
from ..records.shapes import drawing_of
from ..records.target import years_with_targets
from . import drawn, room, shown, to_do
from .forms import WEEKS_WORDS, Chosen, chosen
from .lists import Lists
from .words import SORT_WORDS

MOST_SOURCES = 3
MOST_OFFICERS = 12  # the busiest; all of them stand in the file


@room.get("")
def page() -> str:
    return render_region(me().region_code)


@room.get("/region/<region_code>")
def region(region_code: str) -> str:
    """A region in the own one; what lies outside does not exist."""
    if region_code not in known_regions() or not me().sees(region_code):
        raise NotFound()
    return render_region(region_code)


def render_region(code: str) -> str:
    day = today()
    asked = chosen(request.args, code, day.year)
    coverage, query = Coverage(asked.choice, day), urlencode(asked.told)
    lists, is_open = Lists(me(), asked), to_do.open_in(me(), coverage)
    places = shown.in_order(coverage.places, asked.sort)
    can_open = level_of(code) != "village"
    has_map = level_of(code) == "regency" and not asked.choice.programme_id  # of a programme there are no shares to draw
    drawing = drawing_of(current_app.config["SBT_REGENCY"]) if has_map else None
    return render_template(
        "oversee/page.html",
        title=shown.title_of(code),
        up=shown.way_up(me(), code, query),
        here=code,
        level=level_of(code),
        day=show_day(day),
        whole=coverage.whole,
        finding=shown.finding(coverage.whole, bool(asked.choice.programme_id)),
        beside=shown.beside(coverage),
        worst=shown.worst(coverage.places),
        target_adds_up=shown.aimed_below(coverage) == coverage.whole.target,
        missing_adds_up=shown.lacking_below(coverage) == coverage.whole.missing,
        sources=shown.listed(coverage.targets.sources_of(code), MOST_SOURCES) if not asked.choice.programme_id else "",
        beside_target=any(place.beside_target for place in places),
        whole_bar=drawn.parts_of(coverage.whole.target or 0, *coverage.whole.parts),
        share=drawn.percent(coverage.whole.share) if coverage.whole.share is not None else "",
        changes=shown.change_rows(coverage),
        week_so_far=shown.week_so_far(coverage),
        meaning=shown.meaning(),
        stuck=shown.stuck_rows(coverage, lists),
        stuck_days=STUCK_AFTER.days,
        to_do=to_do.said_of(me(), coverage, is_open),
        gists=shown.gists(coverage, is_open),
        lists=lists,
        money=shown.money_rows(coverage.money, lists.committed()),
        money_year=coverage.money_year,
        members_url=lists.people("active"),
        is_open=request.args.get("folds") == "open",
        drawing=drawing,
        shapes=shown.map_shapes(drawing, coverage.places) if drawing else [],
        classes=drawn.CLASSES,
        no_class=drawn.NO_CLASS_WORDS,
        places=[shown.place_row(place, shown.region_url(place.code, query) if can_open else "") for place in places],
        weeks=shown.week_rows(coverage),
        charts=[
            (_("Registered a week"), drawn.bars([(week, counts["registered"]) for week, counts in coverage.weeks])),
            (_("New members a week"), drawn.bars([(week, counts["active"]) for week, counts in coverage.weeks])),
        ],
        portrait=shown.portrait(coverage, lists),
        officers=shown.officer_rows(coverage.officers[:MOST_OFFICERS], lists),
        more_officers=max(len(coverage.officers) - MOST_OFFICERS, 0),
        few=FEW,
        asked=asked,
        words_chosen=words_chosen_in(asked),
        choices=_choices(day.year, asked.choice.year),
    )


def _choices(this_year: int, chosen_year: int) -> dict[str, list[tuple[str, str]]]:
    programmes = [programme for programme in all_programmes() if programme.state != "draft"]
    years = {this_year, chosen_year, *years_with_targets(), *(programme.budget_year for programme in programmes)}
    return {
        "year": [(str(year), str(year)) for year in sorted(years, reverse=True)],
        "weeks": [(str(weeks), str(word)) for weeks, word in WEEKS_WORDS.items()],
        "category": [(code, str(word)) for code, word in CATEGORIES.items()],
        "programme": [(str(programme.id), programme.name) for programme in programmes],
        "sort": [(code, str(word)) for code, word in SORT_WORDS.items()],
    }


def words_chosen_in(asked: Chosen) -> list[str]:
    """What is left out of the page, said on top of it."""
    choice = asked.choice
    programme = [find_programme(choice.programme_id).name] if choice.programme_id else []
    return ([str(CATEGORIES[choice.category])] if choice.category else []) + programme
