"""The list to pay, read row by row past the ORM: a month may have as many rows as there are members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import select

from ..kit.db import db
from ..kit.vault import place_of, vault
from .contribution_month import ContributionMonth, Due
from .payment import Payment
from .registration import Registration

STEP = 1_000


class DueLine(NamedTuple):
    kpj: str
    name: str
    district_code: str
    village_code: str
    rupiah: int
    paid_on: dt.date | None


def due_lines(month: ContributionMonth) -> Iterator[DueLine]:
    """Yield the dues by village, each in a fixed order."""
    person = (
        Registration.id,
        Registration.kpj_sealed,
        Registration.name_sealed,
        Registration.district_code,
        Registration.village_code,
    )
    query = (
        select(*person, Due.rupiah, Payment.paid_on).select_from(Due).join(Registration, Registration.id == Due.registration_id)
    )
    query = query.outerjoin(Payment, Payment.id == Due.payment_id).where(month.dues)
    query = query.order_by(Registration.village_code, Registration.id).execution_options(yield_per=STEP)
    for row in db.session.execute(query):
        row_id, kpj, name, district, village, rupiah, paid_on = row
        yield DueLine(_opened(row_id, "kpj", kpj), _opened(row_id, "name", name), district, village, rupiah, paid_on)


def _opened(row_id: Any, column: str, stored: bytes | None) -> str:
    return vault.ring.open(stored, place_of("registration", row_id, column)).decode() if stored else ""


def sums_by_district(month: ContributionMonth) -> list[tuple[str, int, int]]:
    """Return (district code, people, rupiah)."""
    return [(code, people, rupiah) for code, people, rupiah in month.told["districts"]]
