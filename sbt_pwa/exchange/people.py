"""One person as the office sees them: what is known without the full NIK, cover, batches, answers, months, and the end."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import WrongInput, WrongState
from ..kit.fields import show_rupiah
from ..kit.i18n import show_day, show_moment, today
from ..kit.months import show_month
from ..records.contribution_month import dues_of
from ..records.history import history_of
from ..records.leaving import BEFORE_COVER
from ..records.phone_number import show_phone
from ..records.reference import CATEGORIES, SEXES, occupations
from ..records.region import region_names
from ..records.registration import Registration, find_registration
from ..records.spent import spent_for
from ..records.statuses import status_word
from ..records.trail import answers_of, batch_rows_of
from . import room
from .answers import VERDICT_WORDS
from .forms_months import EndForm


@room.get("/people/<uuid:entry_id>")
def person(entry_id: uuid.UUID) -> str:
    """The end's form may come filled in by a list that leads here."""
    entry = find_registration(me(), entry_id)
    form = EndForm.of(entry, formdata=None, reason=request.args.get("reason", ""))
    if form.last_day:
        told = request.args.get("last_day")
        form.last_day.data = form.last_day.read(told) if told and _is_day(form, told) else today()
    return _page(entry, form, {}, bool(request.args.get("reason")))


def _is_day(form: EndForm, told: str) -> bool:
    try:
        return bool(form.last_day.read(told))
    except ValueError:
        return False


@room.post("/people/<uuid:entry_id>/end")
def end_membership(entry_id: uuid.UUID) -> Response:
    entry = find_registration(me(), entry_id)
    form = EndForm.of(entry)
    errors = {} if form.validate() else {name: told[0] for name, told in form.errors.items()}
    last_day = form.last_day.data if form.last_day else today()
    if not errors and form.last_day and (slip := _slip_of_last_day(entry, last_day, form.reason.data)):
        errors["last_day"] = slip
    if errors:
        return make_response(_page(entry, form, errors, True), 422)
    try:
        entry.end(me(), [form.reason.data], last_day, form.note.data or None)
    except WrongInput as slip:
        return make_response(_page(entry, form, {"reason": slip.message}, True), 422)
    except WrongState as late:
        return make_response(_page(entry, form, {"": late.message}, True), 409)
    session["person_said"] = _("This person has left. The place went to the next in the waiting list, if somebody waits.")
    return make_response(redirect(url_for("exchange.person", entry_id=entry.id), 303))


def _slip_of_last_day(entry: Registration, last_day: dt.date, reason: str) -> str:
    """Only who died, or whose cover is still to come, may have left before the first day: then there was no cover at all."""
    if last_day > today():
        return _("This day has not come yet. End the membership when it has come.")
    began = entry.covered_from is not None and entry.covered_from <= today()
    if began and entry.covered_from and last_day < entry.covered_from and reason != "has_died":
        return _("The cover began on %(day)s. The last day cannot lie before that.", day=show_day(entry.covered_from))
    return ""


def _page(entry: Registration, form: EndForm, errors: dict[str, Any], opened: bool) -> str:
    names = region_names()
    return render_template(
        "exchange/person.html",
        entry=entry,
        status_word=status_word(entry.status),
        facts=_facts(entry, names),
        cover=_cover(entry),
        history=history_of(entry),
        batch_rows=batch_rows_of(entry),
        answers=[(row, VERDICT_WORDS[row.verdict]) for row in answers_of(entry)],
        dues=[(show_month(due.month), f"{due.month:%Y-%m}", due) for due in dues_of(entry)],
        form=form,
        errors=errors,
        opened=opened,
        before_cover=entry.status in BEFORE_COVER,
        said=session.pop("person_said", ""),
    )


def _facts(entry: Registration, names: dict[str, str]) -> list[tuple[Any, ...]]:
    village = names.get(entry.village_code, entry.village_code)
    return [
        (_("NIK"), entry.masked_nik),
        (_("Birth date"), show_day(entry.birth_date)),
        (_("Sex"), SEXES[entry.sex]),
        (_("Phone number"), show_phone(entry.phone) if entry.phone else None),
        (_("Village"), f"{village}, {names.get(entry.district_code, entry.district_code)}"),
        (_("Group"), CATEGORIES[entry.category]),
        (_("Occupation"), occupations()[entry.occupation].label),
        (_("Registered by"), entry.author.name, show_moment(entry.made_at)),
    ]


def _cover(entry: Registration) -> list[tuple[Any, ...]]:
    programme = entry.covering_programme
    following = entry.programme if entry.programme is not programme else None
    return [
        (_("Programme"), programme.name if programme else None),
        (_("Insurance"), ", ".join(programme.insurances) if programme else None),
        (_("To be carried on in"), following.name if following else None),
        (_("KPJ"), entry.kpj),
        (_("Covered from"), show_day(entry.covered_from) if entry.covered_from else None),
        (_("Covered to"), show_day(entry.covered_to) if entry.covered_to else None),
        (_("Set aside for this place"), show_rupiah(entry.committed_rupiah) if entry.committed_rupiah is not None else None),
        (_("Spent for places left"), show_rupiah(spent) if (spent := spent_for(entry)) else None),
    ]
