"""File profiles: which columns a file for the insurer has. A new template of the insurer is typed in here, not programmed."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import AlreadyThere
from ..records.profile import CONSTANT, KINDS, FileProfile, profile_of, sources
from ..records.profile import profiles as all_profiles
from ..records.profile_change import changes_of, copy_under, revise_profile
from ..records.reference import CATEGORIES
from . import room
from .forms_profiles import ColumnRow, CopyForm, ProfileForm, columns_typed, rows_of_profile, rows_typed
from .profile_words import told_change


@room.get("/profiles")
def profiles() -> str:
    return render_template("exchange/profiles.html", profiles=all_profiles(), categories=CATEGORIES)


@room.get("/profiles/<code>")
def profile(code: str) -> str:
    return _profile_page(profile_of(code), CopyForm(formdata=None))


@room.post("/profiles/<code>/copy")
def copy_profile(code: str) -> Response:
    found, form = profile_of(code), CopyForm()
    if form.validate():
        try:
            copied = copy_under(found, form.code.data, form.title.data, me())
        except AlreadyThere as taken:
            form.code.errors = [*form.code.errors, str(taken.message)]
        else:
            return make_response(redirect(url_for("exchange.edit_profile", code=copied.code), 303))
    return make_response(_profile_page(found, form), 422)


@room.get("/profiles/<code>/edit")
def edit_profile(code: str) -> str:
    found = profile_of(code)
    return _edit_page(found, ProfileForm(formdata=None, obj=found), rows_of_profile(found.columns))


@room.post("/profiles/<code>")
def change_profile(code: str) -> Response:
    found, form, rows = profile_of(code, to_change=True), ProfileForm(), rows_typed(request.form)
    columns = columns_typed(rows) if not _row_errors(rows) else []
    none_left = {} if columns or _row_errors(rows) else {"header-0": _("A file needs at least one column.")}
    if form.validate() and columns:
        facts = {name: form[name].data for name in ("title", "sheet", "source", "valid_from")}
        revise_profile(found, me(), columns=columns, **facts)
        return make_response(redirect(url_for("exchange.profile", code=code), 303))
    return make_response(_edit_page(found, form, rows, none_left), 422)


def _profile_page(found: FileProfile, form: CopyForm) -> str:
    return render_template(
        "exchange/profile.html",
        profile=found,
        columns=[_shown(column) for column in found.columns],
        to_confirm=sum(column["to_confirm"] for column in found.columns),
        category=CATEGORIES[found.category],
        changes=[(change, told_change(difference)) for change, difference in changes_of(found)],
        form=form,
        errors=_form_errors(form),
    )


def _shown(column: dict[str, Any]) -> dict[str, Any]:
    source = sources().get(column["source"])
    if source and column["source"] != CONSTANT:
        origin = str(source.label)
    else:
        origin = _("always “%(value)s”", value=column["value"]) if column["value"] else _("stays empty")
    return {**column, "from": origin, "kind": KINDS[column["kind"]]}


def _edit_page(found: FileProfile, form: ProfileForm, rows: list[ColumnRow], more: dict[str, str] | None = None) -> str:
    rows = rows or rows_of_profile([])
    errors = _form_errors(form) | _row_errors(rows) | (more or {})
    offered = [(name, source.label) for name, source in sources().items()]
    return render_template(
        "exchange/profile_edit.html", profile=found, form=form, rows=rows, errors=errors, sources=offered, kinds=KINDS
    )


def _form_errors(form: ProfileForm | CopyForm) -> dict[str, str]:
    return {name: str(sentences[0]) for name, sentences in form.errors.items() if name}


def _row_errors(rows: list[ColumnRow]) -> dict[str, str]:
    return {f"{name}-{row.n}": sentence for row in rows for name, sentence in row.errors.items()}
