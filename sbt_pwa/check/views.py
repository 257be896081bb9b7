"""Views of the status page. The code comes in the body of a POST and stands in no address, no log and no answer."""

from __future__ import annotations

from flask import current_app, render_template, request

from ..kit.i18n import local, today
from ..kit.throttle import limiter
from ..records.standing import standing_of
from . import room
from .forms import CodeTyped, read_code
from .promise import answer_for, cover_for

TRIES = "60 per 10 minutes"  # for each address: a whole village may share one


@room.get("")
def page() -> str:
    return _form(CodeTyped(""))


@room.post("")
def standing() -> str | tuple[str, int]:
    asked = read_code(request.form.get("code", ""))
    if asked.slip:
        return _form(asked), 422
    with limiter.limit(TRIES):
        found = standing_of(asked.code)
    first_words, answer = answer_for(found.status if found else None)
    return render_template(
        "check/answer.html",
        first_words=first_words,
        answer=answer,
        standing=found,
        since=local(found.since).date() if found else None,
        cover=cover_for(answer, today()),
        contact=current_app.config["SBT_HELP_CONTACT"],
    )


def _form(asked: CodeTyped) -> str:
    return render_template("check/page.html", asked=asked, errors={"code": asked.slip} if asked.slip else {})
