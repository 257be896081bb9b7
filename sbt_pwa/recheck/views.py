"""The renewal in the own region: who is to be found again, village by village, on the screen or on paper."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Response, current_app, make_response, redirect, render_template, request, url_for

from ..kit.access import me
from ..kit.errors import WrongInput
from ..kit.i18n import today
from ..records.history import FIELD_WORDS
from ..records.messages import say
from ..records.reference import reasons
from ..records.region import region_names
from ..records.renewal import GONE, answer_recheck, doubtful_in, fill_in, missing_in, people_to_recheck, villages_to_recheck
from ..records.rules import Circumstances
from . import officers, supervisors

SHOWN = 500  # a village on one page, so that it can be printed whole


@officers.get("")
@supervisors.get("")
def page() -> str:
    return _page("", {})


@officers.post("/<uuid:registration_id>")
@supervisors.post("/<uuid:registration_id>")
def answer_for(registration_id: uuid.UUID) -> Response:
    """Note that somebody was found, or was not and why. It may be changed until the office closes the renewal."""
    told = request.form
    found = told.get("answer") == "found"
    wrong = fill_in(me(), registration_id, told, circumstances()) if found else []
    if wrong:
        errors = {f"{one.field}_{registration_id}": say(one.field, one.code, dict(one.values)) for one in wrong}
        return make_response(_page(told.get("village", ""), errors, registration_id, told), 422)
    try:
        row = answer_recheck(me(), registration_id, found, told.get("reason", ""))
    except WrongInput as slip:
        return make_response(_page(told.get("village", ""), {f"reason_{registration_id}": slip.message}, registration_id), 422)
    target = url_for(".page", village=row.registration.village_code, after=told.get("after") or None)
    return make_response(redirect(f"{target}#row_{registration_id}", 303))


def circumstances() -> Circumstances:
    return Circumstances.on(today(), current_app.config["SBT_REGENCY"], current_app.config["SBT_MINIMUM_AGE"])


def _page(
    village: str, errors: Mapping[str, object], opened: uuid.UUID | None = None, typed: Mapping[str, str] | None = None
) -> str:
    village = village or request.args.get("village", "")
    told_after = request.values.get("after", "")
    try:
        after = uuid.UUID(told_after) if told_after else None
    except ValueError:
        after = None
    rows = people_to_recheck(me(), village, after, SHOWN + 1) if village else []
    return render_template(
        "recheck/page.html",
        base=url_for(".page"),
        names=region_names(),
        villages=villages_to_recheck(me()),
        village=village,
        rows=rows[:SHOWN],
        after=told_after,
        following=rows[SHOWN - 1].registration_id if len(rows) > SHOWN else "",
        reasons=[reasons()[code] for code in GONE],
        errors=errors,
        opened=opened,
        missing={row.registration_id: [(name, FIELD_WORDS[name]) for name in missing_in(row)] for row in rows[:SHOWN]},
        doubtful={row.registration_id: [(name, FIELD_WORDS[name]) for name in doubtful_in(row)] for row in rows[:SHOWN]},
        typed=typed or {},
    )
