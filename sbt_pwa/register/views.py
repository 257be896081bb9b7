"""Views of the officer's room."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select, tuple_

from ..kit.access import me
from ..kit.address import own_address
from ..kit.db import db, uuid7
from ..kit.errors import NotFound
from ..kit.i18n import show_moment
from ..kit.limits import takes_at_most
from ..kit.photos import PhotoRefused
from ..kit.qr import qr_picture
from ..kit.transactions import keep_despite_refusal
from ..records import rules
from ..records.form_lists import form_lists
from ..records.inbox import receipt_codes
from ..records.messages import say
from ..records.photo import Photo
from ..records.receipt_code import make_receipt_code, show_receipt_code
from ..records.reference import occupations, reasons
from ..records.region import region_names
from ..records.registration import CORRECTABLE, Registration, find_registration, registrations_seen_by
from ..records.statuses import status_word
from ..records.worker import in_list
from . import room
from .forms import PHOTO, RegistrationForm, circumstances, sentences, unconfirmed
from .page_intake import anew, keep_photo, take_in

LARGEST_UPLOAD = 24_000_000  # any phone camera's own file: a picture too large is then refused at its field, with the form kept
SHOWN = 30


@room.get("")
def day() -> str:
    """The officer's own day: what the server holds; the page's script adds what the phone holds."""
    line = f"{current_user.name} · {current_user.region.name}"
    return render_template("register/day.html", server_rows=_rows(_arrived(SHOWN)), officer_line=line)


@room.get("/arrived")
def arrived() -> str:
    """Everything of this officer that arrived, newest first: also what the phone does not know or has forgotten."""
    last = request.args.get("before")
    before = find_registration(me(), _record_id(last)) if last else None
    entries = _arrived(SHOWN + 1, before)
    older_url = url_for("register.arrived", before=entries[SHOWN - 1].id) if len(entries) > SHOWN else ""
    return render_template("register/arrived.html", server_rows=_rows(entries[:SHOWN]), older_url=older_url)


@room.get("/new")
def new() -> str:
    return render_form(parent=_correctable(request.args.get("parent")))


@room.post("")
@takes_at_most(LARGEST_UPLOAD)
def create() -> Response:
    """Store what was typed without JavaScript, and show the same receipt."""
    form = RegistrationForm()
    record_id = _record_id(form.form_id.data)
    parent = _correctable(form.parent.data)
    typed = form.typed()
    if parent:
        typed = {k: v for k, v in parent.answers.items() if v is not None} | typed
    answers = rules.clean_all(typed)
    stored = db.session.scalar(registrations_seen_by(current_user).where(Registration.id == record_id))
    if stored is not None and stored.nik == answers.get("nik"):
        return _to_receipt(record_id)  # this very form was stored already: a double tap, or Back and once more
    if stored is not None:
        record_id = uuid7()  # Back, and another worker typed over the last one
    errors = sentences(rules.problems(answers, circumstances()))
    photo = _photo(form, record_id, errors)
    confirm = [] if errors else unconfirmed(answers, form.confirmed_warnings.data or [])
    if errors or confirm:
        if photo:
            keep_despite_refusal()  # the photo stays although the form comes back
        page = render_form(form.typed(), errors, confirm, parent=parent, photo=photo, form_id=record_id)
        return make_response(page, 422)
    content = answers | {"receipt_code": make_receipt_code(), "confirmed_warnings": form.confirmed_warnings.data or []}
    if parent:
        content["receipt_code"] = None
    result = take_in(record_id, content, current_user.id, photo, parent.id if parent else None)
    if result.status in ("invalid", "conflict", "retry"):
        told = {reason["field"] or "registration": say(reason["field"], reason["code"]) for reason in result.reasons}
        form_id, photo = anew(photo, record_id)
        return make_response(render_form(form.typed(), told, parent=parent, photo=photo, form_id=form_id), 422)
    return _to_receipt(parent.id if parent else record_id)


@room.get("/receipt/<uuid:record_id>")
def receipt(record_id: uuid.UUID) -> str:
    entry = db.session.scalar(registrations_seen_by(current_user).where(Registration.id == record_id))
    code = receipt_codes([record_id]).get(record_id) if entry else None
    if entry is None or code is None:
        raise NotFound()
    check_url = f"{own_address()}/check#{code}"
    shown = show_receipt_code(code)
    text = quote(_("Receipt %(code)s. Check the status: %(url)s", code=shown, url=check_url), safe="")
    return render_template(
        "register/receipt.html",
        code=code,
        qr=qr_picture(check_url),
        check_url=check_url,
        sms_url=f"sms:?body={text}",
        whatsapp_url=f"https://wa.me/?text={text}",
        saved_at=show_moment(entry.saved_at),
        village=_place(entry, region_names()),
        occupation=occupations()[entry.occupation].label,
        masked_name=entry.masked_name,
        status=entry.status,
        status_word=status_word(entry.status),
    )


def render_form(
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    confirm: list[dict[str, Any]] | None = None,
    *,
    parent: Registration | None = None,
    photo: Photo | None = None,
    form_id: uuid.UUID | None = None,
) -> str:
    """Return the form page; `parent` is the returned entry that is put right."""
    values = dict(typed or {})
    if parent is None:
        values.setdefault("district", current_user.region_code[:8] if len(current_user.region_code) >= 8 else None)
    return render_template(
        "register/form.html",
        form={"values": values, "errors": errors or {}},
        confirm=confirm or [],
        parent=parent.id if parent else None,
        parent_reasons=_told_reasons(parent) if parent else [],
        photo_kept=photo.sha256 if photo else None,
        form_id=form_id or uuid7(),
        **form_lists(current_app.config["SBT_REGENCY"]),
    )


def _arrived(most: int, before: Registration | None = None) -> list[Registration]:
    query = registrations_seen_by(current_user).order_by(Registration.submitted_at.desc(), Registration.id.desc()).limit(most)
    if before:
        query = query.where(tuple_(Registration.submitted_at, Registration.id) < tuple_(before.submitted_at, before.id))
    return list(db.session.scalars(query))


def _rows(entries: list[Registration]) -> list[dict[str, Any]]:
    codes = receipt_codes([entry.id for entry in entries])
    names = region_names()
    return [_row(entry, codes.get(entry.id), names) for entry in entries]


def _row(entry: Registration, code: str | None, names: dict[str, str]) -> dict[str, Any]:
    correctable = entry.status in CORRECTABLE
    return {
        "receipt_code": code,
        "status": entry.status,
        "status_word": status_word(entry.status),
        "at": show_moment(entry.submitted_at),
        "village": _place(entry, names),
        "occupation": occupations()[entry.occupation].label,
        "name": in_list(entry, "masked_name"),
        "reasons": _told_reasons(entry) if correctable or entry.status == "refused" else [],
        "correct_url": url_for("register.new", parent=entry.id) if correctable else None,
        "receipt_url": url_for("register.receipt", record_id=entry.id) if code else None,
        "card_url": url_for("register.card", record_id=entry.id) if code and entry.status == "active" else None,
    }


def _told_reasons(entry: Registration) -> list[str]:
    last = entry.last_decision
    if last is None:
        return []
    told = [reasons()[reason["code"]].label for reason in last.reasons if reason["code"] in reasons()]
    # The note of a refusal is written for the office.
    return [*told, last.note] if last.note and entry.status in CORRECTABLE else told


def _place(entry: Registration, names: dict[str, str]) -> str:
    return f"{names.get(entry.village_code, entry.village_code)}, {names.get(entry.district_code, entry.district_code)}"


def _record_id(text: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        return uuid7()


def _correctable(text: str | None) -> Registration | None:
    """Return the own returned entry that this page puts right. Raise NotFound when it cannot be."""
    if not text:
        return None
    query = registrations_seen_by(current_user).where(Registration.id == _record_id(text), Registration.status.in_(CORRECTABLE))
    entry: Registration | None = db.session.scalar(query)
    if entry is None:
        raise NotFound()
    return entry


def _photo(form: RegistrationForm, record_id: uuid.UUID, errors: dict[str, str]) -> Photo | None:
    upload = form.photo_id_card.data
    if upload and upload.filename:
        try:
            return keep_photo(upload.read(), record_id)
        except PhotoRefused as refused:
            errors[PHOTO] = say(PHOTO, refused.code)
            return None
    kept = form.photo_kept.data
    return db.session.scalar(select(Photo).where(Photo.sha256 == kept, Photo.state == "sealed")) if kept else None


def _to_receipt(record_id: uuid.UUID) -> Response:
    return make_response(redirect(url_for("register.receipt", record_id=record_id), 303))
