"""Rates, brackets and reliefs: what holds, what held, what will hold, and what it comes to."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.errors import AppError, NotFound, WrongInput
from ..kit.fields import show_rupiah
from ..kit.i18n import show_number, today
from ..kit.months import first_day, months_later
from ..records.contributions import Contribution, RateMissing, monthly_contribution
from ..records.rates import TABLES, DatedRow, add_row, row_to_change, rows_of
from . import room
from .forms_rates import FORMS, SEGMENT_OF, CalculatorForm, EndForm, RowForm
from .programme_words import INSURANCE_WORDS
from .rate_words import shown_row


@room.get("/rates")
def rates() -> str:
    tables = {name: _apart(rows_of(table)) for name, table in TABLES.items()}
    return render_template("exchange/rates.html", tables=tables, day=today())


@room.get("/rates/<table>/new")
def new_rate(table: str) -> str:
    form = _form(table)
    form.from_month.data = months_later(first_day(today()), 1)
    return _row_page(table, form)


@room.post("/rates/<table>")
def add_rate(table: str) -> Response:
    form = _form(table)
    if form.validate():
        try:
            row = add_row(
                TABLES[table],
                by=me(),
                segment=SEGMENT_OF[table],
                valid_from=form.from_month.data,
                **form.figures(),
            )
        except WrongInput as refused:
            return _not_complete(table, form, refused)
        return make_response(redirect(url_for("exchange.rate", table=table, row_id=row.id), 303))
    return _not_complete(table, form)


@room.get("/rates/<table>/<uuid:row_id>")
def rate(table: str, row_id: uuid.UUID) -> str:
    row = _row(table, row_id)
    return _row_page(table, _form_to_change(table, row), row)


@room.post("/rates/<table>/<uuid:row_id>")
def change_rate(table: str, row_id: uuid.UUID) -> Response:
    row = _row(table, row_id)
    form = _form_to_change(table, row)
    if form.validate():
        try:
            following = row.change(form.from_month.data, me(), **form.figures())
        except WrongInput as refused:
            return _not_complete(table, form, refused, row)
        return make_response(redirect(url_for("exchange.rate", table=table, row_id=following.id), 303))
    return _not_complete(table, form, row=row)


@room.post("/rates/<table>/<uuid:row_id>/end")
def end_rate(table: str, row_id: uuid.UUID) -> Response:
    row, form = _row(table, row_id), EndForm()
    if form.validate():
        try:
            row.end(form.last_month.data, me())
        except WrongInput as refused:
            form.last_month.errors = [*form.last_month.errors, str(refused.message)]
        else:
            return make_response(redirect(url_for("exchange.rate", table=table, row_id=row.id), 303))
    return make_response(_row_page(table, _form_to_change(table, row, sent=False), row, end=form), 422)


@room.get("/rates/calculator")
def calculator() -> Response:
    asked = bool(request.args.get("segment") or request.args.get("month"))
    form = CalculatorForm(request.args if asked else None, meta={"csrf": False}, **_usual())
    result, trouble = None, None
    if asked and form.validate():
        told = (form.segment.data, form.insurances.data, form.income.data, form.month.data, form.funding.data)
        try:
            result = monthly_contribution(*told, form.sector.data or None)
        except RateMissing as missing:
            trouble = missing
    errors = _errors(form, trouble)
    shown = _shown(result, form.people.data) if result else None
    return make_response(
        render_template("exchange/calculator.html", form=form, errors=errors, shown=shown), 422 if errors else 200
    )


def _usual() -> dict[str, Any]:
    """What most ask for: the regency's vulnerable workers, today."""
    return {
        "segment": "BPU",
        "insurances": ["JKK", "JKM"],
        "income": 1_000_000,
        "funding": "APBD",
        "month": first_day(today()),
        "people": 1,
    }


def _shown(month: Contribution, people: int) -> dict[str, Any]:
    parts = [(INSURANCE_WORDS[one], show_rupiah(amount)) for one, amount in month.parts.items()]
    relief = [(_("Relief"), f"- {show_rupiah(month.relief_rupiah)}")] if month.relief_rupiah else []
    facts = [(_("Base"), show_rupiah(month.base_rupiah)), *parts, *relief]
    facts.append((_("One person, one month"), show_rupiah(month.total_rupiah)))
    need = month.total_rupiah * people
    if people > 1:
        facts.append((_("%(count)s people, one month", count=show_number(people)), show_rupiah(need)))
    facts.append((_("%(count)s people, twelve such months", count=show_number(people)), show_rupiah(need * 12)))
    return {"facts": facts, "legal_basis": ", ".join(month.legal_basis)}


def _form(table: str) -> RowForm:
    if table not in FORMS:
        raise NotFound()
    return FORMS[table]()


def _row(table: str, row_id: uuid.UUID) -> DatedRow:
    if table not in TABLES:
        raise NotFound()
    return row_to_change(TABLES[table], row_id)


def _form_to_change(table: str, row: DatedRow, sent: bool = True) -> RowForm:
    """Return the form with the row's figures. What the row is about stays as it is; for other things there is a new row."""
    figures = {name: getattr(row, name) for name in FORMS[table].FIGURES}
    next_month = months_later(first_day(today()), 1)
    figures |= {"from_month": max(row.valid_from, next_month), "to_month": row.valid_to}
    form = FORMS[table](data=figures) if sent else FORMS[table](formdata=None, data=figures)
    for name in row.SAME:
        if name in form:
            del form[name]
    return form


def _row_page(table: str, form: RowForm, row: DatedRow | None = None, end: EndForm | None = None, refused: str = "") -> str:
    history = [shown_row(one) for one in rows_of(TABLES[table]) if row and one.id != row.id and _same(one, row)]
    may_change = bool(row and not row.never_held and (row.valid_to is None or row.valid_to >= today()))
    return render_template(
        "exchange/rate.html",
        table=table,
        form=form,
        row=shown_row(row) if row else None,
        end=end or EndForm(formdata=None),
        errors=_errors(end or form) | ({"": refused} if refused else {}),
        history=history,
        may_change=may_change,
    )


def _same(one: DatedRow, other: DatedRow) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in one.SAME)


def _not_complete(table: str, form: RowForm, refused: AppError | None = None, row: DatedRow | None = None) -> Response:
    return make_response(_row_page(table, form, row, refused=str(refused.message) if refused else ""), 422)


def _errors(form: Any, trouble: AppError | None = None) -> dict[str, str]:
    found = {name: str(sentences[0]) for name, sentences in form.errors.items() if name}
    return found | ({"": str(trouble.message)} if trouble else {})


def _apart(rows: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of today, and those before and after them."""
    day = today()
    now = [row for row in rows if row.holds_on(day)]
    return {"now": [shown_row(row) for row in now], "others": [shown_row(row) for row in rows if row not in now]}
