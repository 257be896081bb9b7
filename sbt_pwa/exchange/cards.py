"""Cards of a programme's members, ten to an A4, for the printer of the office. A file holds at most 500 of them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, current_app, render_template, request
from sqlalchemy import func

from ..kit.access import me
from ..kit.address import own_address
from ..kit.db import db
from ..kit.pdf import pdf_answer
from ..records.card import cards_of, sheets_pdf
from ..records.programme import find_programme
from ..records.region import region_names
from ..records.registration import Registration, registrations_seen_by
from . import room

MOST = 500  # cards in one file: fifty sheets, seconds of drawing


@room.get("/programmes/<uuid:programme_id>/cards")
def cards(programme_id: uuid.UUID) -> str:
    """Each district with its files."""
    programme = find_programme(programme_id)
    query = (
        _members(programme_id).with_only_columns(Registration.district_code, func.count()).group_by(Registration.district_code)
    )
    names = region_names()
    rows = [(names.get(code, code), code, count, _parts(count)) for code, count in db.session.execute(query)]
    return render_template("exchange/cards.html", programme=programme, rows=sorted(rows))


@room.get("/programmes/<uuid:programme_id>/cards.pdf")
def cards_as_pdf(programme_id: uuid.UUID) -> Response:
    query = _members(programme_id).order_by(Registration.district_code, Registration.village_code, Registration.id)
    if district := request.args.get("district"):
        query = query.where(Registration.district_code == district)
    part = max(1, min(request.args.get("part", 1, type=int), 10_000))
    entries = db.session.scalars(query.offset((part - 1) * MOST).limit(MOST).execution_options(yield_per=100))
    found = cards_of(entries, own_address(), current_app.config["SBT_REGENCY"])
    return pdf_answer(sheets_pdf(found), "kartu-peserta.pdf")


def _members(programme_id: uuid.UUID) -> Any:
    return registrations_seen_by(me()).where(Registration.programme_id == programme_id, Registration.status == "active")


def _parts(count: int) -> list[tuple[int, int, int]]:
    """(number, first, last) of each file."""
    return [(at // MOST + 1, at + 1, min(at + MOST, count)) for at in range(0, count, MOST)]
