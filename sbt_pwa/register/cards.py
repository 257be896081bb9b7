"""The officer shows or prints the card of a member whom the officer registered."""

from __future__ import annotations

import uuid

from flask import Response, current_app, render_template

from ..kit.access import me
from ..kit.address import own_address
from ..kit.pdf import pdf_answer
from ..kit.qr import qr_picture
from ..records.card import Card, card_by_entry, card_pdf
from ..records.registration import find_registration
from . import room


@room.get("/card/<uuid:record_id>")
def card(record_id: uuid.UUID) -> str:
    found = _card(record_id)
    return render_template("register/card.html", card=found, qr=qr_picture(found.check_url), record_id=record_id)


@room.get("/card/<uuid:record_id>.pdf")
def card_as_pdf(record_id: uuid.UUID) -> Response:
    return pdf_answer(card_pdf(_card(record_id)), "kartu-peserta.pdf")


def _card(record_id: uuid.UUID) -> Card:
    entry = find_registration(me(), record_id)
    return card_by_entry(entry, own_address(), current_app.config["SBT_REGENCY"])
