"""What the leaders' page shows: places in their order, rows with their links, sentences that say the finding."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..kit.fields import show_rupiah
from ..kit.i18n import show_day, show_number
from ..records.account import Account
from ..records.coverage import FEW, STUCK_AFTER, WORK, Coverage, Figures, Money, OfficerWork, Stuck, ranked
from ..records.reference import SEXES, occupations
from ..records.region import known_regions, level_of
from ..records.shapes import Drawing
from .drawn import class_of, parts_of, percent
from .lists import Lists
from .to_do import Open, in_short
from .words import LEVEL_WORDS, STAGE_WORDS, WHO_WORDS

# ---- places


def in_order(places: Sequence[Figures], sort: str) -> list[Figures]:
    """Sort; places with a handful of people are not ranked, nor those without a target by what they lack: they follow by name."""
    if sort in ("covered", "stuck"):
        return ranked(places, lambda place: getattr(place, sort))
    by_name = sorted(places, key=lambda place: place.name)
    if sort == "name":
        return by_name
    with_share = [place for place in by_name if place.share is not None]
    with_share.sort(key=lambda place: (place.share or 0) if sort == "share" else -(place.missing or 0))
    return with_share + [place for place in by_name if place.share is None]


def place_row(place: Figures, link: str) -> dict[str, Any]:
    return {
        "number": number_of(place.code),
        "name": place.name,
        "link": link,
        "covered": place.covered,
        "target": place.target,
        "missing": place.missing,
        "on_the_way": place.on_the_way,
        "stuck": place.stuck,
        "share": percent(place.share) if place.share is not None else "",
        "bar": parts_of(place.target or 0, *place.parts),
        "is_few": place.is_few,
        "level": class_of(place),
    }


def finding(whole: Figures, of_programme: bool = False) -> str:
    """The one sentence that a reader takes along."""
    covered = show_number(whole.covered)
    if of_programme:
        said = _("%(covered)s people are covered in this programme.", covered=covered)
        why = _("A target counts everybody, so for one programme no share and nobody missing is told.")
        return f"{said} {why}"
    if whole.target is None:
        return _("%(covered)s people are covered. No target has been set here yet.", covered=covered)
    covered, missing = show_number(whole.reached), show_number(whole.missing or 0)
    told = {"covered": covered, "target": show_number(whole.target), "missing": missing}
    if not whole.missing:
        return _("%(covered)s people are covered: the target of %(target)s is reached.", **told)
    return _("%(covered)s of %(target)s people are covered. %(missing)s are missing.", **told)


def beside(coverage: Coverage) -> list[str]:
    """Whom the finding leaves out, so that nobody looks for them in it; and why the places may lack another number in all."""
    whole, lacking = coverage.whole, lacking_below(coverage)
    said = [
        (whole.beside_target, _("%(count)s more are covered in groups or places without a target.")),
        (whole.above, _("%(count)s of the covered are above the target of their place or group.")),
        (whole.counts["later"], _("Members whose cover begins later: %(count)s.")),
        (whole.counts["run_out"], _("Members whose cover has run out: %(count)s.")),
    ]
    told = [words % {"count": show_number(count)} for count, words in said if count]
    if whole.target and lacking not in (None, whole.missing):
        below = show_number(lacking or 0)
        told.append(_("The places in it lack %(count)s in all; here a target of the whole region counts.", count=below))
    return told


def lacking_below(coverage: Coverage) -> int | None:
    """What is missing in all places together; None where none of them has a target."""
    lacks = [place.missing for place in coverage.places if place.missing is not None]
    return sum(lacks) if lacks else None


def aimed_below(coverage: Coverage) -> int:
    """The targets of all places together."""
    return sum(place.target or 0 for place in coverage.places)


def worst(places: Sequence[Figures]) -> str:
    """Name the places where most people are missing."""
    lacking = [place for place in in_order(places, "missing") if place.share is not None and place.missing]
    if len(places) < 2 or not lacking:
        return ""
    named = ", ".join(f"{place.name} ({show_number(place.missing or 0)})" for place in lacking[:3])
    return _("Most people are missing in %(places)s.", places=named)


def map_shapes(drawing: Drawing, places: Sequence[Figures]) -> list[dict[str, Any]]:
    found = {place.code: place for place in places}
    return [
        {
            "shape": shape,
            "number": number_of(shape.code),
            "level": class_of(found[shape.code]),
            "said": percent(found[shape.code].share or 0) if found[shape.code].share is not None else "–",
        }
        for shape in drawing.shapes
        if shape.code in found
    ]


def number_of(code: str) -> int:
    """A region's number in the one around it: what stands on a map that is too small for names."""
    return int(code.rpartition(".")[2])


def title_of(code: str) -> str:
    """`Kecamatan Bula`, `Negeri Bula, Kecamatan Bula`: villages share names, so the district stands beside."""
    names, level = known_regions(), level_of(code)
    if level == "regency":
        return names[code]
    said = f"{LEVEL_WORDS[level]} {names[code]}"
    return said if level == "district" else f"{said}, {LEVEL_WORDS['district']} {names[code[:8]]}"


def way_up(account: Account, code: str, query: str) -> list[tuple[str, str]]:
    """Return (address, name) of the regions around this one that the reader may see, widest first."""
    names = known_regions()
    around = [code[:length] for length in (5, 8) if length < len(code) and account.sees(code[:length])]
    return [(region_url(one, query), names[one]) for one in around]


def region_url(code: str, query: str) -> str:
    return url_for("oversee.region", region_code=code) + (f"?{query}" if query else "")


# ---- stages, money, people


def gists(coverage: Coverage, is_open: Open) -> dict[str, str]:
    """Say of each part of the page in half a line what a hurried reader takes along, for the folds above them."""
    this_week, money, whole = coverage.weeks[-1][1], coverage.money, coverage.whole
    work = next(iter(coverage.occupations), "")
    told = {"old": show_number(whole.stuck), "days": STUCK_AFTER.days}
    committed = {"rupiah": show_rupiah(money.committed)}
    return {
        "stuck": _("%(old)s for more than %(days)s days", **told) if whole.stuck else _("nothing stands still"),
        "to_do": in_short(is_open, level_of(coverage.choice.region)),
        "money": _("%(share)s committed", share=percent(money.committed / money.budget))
        if money.budget
        else _("%(rupiah)s committed", **committed),
        "trend": _("%(count)s registered this week", count=show_number(this_week["registered"])),
        "people": _("most: %(occupation)s", occupation=_occupation(work)) if work else "",
        "officers": _counted_officers(len(coverage.officers)),
    }


def people_in_all(count: int) -> str:
    return ngettext("%(count)s person in all", "%(count)s people in all", count, count=show_number(count))


def _counted_officers(count: int) -> str:
    return ngettext("%(count)s officer", "%(count)s officers", count, count=show_number(count))


def stuck_rows(coverage: Coverage, lists: Lists) -> list[dict[str, Any]]:
    most = max((stage.now for stage in coverage.stuck), default=0)
    return [_stuck_row(stage, most, lists) for stage in coverage.stuck]


def _stuck_row(stage: Stuck, most: int, lists: Lists) -> dict[str, Any]:
    return {
        "word": STAGE_WORDS[stage.status],
        "who": WHO_WORDS[stage.who],
        "now": stage.now,
        "old": stage.old,
        "most_in": stage.most_in,
        "link": lists.of(stage.status),
        "late_link": lists.of(stage.status, late=True),
        "bar": parts_of(most, stage.old, stage.now - stage.old),
    }


def money_rows(money: Money, committed_url: str) -> dict[str, Any]:
    """Rows of (label, value, note, address); the bar, and how much of the budget is committed."""
    budget = show_rupiah(money.budget) if money.budget is not None else _("no budget of its own")
    rows = [(_("Budget"), budget, "", "")]
    told = [
        (_("Committed to people with a place"), money.committed, committed_url if money.committed else ""),
        (_("Committed in programmes without a limit here"), money.elsewhere or None, committed_url),
        (_("Paid to BPJS so far"), money.paid, ""),
        (_("Unspent: in the budget and not paid"), money.unspent, ""),
        (_("Not committed yet"), money.free, ""),
    ]
    rows += [(words, show_rupiah(rupiah), "", url) for words, rupiah, url in told if rupiah is not None]
    paid = min(money.paid or 0, money.committed)
    used = percent(money.committed / money.budget) if money.budget else ""
    return {"rows": rows, "bar": parts_of(money.budget or 0, paid, money.committed - paid) if money.budget else [], "used": used}


def change_words() -> dict[str, str]:
    return {"registered": _("registered"), "approved": _("approved"), "active": _("became members"), "ended": _("ended")}


def change_rows(coverage: Coverage) -> list[tuple[str, str, int, int]]:
    """Return (kind, words, this week, last week)."""
    (_before, last), (_monday, this) = coverage.weeks[-2:]
    return [(kind, word, this[kind], last[kind]) for kind, word in change_words().items()]


def this_week(coverage: Coverage) -> str:
    words = _("This week")
    return f"{words} ({week_so_far(coverage)})"


def week_heads(coverage: Coverage, monday: dt.date) -> list[str]:
    """Name a week and the one before it."""
    if monday == coverage.mondays[-1]:
        return [_("This week"), _("Last week")]
    return [_("Week from %(day)s", day=show_day(monday - dt.timedelta(weeks=back))) for back in (0, 1)]


def week_so_far(coverage: Coverage) -> str:
    """The week that runs is not over: its figures stand beside whole weeks."""
    return _("day %(day)s of 7", day=coverage.today.weekday() + 1)


def meaning() -> str:
    """What the figures of a week count, for whoever compares them with their own."""
    arrived = _("Registered: arrived at the office; what still waits on phones is not in it.")
    once = _("Approved and became members: each person once, the first time.")
    return f"{arrived} {once}"


def listed(words: Sequence[str], most: int) -> str:
    """Name the first, and say how many more there are."""
    more = len(words) - most
    said = "; ".join(words[:most])
    return said if more <= 0 else _("%(names)s and %(count)s more", names=said, count=show_number(more))


def week_rows(coverage: Coverage) -> list[dict[str, Any]]:
    return [
        {
            "day": show_day(monday),
            "monday": in_week_address(coverage, monday),
            "numbers": [(kind, counts[kind]) for kind in change_words()],
        }
        for monday, counts in coverage.weeks
    ]


def in_week_address(coverage: Coverage, monday: dt.date) -> str:
    """The Monday of an older week; the week that runs need not be told."""
    return "" if monday == coverage.mondays[-1] else monday.isoformat()


def portrait(coverage: Coverage, lists: Lists) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return (heading, rows) for occupations, sex and age: how many of each are members or on the way."""
    parts = portrait_parts(coverage)
    return [(words, _bars(kind, parts[kind], lists)) for kind, words in portrait_words().items()]


def portrait_parts(coverage: Coverage) -> dict[str, Mapping[Any, Counter[str]]]:
    """Counts by stage of each occupation, each sex and each band of ages, in the order in which they are shown."""
    sexes = {code: coverage.sexes.get(code, Counter()) for code in SEXES}
    return {"occupation": coverage.occupations, "sex": sexes, "age": coverage.ages}


def portrait_words() -> dict[str, str]:
    return {"occupation": _("Occupation"), "sex": _("Sex"), "age": _("Age this year")}


def value_words(kind: str, value: Any) -> str:
    """Say an occupation, a sex or a band of ages."""
    if kind == "age":
        return _age_words(*value)
    return str(SEXES[value]) if kind == "sex" else _occupation(value)


def in_address(value: Any) -> str:
    """`25-34` for a band of ages; codes as they are."""
    return value if isinstance(value, str) else "-".join(str(age) for age in value)


def _occupation(code: str) -> str:
    known = occupations()
    return known[code].label if code in known else code


def _age_words(youngest: int, oldest: int) -> str:
    if not youngest:
        return _("up to %(age)s", age=oldest)
    return _("%(age)s and older", age=youngest) if oldest > 100 else f"{youngest}–{oldest}"


def _bars(kind: str, rows: Mapping[Any, Counter[str]], lists: Lists) -> list[dict[str, Any]]:
    most = max((counts.total() for counts in rows.values()), default=0)
    total = sum(counts.total() for counts in rows.values())
    return [
        {
            "word": value_words(kind, value),
            "link": lists.portrait(kind, in_address(value)),
            "n": counts.total(),
            "active": counts["active"],
            "share": percent(counts.total() / total) if total >= FEW else "",
            "bar": parts_of(most, counts["active"], counts["work"]),
        }
        for value, counts in rows.items()
    ]


def officer_name(number: int, one: OfficerWork, account: Account) -> str:
    return _("Officer %(number)s", number=number) if account.role == "leader" else one.name


def officer_rows(work: Sequence[OfficerWork], lists: Lists) -> list[dict[str, Any]]:
    """Leaders see officers by number and place; their supervisors and the office by name, and the office whom they registered."""
    names, account = known_regions(), lists.account
    rows = []
    for number, one in enumerate(work, 1):
        where = names[one.region_code] if account.sees(one.region_code) else _("elsewhere too")
        rows.append(
            {
                "who": officer_name(number, one, account),
                "where": where,
                "registered": one.counts["registered"],
                "this_week": one.this_week,
                "returned": one.counts["returned"],
                "share": percent(one.returned_share) if one.returned_share is not None else "",
                "active": one.counts["active"],
                "links": {kind: lists.moves(kind, one.id) for kind in WORK},
                "week_link": lists.moves("registered", one.id, this_week=True),
            }
        )
    return rows
