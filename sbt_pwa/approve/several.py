"""Approving several entries at once: those with nothing to look at, after each card was seen."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.db import db
from ..kit.errors import NotAllowed, NotFound, WrongInput, WrongState
from ..records.places import left_for
from ..records.queue import is_clean, photo_states
from ..records.region import region_names
from ..records.registration import Registration, registrations_seen_by
from . import room, shown
from .forms import SeveralForm
from .notice import SEVERAL, leave_notice, notice
from .views import move_once, seen

MOST = 30


@room.get("/several")
def several() -> str:
    """Cards of the ticked entries that may be approved together; what else was ticked is named and left out."""
    entries = _ticked(request.args.getlist("entry"))
    photos = photo_states([e.photo_sha256 for e in entries if e.photo_sha256])
    fit = [e for e in entries if _may_go(e, photos)]
    names = region_names()
    cards = [{"entry": e, "facts": shown.key_facts(e, names), "photo": bool(e.photo_sha256)} for e in fit]
    left_out = [e for e in entries if e not in fit]
    around = [
        one for one in left_for(me()) if any(one.programme.category == e.category and one.covers(e.village_code) for e in fit)
    ]
    page = {"limits": shown.limits_of(around, names), **_list_of(SeveralForm(formdata=request.args))}
    return render_template("approve/several.html", cards=cards, left_out=left_out, **page)


@room.post("/several")
def approve_several() -> Response:
    """Approve each one by itself: one that has moved on is named, and the rest go through."""
    form, approved, missed = SeveralForm(), [], []
    for told in dict.fromkeys((form.entry.data or [])[:MOST]):
        entry_id, _colon, version = told.partition(":")
        try:
            entry = seen(uuid.UUID(entry_id))
            _approve_clean(entry, int(version) if version.isdigit() and len(version) < 10 else 0)
            approved.append(entry.id.hex)
        except (ValueError, NotFound):
            raise WrongInput(_("This entry is not known. Open the entries again.")) from None
        except (WrongState, NotAllowed) as late:
            missed.append([entry.id.hex, str(late.message)])
    if not approved and not missed:
        raise WrongInput(_("Tick at least one entry."))
    if missed:
        return make_response(_result(approved, missed, **_list_of(form)), 200)
    leave_notice(SEVERAL, approved)
    return make_response(redirect(_list_of(form)["list_url"], 303))


def _list_of(form: SeveralForm) -> dict[str, str]:
    """Return the list to come back to, as it was filtered, and its filters to take along."""
    told = form.chosen.told
    return {"list_url": shown.address(url_for("approve.queue"), **told), "query": urlencode(told)}


def _approve_clean(entry: Registration, version: int) -> None:
    if entry.is_waiting and not is_clean(entry):
        raise WrongState(_("There is something to look at. Open this entry by itself."), code="not_clean")
    move_once(entry, version, lambda: entry.approve(me()))


def _result(approved: list[str], missed: list[list[str]], **page: str) -> str:
    told = [{"entry": seen(uuid.UUID(entry_id)), "why": why} for entry_id, why in missed]
    return render_template("approve/several_done.html", done=notice(SEVERAL, approved) if approved else None, missed=told, **page)


def _may_go(entry: Registration, photos: dict[Any, str]) -> bool:
    whole = shown.photo_state(entry, photos) in ("stored", "none")
    return whole and is_clean(entry) and entry.may_be_decided_by(me())


def _ticked(told: list[str]) -> list[Registration]:
    """Return the ticked entries of the own region, in the order of the list. Raise WrongInput."""
    try:
        ids = [uuid.UUID(one.partition(":")[0]) for one in told[:MOST]]
    except ValueError:
        raise WrongInput(_("This entry is not known. Open the entries again.")) from None
    if not ids:
        raise WrongInput(_("Tick at least one entry."))
    by_id = {e.id: e for e in db.session.scalars(registrations_seen_by(me()).where(Registration.id.in_(ids)))}
    return [by_id[one] for one in dict.fromkeys(ids) if one in by_id]
