"""The queue, one entry, and what is decided about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from ..kit.access import me
from ..kit.background import start_work
from ..kit.db import db
from ..kit.errors import NotFound, WrongInput, WrongState
from ..kit.i18n import show_moment
from ..records import sent_back
from ..records.entry_line import Line
from ..records.history import history_of
from ..records.messages import SAME_NIK_OPEN
from ..records.photo import picture_of
from ..records.places import left_for
from ..records.queue import (
    STATES,
    WARNINGS,
    Filters,
    Key,
    Queue,
    names_of_authors,
    officers,
    officers_of,
    photo_states,
    villages_of,
)
from ..records.reference import CATEGORIES, reasons_to
from ..records.region import known_regions
from ..records.registration import Registration, find_registration
from ..records.statuses import status_word
from . import room, shown
from .forms import DecisionForm
from .notice import leave_notice, take_notice, undo_time
from .words import SOMETHING_CHANGED, STATE_WORDS, WARNING_WORDS, WHO_DID

Move = Callable[[Registration, DecisionForm], None]
PHOTO_POLICY = "default-src 'none'; sandbox"


# ---- the queue


@room.get("")
def queue() -> str:
    """The list with its filters; works without JavaScript."""
    filters = Filters.of(request.args)
    known = officers()
    names = {officer.id: officer.name for officer in known}
    around = officers_of(me(), known)
    return render_template("approve/queue.html", **_list(filters, names), **_choices(filters, around), done=take_notice())


@room.get("/rows")
def rows() -> Response:
    """The list alone, for filters that are changed with JavaScript."""
    filters = Filters.of(request.args)
    answer = make_response(render_template("approve/_rows.html", **_list(filters)))
    answer.headers["HX-Push-Url"] = shown.address(url_for("approve.queue"), **filters.told)
    return answer


def _list(filters: Filters, known: dict[uuid.UUID, str] | None = None) -> dict[str, Any]:
    line, villages = Queue(me(), filters), villages_of(me())
    page = line.page(after=Key.read(request.args.get("after")), before=Key.read(request.args.get("before")))
    here = url_for("approve.queue")
    return {
        "filters": filters,
        "rows": shown.rows_of(page.entries, dict(villages), names_of_authors(page.entries, known), me()),
        "villages": villages,
        "counts": line.counts(),
        "found_count": line.found_count,
        "is_many": bool(line.found and line.found.is_many),
        "before_url": shown.address(here, **filters.told, before=page.before) if page.before else "",
        "after_url": shown.address(here, **filters.told, after=page.after) if page.after else "",
        "query": urlencode(filters.told),
    }


def _choices(filters: Filters, around: Sequence[tuple[uuid.UUID, str, str]]) -> dict[str, Any]:
    return {
        "states": [(code, STATE_WORDS[code]) for code in STATES],
        "officers": [(username, name) for _id, username, name in around],
        "warnings": [(code, WARNING_WORDS[code]) for code in WARNINGS],
        "categories": list(CATEGORIES.items()),
        "is_chosen": bool(set(filters.told) - {"text"}),
    }


# ---- one entry


@room.get("/<uuid:entry_id>")
def entry(entry_id: uuid.UUID) -> str:
    filters = Filters.of(request.args)
    return render_entry(seen(entry_id), filters, done=take_notice())


@room.get("/<uuid:entry_id>/photo")
def photo(entry_id: uuid.UUID) -> Response:
    sha256 = seen(entry_id).photo_sha256
    try:
        picture = picture_of(sha256 or "")
    except KeyError:
        raise NotFound() from None
    answer = make_response(picture)
    answer.mimetype = "image/webp"
    answer.headers.update({"Content-Disposition": "inline", "Content-Security-Policy": PHOTO_POLICY})
    return answer


def seen(entry_id: uuid.UUID) -> Registration:
    """Return the entry if it lies in the own region. Raise NotFound."""
    return find_registration(me(), entry_id)


def render_entry(entry: Registration, filters: Filters, **more: Any) -> str:
    line, names = Queue(me(), filters), known_regions()
    beside = line.around(entry)
    at = beside.index(entry)
    around = left_for(me(), entry.category) if entry.is_waiting else []
    limits = [limit for limit in around if limit.covers(entry.village_code)]
    photo = shown.photo_state(entry, photo_states([entry.photo_sha256] if entry.photo_sha256 else []))
    shown_page = {
        "entry": entry,
        "status_word": status_word(entry.status),
        "nik": shown.grouped(entry.nik),
        "beside": shown.rows_of(beside, names, names_of_authors(beside), me()),
        "earlier_url": _entry_url(beside[at - 1], filters) if at else "",
        "later_url": _entry_url(beside[at + 1], filters) if at + 1 < len(beside) else "",
        "place": line.place(entry) if entry.is_waiting else None,
        "total": line.found_count or sum((line.counts() or {}).values()),
        "query": urlencode(filters.told),
        "parts": shown.facts_of(entry, names),
        "nik_says": shown.nik_says(entry),
        "warnings": shown.warnings_of(entry),
        "photo": photo,
        "spot": shown.place_of(entry),
        "twins": shown.twins_of(entry, me(), names),
        "history": history_of(entry),
        "limits": shown.limits_of(limits, names),
        "is_full": shown.is_full(limits),
        "village": names.get(entry.village_code, entry.village_code),
        "may_decide": entry.is_waiting and entry.may_be_decided_by(me()),
        "may_call_back": entry.status == "approved",
        "is_own": entry.author_id == me().id,
        "may_undo": entry.may_be_undone_by(me(), undo_time()),
        "return_reasons": reasons_to("return"),
        "refuse_reasons": reasons_to("refuse"),
        "form": DecisionForm(formdata=None),
        "tried": "",
        "errors": {},
    }
    return render_template("approve/entry.html", **shown_page | more)


def _entry_url(entry: Line | Registration, filters: Filters) -> str:
    return shown.address(url_for("approve.entry", entry_id=entry.id), **filters.told)


# ---- decisions


@room.post("/<uuid:entry_id>/approve")
def approve(entry_id: uuid.UUID) -> Response:
    return decide(entry_id, "approve", lambda entry, _form: entry.approve(me()))


@room.post("/<uuid:entry_id>/return")
def send_back(entry_id: uuid.UUID) -> Response:
    return decide(entry_id, "return", lambda entry, form: entry.send_back(me(), form.reason.data or [], form.note.data or None))


@room.post("/<uuid:entry_id>/refuse")
def refuse(entry_id: uuid.UUID) -> Response:
    return decide(entry_id, "refuse", lambda entry, form: entry.refuse(me(), form.reason.data or [], form.note.data or None))


@room.post("/<uuid:entry_id>/call-back")
def call_back(entry_id: uuid.UUID) -> Response:
    """Send back somebody who is approved and in no batch yet; the place goes to the next."""
    return decide(
        entry_id,
        "call-back",
        lambda entry, form: sent_back.call_back(entry, me(), form.reason.data or [], form.note.data or None),
    )


@room.post("/<uuid:entry_id>/undo")
def undo(entry_id: uuid.UUID) -> Response:
    return decide(entry_id, "undo", lambda entry, _form: entry.undo(me(), undo_time()))


def decide(entry_id: uuid.UUID, tried: str, move: Move) -> Response:
    """Make the move if the entry is still as it was seen, then go on to the next one."""
    entry, form = seen(entry_id), DecisionForm()
    filters = form.chosen
    try:
        if not form.validate():
            raise WrongInput(str(next(iter(form.errors.values()))[0]))
        move_once(entry, form.seen_version, lambda: move(entry, form))
    except WrongInput as slip:
        page = render_entry(entry, filters, form=form, tried=tried, errors={f"{tried}_reason": slip.message})
        return make_response(page, 422)
    except WrongState as late:
        page = render_entry(seen(entry_id), filters, form=form, tried=tried, late=late.message)
        return make_response(page, 409)
    following = entry if tried == "undo" else Queue(me(), filters).after(entry)
    leave_notice("undone" if tried == "undo" else entry.status, [entry.id.hex])
    target = _entry_url(following, filters) if following else shown.address(url_for("approve.queue"), **filters.told)
    return make_response(redirect(target, 303))


def move_once(entry: Registration, version: int, move: Callable[[], None]) -> None:
    """Make the move in a savepoint. Raise WrongState, saying who decided what, when somebody was faster."""
    if version != entry.version:
        raise WrongState(what_happened(entry))
    try:
        with db.session.begin_nested():
            move()
            db.session.flush()
        if entry.status == "waitlisted":
            start_work()  # there may be places for those who came first
    except StaleDataError:
        db.session.refresh(entry)
        raise WrongState(what_happened(entry)) from None
    except IntegrityError:  # another entry of this NIK was opened in the same moment
        raise WrongState(SAME_NIK_OPEN, code="same_nik") from None
    except WrongState as late:
        raise late if late.code != WrongState.code else WrongState(what_happened(entry)) from None


def what_happened(entry: Registration) -> str:
    last = entry.events[-1]
    if last.kind not in WHO_DID or last.by is None:
        return str(SOMETHING_CHANGED)
    return str(WHO_DID[last.kind]) % {"who": last.by.name, "when": show_moment(last.at)}
