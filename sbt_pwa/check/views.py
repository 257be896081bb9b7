"""Views of the status page. The code comes in the body of a POST and stands in no address, no log and no answer."""

from __future__ import annotations

from flask import Response, current_app, render_template, request

from ..kit.address import own_address
from ..kit.i18n import local, today
from ..kit.pdf import pdf_answer
from ..kit.qr import qr_picture
from ..kit.throttle import limiter
from ..records.card import Card, card_by_code, card_pdf
from ..records.standing import standing_of
from . import room
from .forms import CodeTyped, read_code
from .promise import answer_for, cover_for, membership_rows

TRIES = "60 per 10 minutes"  # for each address: a whole village may share one
SCOPE = "receipt code"  # one count for the status and the card: the same is guessed at


@room.get("")
def page() -> str:
    return _form(CodeTyped(""))


@room.post("")
def standing() -> str | tuple[str, int]:
    asked = read_code(request.form.get("code", ""))
    if asked.slip:
        return _form(asked), 422
    with limiter.shared_limit(TRIES, SCOPE):
        found = standing_of(asked.code)
    membership = found.membership if found else None
    first_words, answer = answer_for(found.status if found else None, membership)
    return render_template(
        "check/answer.html",
        first_words=first_words,
        answer=answer,
        standing=found,
        since=local(found.since).date() if found else None,
        cover=cover_for(answer, today(), membership),
        member_rows=membership_rows(membership) if membership else [],
        card_code=asked.code if answer.cover == "now" else "",
        contact=current_app.config["SBT_HELP_CONTACT"],
    )


@room.post("/card")
def card() -> str | tuple[str, int]:
    asked = read_code(request.form.get("code", ""))
    if asked.slip:
        return _form(asked), 422
    found = _card(asked.code)
    return render_template("check/card.html", card=found, qr=qr_picture(found.check_url), code=asked.code)


@room.post("/card.pdf")
def card_as_pdf() -> Response | tuple[str, int]:
    asked = read_code(request.form.get("code", ""))
    if asked.slip:
        return _form(asked), 422
    return pdf_answer(card_pdf(_card(asked.code)), "kartu-peserta.pdf")


def _card(code: str) -> Card:
    with limiter.shared_limit(TRIES, SCOPE):
        return card_by_code(code, own_address(), current_app.config["SBT_REGENCY"])


def _form(asked: CodeTyped) -> str:
    return render_template("check/page.html", asked=asked, errors={"code": asked.slip} if asked.slip else {})
