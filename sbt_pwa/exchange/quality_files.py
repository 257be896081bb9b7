"""Every table of the quality page as a file: the same weeks, and all that the page shows the newest of. No worker in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask import Response, current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.errors import NotFound, WrongInput
from ..kit.i18n import local, midnight, today
from ..kit.table_files import Table, table_answer
from ..records.coverage import Choice, Coverage
from ..records.messages import UNKNOWN_FILTER, say_reason
from ..records.quality import (
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
from . import room

PERIODS = {4: _l("4 weeks"), 8: _l("8 weeks"), 13: _l("13 weeks"), 26: _l("26 weeks")}
USUAL = "13"


@room.get("/quality/<name>.<any(csv, xlsx):ending>")
def quality_file(name: str, ending: str) -> Response:
    coverage, since = asked_period()
    if name not in TABLES:
        raise NotFound()
    title, make = TABLES[name]
    return table_answer(name, title(), make(coverage, since), ending)


def asked_period() -> tuple[Coverage, dt.datetime]:
    """Return the figures of the weeks that were asked for, and the moment at which they begin."""
    weeks = request.args.get("weeks", USUAL)
    if weeks not in map(str, PERIODS):
        raise WrongInput(UNKNOWN_FILTER)
    coverage = Coverage(Choice(current_app.config["SBT_REGENCY"], today().year, weeks=int(weeks)), today())
    return coverage, midnight(coverage.mondays[0])


def file_links() -> list[tuple[str, str]]:
    """Return (name, title) of each."""
    return [(name, title()) for name, (title, _make) in TABLES.items()]


def _by_reason(kind: str) -> Callable[[Coverage, dt.datetime], Table]:
    """Return the maker of the table of reasons for this kind of move."""

    def make(_coverage: Coverage, since: dt.datetime) -> Table:
        told = reasons_of(kind, since, whole=True)
        rows = [(say_reason(code), n, _percent(n, told)) for code, n in told.counts]
        return [_("Reason"), "#" + _("Times"), "#" + _("Percent")], rows

    return make


def _percent(n: int, told: Reasons) -> int:
    return n * 100 // told.events


def _officers(coverage: Coverage, _since: dt.datetime) -> Table:
    found = sent_back_by_officer(coverage.choice.region, coverage.mondays[0])
    rows = [
        (one.officer, one.registered, one.returned, None if one.share is None else one.returned * 100 // one.registered)
        for one in found
    ]
    return [_("Officer"), *("#" + word for word in (_("Registered"), _("Sent back"), _("Percent")))], rows


def _spells(_coverage: Coverage, since: dt.datetime) -> Table:
    heads = [_("Way"), "#" + _("People"), "#" + _("Half wait at most, hours"), "#" + _("Nine of ten at most, hours")]
    return heads, [
        (words, spell.people, _hours(spell.median), _hours(spell.p90)) for _kind, words, spell in spells(since, whole=True)
    ]


def spells(since: dt.datetime, whole: bool = False) -> list[tuple[str, str, Spell]]:
    """Return (kind of the last move, words, how long it took) of each way that somebody has gone."""
    to_number, in_all = time_to_number(since, whole)
    named = [
        ("approved", _("From the phone to the approval"), time_to_approval(since, whole)),
        ("active", _("From the approval to the number"), to_number),
        ("active", _("From the phone to the number"), in_all),
    ]
    return [(kind, words, spell) for kind, words, spell in named if spell.people]


def _hours(span: dt.timedelta | None) -> int:
    return round((span or dt.timedelta()).total_seconds() / 3600)


def _doubled(_coverage: Coverage, since: dt.datetime) -> Table:
    found = doubled(*(reasons_of(kind, since, whole=True) for kind in ("declined", "refused")))
    rows = [(words, _("in this time") if when else _("now"), n) for words, n, when, _sample in found]
    return [_("What was found"), _("Since when"), "#" + _("Entries")], rows


def doubled(declined: Reasons, refused: Reasons) -> list[tuple[str, int, str, bool]]:
    """Return (words, how many, when, whether only the newest were looked at)."""
    waiting, by_us = doubled_waiting(), refused.of("duplicate", "already_member")
    by_bpjs = declined.of("DUPLICATE", "ALREADY_MEMBER")
    return [
        (_("Wait with a NIK that another open entry has"), waiting["same_nik"], "", False),
        (_("Wait with the name and birth date of another entry"), waiting["same_person"], "", False),
        (_("Refused by a supervisor as registered or a member already"), by_us, "period", refused.is_sample),
        (_("Not taken by BPJS as doubled or a member already"), by_bpjs, "period", declined.is_sample),
    ]


def _phones(_coverage: Coverage, _since: dt.datetime) -> Table:
    silent = _("No record for %(days)s days", days=SILENT_AFTER.days)
    rows = [
        (
            ", ".join(one.officers), one.label, local(one.sent_at).date() if one.sent_at else None, local(one.contact_at).date(),
            _("yes") if one.is_silent else _("no"), one.lost,
        )
        for one in phones_in_trouble(whole=True)[1]
    ]  # fmt: skip
    heads = [_("Officers"), _("Phone"), "@" + _("Last record"), "@" + _("Last contact"), silent]
    return [*heads, "#" + _("Records that never came")], rows


TABLES: dict[str, tuple[Callable[[], str], Callable[[Coverage, dt.datetime], Table]]] = {
    "returned": (lambda: _("Sent back by reason"), _by_reason("returned")),
    "officers": (lambda: _("Sent back by officer"), _officers),
    "spells": (lambda: _("How long it takes"), _spells),
    "doubled": (lambda: _("Doubled people"), _doubled),
    "declined": (lambda: _("Not taken by BPJS, by reason"), _by_reason("declined")),
    "phones": (lambda: _("Phones to ask about"), _phones),
}
