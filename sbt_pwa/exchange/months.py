"""Months: the list to pay, payments with their proof, who owes and falls out when, who turns 65."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..kit.access import me
from ..kit.background import start_work
from ..kit.errors import NotFound, WrongInput, WrongState
from ..kit.i18n import show_number, today
from ..kit.limits import takes_at_most
from ..kit.months import read_month, show_month
from ..kit.spreadsheets import Column
from ..kit.table_files import file_answer
from ..records import arrears
from ..records.contribution_month import ContributionMonth, list_month, listed, months_of
from ..records.dues_list import due_lines, sums_by_district
from ..records.leaving import turning_65
from ..records.messages import UNKNOWN_FILTER
from ..records.payment import LARGEST_PROOF, find_payment, kind_of_proof, paid_too_much, pay, payments_of, take_back
from ..records.programme import Programme, all_programmes, find_programme
from ..records.region import region_names
from . import room
from .forms_months import PaymentForm, TakeBackForm
from .work import followed_job, trouble_of

SHOWN = 50
SEALED_OFF = "default-src 'none'; sandbox"  # an uploaded file must never act as a page of ours


@room.get("/months")
def months() -> str:
    rows = [(one, months_of(one), arrears.owed_by_month(one, today())) for one in all_programmes() if one.state != "draft"]
    return render_template("exchange/months.html", rows=[_programme_row(*row) for row in rows])


def _programme_row(programme: Programme, there: dict[dt.date, ContributionMonth], owed: list[arrears.Owed]) -> dict[str, Any]:
    return {
        "programme": programme,
        "listed": sum(1 for one in there.values() if one.state != "open"),
        "paid": sum(1 for one in there.values() if one.state == "paid"),
        "owed": sum(one.rupiah for one in owed),
        "unpaid": len(owed),
        "first_out": next((one.lost_on for one in arrears.owing(programme, today(), limit=1)), None) if owed else None,
    }


@room.get("/months/<uuid:programme_id>")
def programme_months(programme_id: uuid.UUID) -> str:
    """Every month of a programme: what it costs and whether it is paid."""
    programme = find_programme(programme_id)
    there = months_of(programme)
    rows = [(month, f"{month:%Y-%m}", show_month(month), there.get(month)) for month in programme.month_list()]
    missing = arrears.months_without_list(programme, today())
    return render_template("exchange/programme_months.html", programme=programme, rows=rows, missing=missing, today=today())


@room.post("/months/<uuid:programme_id>/<month>/list")
def make_list(programme_id: uuid.UUID, month: str) -> Response:
    """Write or renew the list of a month. What is paid already stays."""
    list_month(find_programme(programme_id), _month(month), me())
    start_work()
    return _to_month(programme_id, month)


@room.get("/months/<uuid:programme_id>/<month>")
def month_page(programme_id: uuid.UUID, month: str) -> str:
    found = listed(find_programme(programme_id), _month(month))
    return _month_page(found, PaymentForm(formdata=None, **_usual(found)), {}, "exchange/month.html")


@room.get("/months/<uuid:programme_id>/<month>/progress")
def month_progress(programme_id: uuid.UUID, month: str) -> str:
    found = listed(find_programme(programme_id), _month(month))
    return _month_page(found, PaymentForm(formdata=None, **_usual(found)), {}, "exchange/_month.html")


def _usual(month: ContributionMonth) -> dict[str, Any]:
    """What most will type: today, and what is missing."""
    return {"paid_on": today(), "rupiah": month.missing}


def _month_page(
    month: ContributionMonth,
    form: PaymentForm,
    errors: dict[str, Any],
    template: str,
    back: TakeBackForm | None = None,
    opened: uuid.UUID | None = None,
) -> str:
    """`opened` is the payment that somebody tried to take back by the form `back`."""
    names = region_names()
    return render_template(
        template,
        month=month,
        title=show_month(month.month),
        url=url_for("exchange.month_page", programme_id=month.programme_id, month=f"{month.month:%Y-%m}"),
        job=(job := followed_job(month.id)),
        trouble=trouble_of(job),
        unpaid=month.unpaid,
        districts=[(names.get(code, code), people, rupiah) for code, people, rupiah in sums_by_district(month)],
        payments=payments_of(month),
        too_much=paid_too_much(month),
        back=back or TakeBackForm(formdata=None),
        opened=opened,
        form=form,
        errors=errors,
        said=session.pop("month_said", ""),
    )


@room.get("/months/<uuid:programme_id>/<month>/list.<any(csv, xlsx):ending>")
def month_file(programme_id: uuid.UUID, month: str, ending: str) -> Response:
    """The list to pay as a spreadsheet. NIKs do not stand in it: the KPJ names a member."""
    found = listed(find_programme(programme_id), _month(month))
    columns = [
        Column(_("No."), "integer", 6), Column("KPJ", "text", 16), Column(_("Name"), "text", 32),
        Column(_("District"), "text", 22), Column(_("Village"), "text", 22), Column(_("Rupiah"), "integer", 12),
        Column(_("Paid"), "text", 12),
    ]  # fmt: skip
    return file_answer(f"iuran-{found.month:%Y-%m}.{ending}", f"{found.month:%Y-%m}", (columns, _cells(found)))


def _cells(month: ContributionMonth) -> Iterator[list[Any]]:
    names = region_names()
    for number, line in enumerate(due_lines(month), 1):
        places = (names.get(line.district_code, line.district_code), names.get(line.village_code, line.village_code))
        yield [number, line.kpj, line.name, *places, line.rupiah, line.paid_on]


@room.post("/months/<uuid:programme_id>/<month>/payments")
@takes_at_most(LARGEST_PROOF + 100_000)
def record_payment(programme_id: uuid.UUID, month: str) -> Response:
    """Note a payment. An amount other than what is missing is said, not refused: the bank's figure is the truth."""
    programme, form = find_programme(programme_id), PaymentForm()
    found = listed(programme, _month(month))
    errors = {} if form.validate() else {name: told[0] for name, told in form.errors.items()}
    try:
        if not errors:
            pay(programme, found.month, me(), **form.told())
    except WrongInput as slip:
        errors = {"proof": slip.message}
    except WrongState as late:
        return make_response(_month_page(found, form, {"": late.message}, "exchange/month.html"), 409)
    if errors:
        return make_response(_month_page(found, form, errors, "exchange/month.html"), 422)
    session["month_said"] = _("The payment is recorded.")
    return _to_month(programme_id, month)


@room.post("/payments/<uuid:payment_id>/take-back")
def take_payment_back(payment_id: uuid.UUID) -> Response:
    payment, back = find_payment(payment_id), TakeBackForm()
    found = listed(find_programme(payment.programme_id), payment.month)
    form = PaymentForm(formdata=None, **_usual(found))
    if not back.validate():
        errors = {f"{name}_{payment.id}": told[0] for name, told in back.errors.items()}
        return make_response(_month_page(found, form, errors, "exchange/month.html", back, payment.id), 422)
    try:
        take_back(payment, me(), back.because.data)
    except WrongState as late:
        return make_response(_month_page(found, form, {"": late.message}, "exchange/month.html"), 409)
    session["month_said"] = _("The payment is taken back. What it paid is due again.")
    return _to_month(found.programme_id, f"{found.month:%Y-%m}")


@room.get("/payments/<uuid:payment_id>/proof")
def proof(payment_id: uuid.UUID) -> Response:
    data = find_payment(payment_id).proof_bytes
    kind = kind_of_proof(data)
    answer = make_response(data)
    answer.mimetype = kind
    answer.headers["Content-Disposition"] = f'attachment; filename="bukti.{kind.rpartition("/")[2]}"'
    answer.headers["Content-Security-Policy"] = SEALED_OFF
    return answer


@room.get("/months/<uuid:programme_id>/arrears")
def arrears_page(programme_id: uuid.UUID) -> str:
    programme, names = find_programme(programme_id), region_names()
    after = request.args.get("after", "")
    found = arrears.owing(programme, today(), after=_id(after) if after else None, limit=SHOWN + 1)
    owed = arrears.owed_by_month(programme, today())
    rows = [(one, names.get(one.entry.village_code, one.entry.village_code), show_month(one.since)) for one in found[:SHOWN]]
    return render_template(
        "exchange/arrears.html",
        programme=programme,
        today=today(),
        sums=[(show_month(one.month), f"{one.month:%Y-%m}", one) for one in owed],
        total=sum(one.rupiah for one in owed),
        rows=rows,
        may_end=any(one.has_fallen_out(today()) for one, _village, _since in rows),
        after=found[SHOWN - 1].entry.id if len(found) > SHOWN else "",
        missing=[show_month(month) for month in arrears.months_without_list(programme, today())],
        grace=arrears.grace_on(today()),
        said=session.pop("month_said", ""),
    )


@room.post("/months/<uuid:programme_id>/arrears")
def end_for_arrears(programme_id: uuid.UUID) -> Response:
    """End the ticked members whose grace is over."""
    chosen = {_id(told) for told in request.form.getlist("person")}
    ended = arrears.end_for_arrears(find_programme(programme_id), chosen, me(), today())
    session["month_said"] = ngettext(
        "%(count)s membership ended.", "%(count)s memberships ended.", ended, count=show_number(ended)
    )
    return make_response(redirect(url_for("exchange.arrears_page", programme_id=programme_id), 303))


@room.get("/months/<uuid:programme_id>/turning-65")
def turning_65_page(programme_id: uuid.UUID) -> str:
    programme, names = find_programme(programme_id), region_names()
    rows = [(one, names.get(one.entry.village_code, one.entry.village_code)) for one in turning_65(programme)]
    return render_template("exchange/turning_65.html", programme=programme, rows=rows, today=today())


def _month(told: str) -> dt.date:
    month = read_month(told)
    if month is None:
        raise NotFound()
    return month


def _id(told: str) -> uuid.UUID:
    try:
        return uuid.UUID(told)
    except ValueError:
        raise WrongInput(UNKNOWN_FILTER) from None


def _to_month(programme_id: uuid.UUID, month: str) -> Response:
    return make_response(redirect(url_for("exchange.month_page", programme_id=programme_id, month=month), 303))
