"""Batches out: what would go, the freeze, the files, and who has no answer yet."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..kit.access import me
from ..kit.background import start_work
from ..kit.db import db, now
from ..kit.errors import NotFound, WrongInput, WrongState
from ..kit.i18n import show_number, today
from ..kit.table_files import XLSX
from ..records.batch import (
    Batch,
    Download,
    all_batches,
    find_batch,
    open_rows,
    ready_count,
    row_states,
    sheet_of,
    start_batch,
)
from ..records.batch_checks import BEFORE, TURNS_65, earlier_rows, held_back, people_of_check, worth_knowing
from ..records.leaving import birthday
from ..records.letter import Sent, letter_pdf
from ..records.messages import CHOOSE_PROGRAMME
from ..records.region import all_districts, region_names
from ..records.sent_back import approved_lack_counts, send_back_lacking
from . import room
from .ledger import programme_choices, programme_of
from .work import followed_job, trouble_of

SHOWN = 200
CHECKED = 50


@room.get("/batches")
def batches() -> str:
    found = all_batches()
    return render_template("exchange/batches.html", batches=found, states=row_states(found), names=region_names())


@room.get("/batches/new")
def new_batch() -> str:
    return _new_page(request.args.get("programme", ""), request.args.get("district", ""))


@room.post("/batches")
def make_batch() -> Response:
    """Freeze all who are ready. Who is not stays where they are, and the page says why."""
    programme = programme_of(request.form.get("programme", ""))
    district = request.form.get("district", "")
    if programme is None:
        return make_response(_new_page("", district, errors={"programme": CHOOSE_PROGRAMME}), 422)
    try:
        batch = start_batch(programme, _district(district), me())
    except WrongState as nobody:
        return make_response(_new_page(str(programme.id), district, errors={"programme": nobody.message}), 422)
    start_work()
    return make_response(redirect(url_for("exchange.batch", batch_id=batch.id), 303))


@room.post("/batches/new/return")
def return_lacking() -> Response:
    """Send back to the officers who lacks what the file needs: one person, or all of a column."""
    told = request.form
    programme, district = programme_of(told.get("programme", "")), _district(told.get("district", ""))
    if programme is None:
        raise NotFound()
    try:
        entry_id = uuid.UUID(told["entry"]) if told.get("entry") else None
    except ValueError:
        raise NotFound() from None
    count = send_back_lacking(programme, district, told.get("column", ""), me(), entry_id)
    session["batch_said"] = ngettext(
        "%(count)s person went back to the officer. The place is free until the entry comes back.",
        "%(count)s people went back to their officers. Their places are free until the entries come back.",
        count,
        count=show_number(count),
    )
    address = url_for("exchange.new_batch", programme=programme.id, district=district)
    return make_response(redirect(address, 303))


def _new_page(programme_id: str, district: str, **more: Any) -> str:
    programme = programme_of(programme_id)
    code = _district(district)
    checks: dict[str, Any] = {}
    if programme:
        checks = {"ready": ready_count(programme, code), "held_back": held_back(programme, code)}
        checks["may_go_back"] = approved_lack_counts(programme, code)
        checks["known"] = {one.why: one for one in worth_knowing(programme, code)}
    page: dict[str, Any] = {"choices": programme_choices(), "programme": programme, "district": code or "", "errors": {}}
    page["said"] = session.pop("batch_said", "")
    page |= {"district_choices": [(one.code, one.name) for one in all_districts()]}
    return render_template("exchange/new_batch.html", **page | {"checks": checks} | more)


@room.get("/batches/new/people")
def people_of_a_check() -> str | Response:
    """All whom a check counts, by pages."""
    programme, code = programme_of(request.args.get("programme", "")), _district(request.args.get("district", ""))
    if programme is None:  # chosen on the page before
        return make_response(redirect(url_for("exchange.new_batch"), 303))
    why = request.args.get("check", "")
    found = people_of_check(programme, code, why, row_before(), CHECKED + 1)
    shown, stood = found[:CHECKED], earlier_rows(found[:CHECKED]) if why == BEFORE else {}
    more: dict[str, Any] = {"programme": programme.id, "district": code or "", "check": why}
    return render_template(
        "exchange/batch_check.html",
        programme=programme,
        why=why,
        rows=[(one, birthday(one.birth_date), stood.get(one.nik_index, [])) for one in shown],
        names=region_names(),
        to_65=why in ("age", TURNS_65),
        back=url_for("exchange.new_batch", programme=programme.id, district=code or ""),
        is_first=not request.args.get("after"),
        first=url_for("exchange.people_of_a_check", **more),
        after=url_for("exchange.people_of_a_check", **more, after=shown[-1].id) if len(found) > CHECKED else "",
    )


def _district(code: str) -> str | None:
    """Return the district's code, None for all. Raise WrongInput for what is no district here."""
    if not code:
        return None
    if code not in {district.code for district in all_districts()}:
        raise WrongInput(_("Choose a district of the list."))
    return code


@room.get("/batches/<uuid:batch_id>")
def batch(batch_id: uuid.UUID) -> str:
    return _batch_page(find_batch(batch_id), "exchange/batch.html")


@room.get("/batches/<uuid:batch_id>/progress")
def batch_progress(batch_id: uuid.UUID) -> str:
    return _batch_page(find_batch(batch_id), "exchange/_batch.html")


def _batch_page(found: Batch, template: str) -> str:
    waiting = open_rows(SHOWN + 1, found.id, row_before()) if found.state == "frozen" else []
    return render_template(
        template,
        batch=found,
        job=(job := followed_job(found.id)),
        trouble=trouble_of(job) if found.state == "building" else None,
        states=row_states([found]).get(found.id, {}),
        waiting=waiting[:SHOWN],
        after=waiting[SHOWN - 1].id if len(waiting) > SHOWN else "",
        is_first=not request.args.get("after"),
        names=region_names(),
        age=(now() - found.frozen_at).days if found.frozen_at else 0,
        named=next((one for one in found.downloads if one.kind == "xlsx"), None),
        has_password=bool(current_app.config["SBT_FILE_PASSWORD"]),
        is_open=found.open_until is not None and now() <= found.open_until,
    )


@room.post("/batches/<uuid:batch_id>/file")
def batch_file(batch_id: uuid.UUID) -> Response:
    found = frozen(batch_id)
    if found.open_until is None or now() > found.open_until:
        raise WrongState(_("The time to take this file is over. Open it for download again."))
    data = sheet_of(found, current_app.config["SBT_FILE_PASSWORD"] or None)
    return handed_out(found, "xlsx", data, XLSX, _file_name(found))


@room.post("/batches/<uuid:batch_id>/letter")
def batch_letter(batch_id: uuid.UUID) -> Response:
    """The letter names the checksum of the file that was taken last: with a password the file is another one each time."""
    found, config = frozen(batch_id), current_app.config
    newest = newest_file(found)
    if newest is None:
        raise WrongState(_("Take the spreadsheet first. The letter names its checksum, and each one that is taken has its own."))
    data = letter_pdf(found, Sent(_file_name(found), newest.sha256), config["SBT_INSURER_BRANCH"], config["SBT_REGENCY"], today())
    return handed_out(found, "letter", data, "application/pdf", f"surat-{found.title}.pdf")


def newest_file(batch: Batch) -> Download | None:
    """Return the last time that the spreadsheet was taken. Where it is always the same, the letter need not wait for that."""
    newest = next((one for one in batch.downloads if one.kind == "xlsx"), None)
    if newest is None and not current_app.config["SBT_FILE_PASSWORD"]:
        return Download(kind="xlsx", sha256=hashlib.sha256(sheet_of(batch, None)).hexdigest())
    return newest


def _file_name(batch: Batch) -> str:
    return f"{batch.profile['code']}-{batch.title}.xlsx"


def handed_out(batch: Batch, kind: str, data: bytes, media_type: str, name: str) -> Response:
    """Answer with the file and note who took it."""
    db.session.add(Download(batch_id=batch.id, kind=kind, sha256=hashlib.sha256(data).hexdigest(), by_id=me().id))
    answer = make_response(data)
    answer.mimetype = media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def frozen(batch_id: uuid.UUID) -> Batch:
    found = find_batch(batch_id)
    if found.state != "frozen":
        raise WrongState(_("This batch is not frozen yet. Its file comes when it is."))
    return found


def row_before() -> uuid.UUID | None:
    """Return the row that the page before ended with. Raise NotFound."""
    told = request.args.get("after", "")
    try:
        return uuid.UUID(told) if told else None
    except ValueError:
        raise NotFound() from None
