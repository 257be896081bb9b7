"""Renewal: begin the next programme, follow who was found again, and close it."""

from __future__ import annotations

import uuid

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.background import start_work
from ..kit.errors import NotFound
from ..kit.i18n import today
from ..records.programme import find_programme
from ..records.region import region_names
from ..records.renewal import (
    close_renewal,
    covered_for_longer,
    districts_of_recheck,
    follower_of,
    may_be_renewed,
    recheck_counts,
    renewals,
    start_renewal,
)
from . import room
from .work import followed_job, trouble_of

LONGEST_NAME = 120


@room.get("/renewal")
def renewal_list() -> str:
    return _list_page("", {})


@room.post("/renewal")
def begin_renewal() -> Response:
    """Make the next programme as a draft, and ask everywhere who is still there."""
    old = find_programme(request.form.get("programme", ""))
    name = " ".join(request.form.get("name", "").replace("\0", "").split())
    if not name or len(name) > LONGEST_NAME:
        errors = {f"name_{old.id}": _("Give the next programme a name of at most %(most)s characters.", most=LONGEST_NAME)}
        return make_response(_list_page(name, errors), 422)
    start_renewal(old, name, me())
    session["renewal_said"] = _("The renewal has begun. Officers and supervisors see their lists now.")
    return _to(old.id)


def _list_page(typed: str, errors: dict[str, str]) -> str:
    going_on = [(old, new, recheck_counts(old)) for old, new in renewals()]
    return render_template("exchange/renewals.html", soon=may_be_renewed(today()), going_on=going_on, typed=typed, errors=errors)


@room.get("/renewal/<uuid:programme_id>")
def renewal(programme_id: uuid.UUID) -> str:
    return _page(programme_id, "exchange/renewal.html")


@room.get("/renewal/<uuid:programme_id>/progress")
def renewal_progress(programme_id: uuid.UUID) -> str:
    return _page(programme_id, "exchange/_renewal.html")


def _page(programme_id: uuid.UUID, template: str) -> str:
    old, names = find_programme(programme_id), region_names()
    new = follower_of(old)
    if new is None:
        raise NotFound()
    return render_template(
        template,
        old=old,
        new=new,
        job=(job := followed_job(new.id)),
        trouble=trouble_of(job),
        counts=recheck_counts(old),
        districts=[(names.get(code, code), *counts) for code, *counts in districts_of_recheck(old)],
        is_over=today() > old.end_on,
        longer=covered_for_longer(old) if today() > old.end_on else (0, None),
        said=session.pop("renewal_said", ""),
    )


@room.post("/renewal/<uuid:programme_id>/close")
def close(programme_id: uuid.UUID) -> Response:
    close_renewal(find_programme(programme_id), me())
    start_work()
    return _to(programme_id)


def _to(programme_id: uuid.UUID) -> Response:
    return make_response(redirect(url_for("exchange.renewal", programme_id=programme_id), 303))
