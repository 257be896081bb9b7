"""What is behind a figure for those who see no list of people: the places in which it was counted."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import NotFound
from ..kit.i18n import show_day, today
from ..records.coverage import ON_THE_WAY, STUCK_AFTER, Coverage, Figures, ranked
from ..records.region import known_regions, level_of
from ..records.to_do import first_week_without, unvisited_in
from . import room, shown
from .lists import Lists
from .tables import TABLES, asked_here
from .views import words_chosen_in
from .words import STAGE_WORDS, WHO_WORDS


@room.get("/stages/<status>")
def stage(status: str) -> str:
    """One stage by place, those first in which most stand still, and those with a handful of people at the end."""
    region, asked, query = asked_here()
    if status not in ON_THE_WAY or level_of(region) == "village":
        raise NotFound()
    coverage, lists = Coverage(asked.choice, today()), Lists(me(), asked)
    here = next(one for one in coverage.stuck if one.status == status)
    places = ranked(coverage.places, lambda place: place.old[status])
    return render_template(
        "oversee/by_place.html",
        title=shown.title_of(region),
        words=STAGE_WORDS[status],
        lead=_("Acts next: %(who)s", who=WHO_WORDS[here.who]),
        heads=[_("Now"), _("Over %(days)s days", days=STUCK_AFTER.days)],
        sums=[here.now, here.old],
        rows=[_row(place, status, lists) for place in places if place.counts[status]],
        nothing=_("Nobody stands here now."),
        file="stages-by-place",
        file_title=TABLES["stages-by-place"][0](),
        query=query,
        up=lists.page(),
        words_chosen=words_chosen_in(asked),
    )


def _row(place: Figures, status: str, lists: Lists) -> dict[str, object]:
    return {
        "name": place.name,
        "now": place.counts[status],
        "old": place.old[status],
        "below": lists.places(status, place.code),
        "people": lists.people(status, place.code),
        "late": lists.people(status, place.code, late=True),
    }


@room.get("/weeks/<kind>")
def week(kind: str) -> str:
    """What happened this week and last week by place, those first in which most did, and those with a handful at the end."""
    region, asked, query = asked_here()
    words = shown.change_words()
    if kind not in words or level_of(region) == "village":
        raise NotFound()
    coverage, lists = Coverage(asked.choice, today()), Lists(me(), asked)
    weeks = coverage.two_weeks_of(kind)
    places = [place for place in ranked(coverage.places, lambda place: sum(weeks[place.code])) if any(weeks[place.code])]
    return render_template(
        "oversee/by_place.html",
        title=shown.title_of(region),
        words=_("By place: %(what)s", what=words[kind]),
        note=f"{shown.this_week(coverage)}. {shown.meaning()}",
        heads=[_("This week"), _("Last week")],
        sums=[coverage.weeks[-1][1][kind], coverage.weeks[-2][1][kind]],
        rows=[
            {"name": place.name, "now": weeks[place.code][0], "old": weeks[place.code][1], "below": lists.week(kind, place.code)}
            for place in places
        ],
        nothing=_("Nothing in these two weeks."),
        file="weeks-by-place",
        file_title=TABLES["weeks-by-place"][0](),
        query=query,
        up=lists.page(),
        words_chosen=words_chosen_in(asked),
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
