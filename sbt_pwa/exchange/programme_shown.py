"""A programme in words and figures: its facts, what it needs, its places by region."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from ..kit.fields import show_rupiah
from ..kit.i18n import show_day
from ..kit.months import show_month
from ..records.contributions import RateMissing, people_within, programme_need
from ..records.profile import profile_with
from ..records.programme import Allotment, Programme
from ..records.reference import CATEGORIES
from ..records.region import level_of, region_names
from ..records.spent import spent_in
from .programme_words import FUNDING_WORDS, STATE_WORDS


def shown_programme(programme: Programme) -> dict[str, Any]:
    profile = profile_with(programme.profile_code)
    facts = [
        (_("For whom"), CATEGORIES[programme.category]),
        (_("Insurance"), ", ".join(programme.insurances)),
        (_("Cover"), _("%(first)s to %(last)s", first=show_day(programme.start_on), last=show_day(programme.end_on))),
        (_("Who pays"), FUNDING_WORDS[programme.funding]),
        (_("Reckoned with"), _("%(rupiah)s a month", rupiah=show_rupiah(programme.income_base_rupiah))),
        (_("Budget year"), str(programme.budget_year)),
        (_("Agreement (PKS)"), programme.agreement_no),
        (_("Agreement from - to"), _days(programme.agreement_from, programme.agreement_to)),
        (_("Group (wadah)"), programme.enrollment_group_no),
        (_("File for the insurer"), profile.title if profile else programme.profile_code),
    ]
    return {
        "id": programme.id,
        "name": programme.name,
        "category": CATEGORIES[programme.category],
        "state": programme.state,
        "state_word": STATE_WORDS[programme.state],
        "months": _range(programme.start_on, programme.month_list()[-1]),
        "facts": facts,
        "whole": _limit(programme.whole),
    }


def shown_need(programme: Programme) -> dict[str, Any]:
    """Return what one person and all places cost, and what the budget carries; or what is missing to reckon it."""
    whole = programme.whole
    try:
        one, all_places = programme_need(programme, 1), programme_need(programme, whole.places)
        carried = people_within(programme, whole.budget_rupiah)
    except RateMissing as missing:
        return {"missing": missing.message}
    left = whole.budget_rupiah - all_places.total_rupiah
    return {
        "runs": _runs(one.months, whole.places),
        "base": show_rupiah(programme.income_base_rupiah) if programme.segment == "PU" else "",
        "one": show_rupiah(one.total_rupiah),
        "total": show_rupiah(all_places.total_rupiah),
        "budget": show_rupiah(whole.budget_rupiah),
        "carried": min(carried, 10**9),
        "short": show_rupiah(-left) if left < 0 else None,
        "spare": show_rupiah(left) if left > 0 else None,
    }


def _runs(months: list[tuple[dt.date, int]], people: int) -> list[dict[str, Any]]:
    """Return months that cost the same together."""
    runs = []
    for rupiah, group in groupby(months, key=lambda month: month[1]):
        same = [month for month, _rupiah in group]
        cost = rupiah * people
        runs.append(
            {
                "months": _range(same[0], same[-1]),
                "count": len(same),
                "one": show_rupiah(rupiah),
                "month": show_rupiah(cost),
                "sum": show_rupiah(cost * len(same)),
            }
        )
    return runs


def shown_limits(programme: Programme) -> list[dict[str, Any]]:
    """Return the narrower limits: a district, and below it its villages."""
    names = region_names()
    narrower = [limit for limit in programme.allotments if limit is not programme.whole]
    return [
        _limit(limit)
        | {
            "name": names.get(limit.region_code, limit.region_code),
            "district": names.get(limit.region_code[:8]) if level_of(limit.region_code) == "village" else None,
        }
        for limit in narrower
    ]


def _limit(limit: Allotment) -> dict[str, Any]:
    spent = spent_in([limit.programme_id], limit.region_code)[limit.programme_id]
    return {
        "places": limit.places,
        "taken": limit.taken,
        "left": limit.places_left,
        "budget": show_rupiah(limit.budget_rupiah),
        "committed": show_rupiah(limit.committed_rupiah),
        "spent": show_rupiah(spent) if spent else "",
        "rupiah_left": show_rupiah(limit.rupiah_left),
    }


def _range(first: dt.date, last: dt.date) -> str:
    if first == last:
        return show_month(first)
    return _("%(first)s to %(last)s", first=show_month(first), last=show_month(last))


def _days(first: dt.date | None, last: dt.date | None) -> str:
    if not (first or last):
        return ""
    return f"{show_day(first) if first else '…'} - {show_day(last) if last else '…'}"
