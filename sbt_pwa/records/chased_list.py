"""Who stands in a batch and has no answer, as lines for a spreadsheet: read row by row past the ORM, as many as there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select

from ..kit.db import db, now
from ..kit.i18n import local
from ..kit.vault import place_of, vault
from .account import Account
from .batch import OPEN_ROWS, Batch, BatchRow, Download, open_summary
from .registration import Registration

STEP = 1_000
CHASED = "chased"  # among the downloads of a batch


class ChasedLine(NamedTuple):
    name: str
    district_code: str
    village_code: str
    batch: str
    row: int
    frozen_on: dt.date
    days: int
    may_be_taken: bool


def chased_lines() -> Iterator[ChasedLine]:
    """Yield them as the page shows them, the longest waiting first."""
    person = (Registration.id, Registration.name_sealed, Registration.district_code, Registration.village_code)
    query = select(Batch.budget_year, Batch.number, Batch.frozen_at, BatchRow.position, BatchRow.state, *person)
    query = query.select_from(BatchRow).join(Batch).join(Registration, Registration.id == BatchRow.registration_id)
    query = query.where(BatchRow.state.in_(OPEN_ROWS), Batch.state == "frozen")
    query = query.order_by(Batch.frozen_at, Batch.id, BatchRow.position).execution_options(yield_per=STEP)
    at = now()
    for year, number, frozen_at, position, state, person_id, name, district, village in db.session.execute(query):
        told = vault.ring.open(name, place_of("registration", person_id, "name")).decode()
        days = (at - frozen_at).days if frozen_at else 0
        title = Batch(budget_year=year, number=number).title
        yield ChasedLine(told, district, village, title, position, local(frozen_at or at).date(), days, state == "eligible")


def note_chased(sha256: str, by: Account) -> None:
    """Write down at each batch whose people it names that this list was taken."""
    db.session.add_all(Download(batch_id=batch.id, kind=CHASED, sha256=sha256, by_id=by.id) for batch, _count in open_summary())
