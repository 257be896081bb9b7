"""Programmes: who is paid for, for how many, and what it needs before anyone commits to it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.background import start_work
from ..kit.db import db
from ..kit.i18n import today
from ..records.allotting import Limits, held_limits, let_in, letting_in, open_programme, set_limits
from ..records.contributions import RateMissing, programme_need
from ..records.programme import Programme, all_programmes, find_programme, programmes_before
from ..records.region import Region, all_districts, districts_with_villages
from . import room
from .forms_programmes import RECKONED_WITH, ProgrammeForm, field_name, limits_form, usual
from .programme_shown import shown_limits, shown_need, shown_programme
from .work import follow, trouble_of


@room.get("/programmes")
def programmes() -> str:
    return render_template("exchange/programmes.html", rows=[shown_programme(one) for one in all_programmes()])


@room.get("/programmes/new")
def new_programme() -> str:
    return _form_page(ProgrammeForm(data=usual()))


@room.post("/programmes")
def add_programme() -> Response:
    form = ProgrammeForm()
    if not (form.validate() and form.check_profile(form.category.data)):
        return make_response(_form_page(form), 422)
    programme = Programme(**form.facts(), by_id=me().id)
    try:
        budget = _budget(programme, form)
    except RateMissing as missing:
        return make_response(_form_page(form, trouble=missing), 422)
    db.session.add(programme)
    db.session.flush()
    programme.allot(current_app.config["SBT_REGENCY"], form.places.data, budget)
    return _to(programme)


@room.get("/programmes/<uuid:programme_id>")
def programme(programme_id: uuid.UUID) -> str:
    found = find_programme(programme_id)
    return render_template(
        "exchange/programme.html",
        programme=found,
        shown=shown_programme(found),
        need=shown_need(found),
        limits=shown_limits(found),
        over=found.end_on < today(),
        before=programmes_before(found) if found.state != "closed" else [],
        **_letting_in(found),
    )


@room.get("/programmes/<uuid:programme_id>/progress")
def programme_progress(programme_id: uuid.UUID) -> str:
    """How far the waiting list has moved up since the last places were set."""
    found = find_programme(programme_id)
    return render_template("exchange/_moving_up.html", shown=shown_programme(found), **_letting_in(found))


def _letting_in(found: Programme) -> dict[str, Any]:
    job = letting_in(found)
    return {"job": job, "working": follow(job), "trouble": trouble_of(job)}


@room.get("/programmes/<uuid:programme_id>/edit")
def edit_programme(programme_id: uuid.UUID) -> str:
    found = find_programme(programme_id)
    return _form_page(_form_to_edit(found), found)


@room.post("/programmes/<uuid:programme_id>")
def change_programme(programme_id: uuid.UUID) -> Response:
    """Change facts and the limit of the whole programme. While somebody holds a place, what was reckoned with stays."""
    found = find_programme(programme_id)
    held_limits(found)
    form = _form_to_edit(found)
    category = form.category.data if "category" in form else found.category
    if not (form.validate() and form.check_profile(category)):
        return make_response(_form_page(form, found), 422)
    try:
        with db.session.begin_nested() as attempt:
            against = _change(found, form)
            if against:
                attempt.rollback()
    except RateMissing as missing:
        return make_response(_form_page(form, found, missing), 422)
    if against:
        form.places.errors = [against]
        return make_response(_form_page(form, found), 422)
    return _let_in(found)


@room.post("/programmes/<uuid:programme_id>/open")
def open_places(programme_id: uuid.UUID) -> Response:
    found = find_programme(programme_id)
    open_programme(found, me())
    start_work()
    return _to(found)


@room.post("/programmes/<uuid:programme_id>/close")
def close_places(programme_id: uuid.UUID) -> Response:
    found = find_programme(programme_id)
    found.close()
    return _to(found)


@room.get("/programmes/<uuid:programme_id>/allotments")
def allotments(programme_id: uuid.UUID) -> str:
    found = find_programme(programme_id)
    district, regions = _regions(request.args.get("district", ""))
    return _limits_page(found, district, regions, limits_form(found, regions))


@room.post("/programmes/<uuid:programme_id>/allotments")
def set_allotments(programme_id: uuid.UUID) -> Response:
    """Set the limits of the districts, or of the villages of one; an empty row has none of its own."""
    found = find_programme(programme_id)
    district, regions = _regions(request.form.get("district", ""))
    form = limits_form(found, regions)
    limits, errors = _read_limits(found, form, regions)
    if not errors:
        against = set_limits(found, limits)
        errors = {field_name("places", code): str(sentence) for code, sentence in against.items()}
    if errors:
        return make_response(_limits_page(found, district, regions, form, errors), 422)
    return _let_in(found)


def _let_in(found: Programme) -> Response:
    let_in(found, me())
    start_work()
    return _to(found)


def _to(found: Programme) -> Response:
    return make_response(redirect(url_for("exchange.programme", programme_id=found.id), 303))


def _budget(found: Programme, form: ProgrammeForm) -> int:
    """Return the rupiah that were typed, else what so many places cost. Raise RateMissing."""
    if form.budget_rupiah.data is not None:
        return int(form.budget_rupiah.data)
    return programme_need(found, form.places.data).total_rupiah


def _change(found: Programme, form: ProgrammeForm) -> str:
    """Put the facts and the limit in place; return what stands against the limit."""
    for name, value in form.facts().items():
        setattr(found, name, value)
    limits: Limits = {found.whole.region_code: (form.places.data, _budget(found, form))}
    return " ".join(str(sentence) for sentence in set_limits(found, limits).values())


def _read_limits(found: Programme, form: Any, regions: list[Region]) -> tuple[Limits, dict[str, str]]:
    """Return what was typed and what is wrong with it. Places without rupiah get what they cost."""
    form.validate()
    limits: Limits = {}
    errors: dict[str, str] = {}
    for region in regions:
        places, rupiah = (form[field_name(kind, region.code)] for kind in ("places", "rupiah"))
        wrong = {field.name: str(field.errors[0]) for field in (places, rupiah) if field.errors}
        if places.data is None and rupiah.data is not None:
            wrong.setdefault(places.name, _("Give the places too, or leave both empty."))
        if wrong:
            errors |= wrong
        elif places.data is None:
            limits[region.code] = None
        else:
            told = rupiah.data if rupiah.data is not None else programme_need(found, places.data).total_rupiah
            limits[region.code] = (places.data, told)
    return limits, errors


def _form_to_edit(found: Programme) -> ProgrammeForm:
    now = {"places": found.whole.places, "budget_rupiah": found.whole.budget_rupiah}
    form = ProgrammeForm(obj=found, data=now)
    if found.whole.taken:
        for name in RECKONED_WITH:
            del form[name]
    return form


def _form_page(form: ProgrammeForm, found: Programme | None = None, trouble: RateMissing | None = None) -> str:
    errors = {name: str(sentences[0]) for name, sentences in form.errors.items() if name}
    errors |= {"": str(trouble.message)} if trouble else {}
    shown = shown_programme(found) if found else None
    return render_template("exchange/programme_form.html", form=form, programme=found, shown=shown, errors=errors)


def _regions(code: str) -> tuple[Region | None, list[Region]]:
    """Return the district that was asked for with its villages, else all districts."""
    for district, villages in districts_with_villages(current_app.config["SBT_REGENCY"]):
        if district.code == code:
            return district, villages
    return None, all_districts()


def _limits_page(found: Programme, district: Region | None, regions: list[Region], form: Any, errors: Any = None) -> str:
    now = {limit.region_code: limit for limit in found.allotments}
    rows = [
        {
            "region": region,
            "now": now.get(region.code),
            "places": form[field_name("places", region.code)],
            "rupiah": form[field_name("rupiah", region.code)],
        }
        for region in regions
    ]
    told = {"programme": found, "district": district, "rows": rows, "errors": errors or {}}
    around = now.get(district.code, found.whole) if district else found.whole
    given = sum(row["now"].places for row in rows if row["now"])
    return render_template("exchange/allotments.html", **told, need=shown_need(found), around=around, given=given)
