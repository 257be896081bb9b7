"""What is behind a figure for those who see no list of people: the places in which it was counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import NotFound
from ..kit.i18n import show_day, today
from ..records.coverage import ON_THE_WAY, STUCK_AFTER, Coverage, Figures, ranked
from ..records.region import known_regions, level_of
from ..records.to_do import first_week_without, unvisited_in
from . import room, shown
from .forms import Chosen
from .lists import Lists
from .tables import TABLES, asked_here, week_asked
from .views import words_chosen_in
from .words import STAGE_WORDS, WHO_WORDS


@room.get("/stages/<status>")
def stage(status: str) -> str:
    """One stage by place, those first in which most stand still, and those with a handful of people at the end."""
    asked, coverage, lists = _asked_by_place()
    if status not in ON_THE_WAY:
        raise NotFound()
    here = next(one for one in coverage.stuck if one.status == status)
    places = ranked(coverage.places, lambda place: place.old[status])
    return _by_place(
        asked,
        lists,
        words=STAGE_WORDS[status],
        lead=_("Acts next: %(who)s", who=WHO_WORDS[here.who]),
        heads=[_("Now"), _("Over %(days)s days", days=STUCK_AFTER.days)],
        sums=[here.now, here.old],
        rows=[_stage_row(place, status, lists) for place in places if place.counts[status]],
        nothing=_("Nobody stands here now."),
        file="stages-by-place",
    )


def _stage_row(place: Figures, status: str, lists: Lists) -> dict[str, object]:
    people, late = lists.people(status, place.code), lists.people(status, place.code, late=True)
    cells = [(place.counts[status], people), (place.old[status], late)]
    return {"name": place.name, "below": lists.places(status, place.code), "cells": cells}


@room.get("/weeks/<kind>")
def week(kind: str) -> str:
    """What happened in a week and the one before by place, those first in which most did, those with a handful at the end."""
    asked, coverage, lists = _asked_by_place()
    words = shown.change_words()
    if kind not in words:
        raise NotFound()
    monday = week_asked(coverage)
    weeks, told = coverage.two_weeks_of(kind, monday), shown.in_week_address(coverage, monday)
    return _by_place(
        asked,
        lists,
        words=_("By place: %(what)s", what=words[kind]),
        note=shown.meaning() if told else f"{shown.this_week(coverage)}. {shown.meaning()}",
        lead=_("Week from %(day)s", day=show_day(monday)) if told else "",
        heads=[_("That week"), _("The week before")] if told else shown.week_heads(coverage, monday),
        sums=_sums(weeks),
        rows=_rows(coverage, weeks, lambda code: lists.week(kind, code, told)),
        nothing=_("Nothing in these two weeks."),
        file="weeks-by-place",
        monday=told,
    )


@room.get("/portrait/<facet>/<value>")
def portrait(facet: str, value: str) -> str:
    """Who has one occupation, one sex or one age, by place. Of what nobody has here there is no page."""
    asked, coverage, lists = _asked_by_place()
    if facet not in shown.portrait_words():
        raise NotFound()
    found = coverage.portrait_by_place(facet)
    meant = next((one for _code, one in found if shown.in_address(one) == value), None)
    if meant is None:
        raise NotFound()
    people = {code: (counts["active"], counts["work"]) for (code, one), counts in found.items() if one == meant}
    return _by_place(
        asked,
        lists,
        words=f"{shown.portrait_words()[facet]}: {shown.value_words(facet, meant)}",
        lead=shown.people_in_all(sum(_sums(people))),
        heads=[_("Members"), _("On the way")],
        sums=_sums(people),
        rows=_rows(coverage, people, lambda code: lists.portrait(facet, value, code)),
        file=f"{facet}-by-place",
    )


@room.get("/committed")
def committed() -> str:
    """The committed rupiah by place; apart, as on the page before, what is in programmes without a limit here."""
    asked, coverage, lists = _asked_by_place()
    heads = [_("Rupiah"), *([_("Without a limit here")] if coverage.money.elsewhere else [])]
    rupiah = {code: told[: len(heads)] for code, told in coverage.committed_by_place().items()}
    return _by_place(
        asked,
        lists,
        words=_("Committed to people with a place"),
        lead=_("Money of %(year)s", year=coverage.money_year),
        note=_("What stays spent for people who have left is in it."),
        heads=heads,
        sums=_sums(rupiah),
        rows=_rows(coverage, rupiah, lists.committed),
        nothing=_("Nothing is committed here."),
        file="committed-by-place",
    )


def _asked_by_place() -> tuple[Chosen, Coverage, Lists]:
    """Return what was asked for. A village has no places in it."""
    region, asked, _query = asked_here()
    if level_of(region) == "village":
        raise NotFound()
    return asked, Coverage(asked.choice, today()), Lists(me(), asked)


def _sums(numbers: Mapping[str, Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*numbers.values(), strict=True)]


def _rows(coverage: Coverage, numbers: Mapping[str, Sequence[int]], below: Callable[[str], str]) -> list[dict[str, object]]:
    """Rows of numbers told by the code of a place, the greatest in front. Places in which there is nothing are left out."""
    places = [place for place in coverage.places if any(numbers.get(place.code, ()))]
    return [
        {"name": place.name, "below": below(place.code), "cells": [(n, "") for n in numbers[place.code]]}
        for place in ranked(places, lambda place: sum(numbers[place.code]))
    ]


def _by_place(asked: Chosen, lists: Lists, file: str, monday: str = "", **told: Any) -> str:
    return render_template(
        "oversee/by_place.html",
        title=shown.title_of(asked.choice.region),
        file=file,
        file_title=TABLES[file][0](),
        query={"region": asked.choice.region} | asked.told | ({"monday": monday} if monday else {}),
        up=lists.page(),
        words_chosen=words_chosen_in(asked),
        **told,
    )


@room.get("/unvisited")
def unvisited() -> str:
    """Every village in which nobody was registered for a month, the longest without a visit in front."""
    region, asked, _query = asked_here()
    names = known_regions()
    rows = [
        {
            "name": names[code],
            "district": names[code[:8]] if level_of(region) == "regency" else "",
            "link": shown.region_url(code, ""),
            "last": _("week of %(day)s", day=show_day(week)) if week else _("never"),
        }
        for code, week in unvisited_in(me(), region, today())
    ]
    up, since = Lists(me(), asked).page(), show_day(first_week_without(today()))
    return render_template("oversee/unvisited.html", title=shown.title_of(region), here=region, up=up, since=since, rows=rows)
