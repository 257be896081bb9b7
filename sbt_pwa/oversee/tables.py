"""Every table of the leaders' page as a file: the same figures, the same choice, the same region. No name of a worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from flask import Response, render_template, request
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import NotFound, WrongInput
from ..kit.i18n import today
from ..kit.spreadsheets import Cell
from ..kit.table_files import Table, table_answer
from ..records.coverage import Coverage, Figures
from ..records.messages import UNKNOWN_FILTER
from ..records.region import known_regions, level_of
from ..records.to_do import unvisited_in
from . import room, shown
from .forms import Chosen, chosen
from .words import STAGE_WORDS, WHO_WORDS


@room.get("/tables")
def tables() -> str:
    region, asked, query = asked_here()
    files = [(name, title()) for name, (title, _make) in TABLES.items()]
    return render_template(
        "oversee/tables.html", title=shown.title_of(region), files=files, query=query, here=region, asked=asked
    )


@room.get("/tables/<name>.<any(csv, xlsx):ending>")
def table_file(name: str, ending: str) -> Response:
    region, asked, _query = asked_here()
    if name not in TABLES:
        raise NotFound()
    title, make = TABLES[name]
    return table_answer(f"{name}-{region}", title(), make(Coverage(asked.choice, today()), asked), ending)


def asked_here() -> tuple[str, Chosen, dict[str, str]]:
    """Return the region that was asked for, else the own one, and the choice. What lies outside does not exist."""
    region = request.args.get("region", "") or me().region_code
    if region not in known_regions() or not me().sees(region):
        raise NotFound()
    asked = chosen(request.args, region, today().year)
    return region, asked, {"region": region} | asked.told


def week_asked(coverage: Coverage) -> dt.date:
    """Return the Monday that was asked for, one of the weeks that are looked at; else that of the week that runs."""
    mondays = {monday.isoformat(): monday for monday in coverage.mondays}
    told = request.args.get("monday", "") or coverage.mondays[-1].isoformat()
    if told not in mondays:
        raise WrongInput(UNKNOWN_FILTER)
    return mondays[told]


# ---- the tables


def _places(coverage: Coverage, asked: Chosen) -> Table:
    return [_("Code"), _("Name"), *_place_heads()], [
        (place.code, place.name, *_place_cells(place)) for place in shown.in_order(coverage.places, asked.sort)
    ]


def _place_heads() -> list[str]:
    words = [_("Covered"), _("Target"), _("Share in percent"), _("Missing"), _("On the way"), _("Standing still")]
    return ["#" + word for word in (*words, _("Covered of the target"))]


def _place_cells(place: Figures) -> list[Cell]:
    share = None if place.share is None else int(place.share * 100 + 1e-9)
    reached = None if place.target is None else place.reached
    return [place.covered, place.target, share, place.missing, place.on_the_way, place.stuck, reached]


def _villages(coverage: Coverage, asked: Chosen) -> Table:
    """Every village of the region in one file, by code."""
    names, rows = known_regions(), []
    around = [place.code for place in coverage.places] if level_of(asked.choice.region) == "regency" else [asked.choice.region]
    for code in around:
        inside = coverage if code == asked.choice.region else Coverage(replace(asked.choice, region=code), coverage.today)
        rows += [(place.code, names[place.code[:8]], place.name, *_place_cells(place)) for place in inside.places]
    return [_("Code"), _("District"), _("Village"), *_place_heads()], rows


def _stages_by_place(coverage: Coverage, _asked: Chosen) -> Table:
    heads = [_("Code"), _("Name"), _("Stage"), _("Acts next"), "#" + _("Now"), "#" + _("Standing still")]
    rows = [
        (
            place.code,
            place.name,
            str(STAGE_WORDS[one.status]),
            str(WHO_WORDS[one.who]),
            place.counts[one.status],
            place.old[one.status],
        )
        for place in coverage.places
        for one in coverage.stuck
    ]
    return heads, rows


def _stages(coverage: Coverage, _asked: Chosen) -> Table:
    heads = [_("Stage"), _("Acts next"), "#" + _("Now"), "#" + _("Standing still"), _("Most of them in")]
    rows = [(str(STAGE_WORDS[one.status]), str(WHO_WORDS[one.who]), one.now, one.old, one.most_in) for one in coverage.stuck]
    return heads, rows


def _weeks(coverage: Coverage, _asked: Chosen) -> Table:
    kinds = {
        "registered": _("Registered"),
        "returned": _("Sent back"),
        "approved": _("Approved"),
        "active": _("Members"),
        "ended": _("Ended"),
    }
    rows: list[list[Cell]] = [[monday, *(counts[kind] for kind in kinds)] for monday, counts in coverage.weeks]
    return ["@" + _("Week from"), *("#" + word for word in kinds.values())], rows


def _weeks_by_place(coverage: Coverage, _asked: Chosen) -> Table:
    """What happened in a week and in the one before, as on the page of each."""
    monday, rows = week_asked(coverage), []
    for kind, words in shown.change_words().items():
        weeks = coverage.two_weeks_of(kind, monday)
        rows += [(place.code, place.name, words, *weeks[place.code]) for place in coverage.places]
    numbers = ["#" + head for head in shown.week_heads(coverage, monday)]
    return [_("Code"), _("Name"), _("What has changed"), *numbers], rows


def _portrait(kind: str) -> Callable[[Coverage, Chosen], Table]:
    """Return the maker of one of the three tables of who they are."""

    def make(coverage: Coverage, _asked: Chosen) -> Table:
        heads = [shown.portrait_words()[kind], "#" + _("People"), "#" + _("Members"), "#" + _("On the way")]
        return heads, [
            (shown.value_words(kind, value), counts.total(), counts["active"], counts.total() - counts["active"])
            for value, counts in shown.portrait_parts(coverage)[kind].items()
        ]

    return make


def _portrait_by_place(kind: str) -> Callable[[Coverage, Chosen], Table]:
    """Return the maker of one of them by place, as on the page of each occupation, sex and age."""

    def make(coverage: Coverage, _asked: Chosen) -> Table:
        names, found = known_regions(), sorted(coverage.portrait_by_place(kind).items())
        heads = [_("Code"), _("Name"), shown.portrait_words()[kind], "#" + _("People"), "#" + _("Members"), "#" + _("On the way")]
        return heads, [
            (code, names[code], shown.value_words(kind, value), counts.total(), counts["active"], counts["work"])
            for (code, value), counts in found
        ]

    return make


def _officers(coverage: Coverage, _asked: Chosen) -> Table:
    """All of them, called as on the page: leaders see numbers."""
    heads = [_("Officer"), _("Works in"), *("#" + word for word in (_("Registered"), _("This week"), _("Sent back")))]
    names = known_regions()
    rows = [
        (
            shown.officer_name(number, one, me()), names[one.region_code] if me().sees(one.region_code) else _("elsewhere too"),
            one.counts["registered"], one.this_week, one.counts["returned"], one.counts["active"],
        )
        for number, one in enumerate(coverage.officers, 1)
    ]  # fmt: skip
    return [*heads, "#" + _("Became members")], rows


def _unvisited(coverage: Coverage, _asked: Chosen) -> Table:
    names = known_regions()
    found = unvisited_in(me(), coverage.choice.region, coverage.today)
    rows = [(code, names[code[:8]], names[code], week) for code, week in found]
    return [_("Code"), _("District"), _("Village"), "@" + _("Last registration, week from")], rows


def _money(coverage: Coverage, _asked: Chosen) -> Table:
    money = coverage.money
    rows = [(_("Budget"), money.budget), (_("Committed to people with a place"), money.committed)]
    if money.elsewhere:
        rows.append((_("Committed in programmes without a limit here"), money.elsewhere))
    rows += [(_("Paid to BPJS so far"), money.paid), (_("Unspent: in the budget and not paid"), money.unspent)]
    rows.append((_("Not committed yet"), money.free))
    return [_("Money"), "#" + _("Rupiah")], [row for row in rows if row[1] is not None]


def _committed_by_place(coverage: Coverage, _asked: Chosen) -> Table:
    names, found = known_regions(), coverage.committed_by_place()
    heads = [_("Code"), _("Name"), "#" + _("Committed to people with a place")]
    elsewhere = "#" + _("Committed in programmes without a limit here")
    return [*heads, elsewhere], [(code, names[code], *rupiah) for code, rupiah in found.items()]


TABLES: dict[str, tuple[Callable[[], str], Callable[[Coverage, Chosen], Table]]] = {
    "places": (lambda: _("Places"), _places),
    "villages": (lambda: _("All villages"), _villages),
    "stages": (lambda: _("Stages"), _stages),
    "stages-by-place": (lambda: _("Stages by place"), _stages_by_place),
    "unvisited": (lambda: _("Villages without a visit"), _unvisited),
    "weeks": (lambda: _("Weeks"), _weeks),
    "weeks-by-place": (lambda: _("Two weeks by place"), _weeks_by_place),
    "occupations": (lambda: _("Occupations"), _portrait("occupation")),
    "sexes": (lambda: _("Sexes"), _portrait("sex")),
    "ages": (lambda: _("Age groups"), _portrait("age")),
    "occupation-by-place": (lambda: _("Occupations by place"), _portrait_by_place("occupation")),
    "sex-by-place": (lambda: _("Sexes by place"), _portrait_by_place("sex")),
    "age-by-place": (lambda: _("Age groups by place"), _portrait_by_place("age")),
    "officers": (lambda: _("Officers"), _officers),
    "money": (lambda: _("Money"), _money),
    "committed-by-place": (lambda: _("Committed by place"), _committed_by_place),
}
