"""Payments: what the regency paid for a month, with its proof. Payments of a month add up until they cover what is due.

A payment is never deleted: the office takes it back with a reason, and then it counts no more.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Record, db, now
from ..kit.errors import NotFound, WrongInput, WrongState
from ..kit.vault import Sealed
from .account import Account
from .contribution_month import ContributionMonth, Due, drop_stale, month_of
from .programme import Programme

LARGEST_PROOF = 2_000_000
KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
NOBODY_DUE = _l("Nobody is due in this month, so there is nothing to pay.")
STANDS_ALREADY = _l("This payment stands here already: the same day, reference and amount. Nothing was recorded a second time.")
PAID_ALREADY = _l("This month is paid already. Nothing was recorded a second time.")
BACK_ALREADY = _l("This payment was taken back already.")
NOTHING_LISTED = _l("This month has no list yet. Make the list first.")
PROOF_KIND = _l("The proof must be a PDF, a JPEG or a PNG. Save it as one of these and choose it again.")
PROOF_TOO_LARGE = _l("The proof is too large. At most 2 MB fit.")


class Payment(Record):
    """`people` waited and `due_rupiah` were missing when it was recorded; `rupiah` is what was really paid."""

    __tablename__ = "payment"
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"))
    month: Mapped[dt.date]
    paid_on: Mapped[dt.date]
    reference: Mapped[str] = mapped_column(String(60))
    rupiah: Mapped[int] = mapped_column(BigInteger)
    people: Mapped[int]
    due_rupiah: Mapped[int] = mapped_column(BigInteger)
    proof_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # lists need not carry it
    proof_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    taken_back_at: Mapped[dt.datetime | None]
    taken_back_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    taken_back_because_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    proof, proof_name, taken_back_because = Sealed(), Sealed(), Sealed()  # proof: base64
    by: Mapped[Account] = relationship(foreign_keys=by_id)
    taken_back_by: Mapped[Account | None] = relationship(foreign_keys=taken_back_by_id)
    __table_args__ = (Index("ix_payment_programme_id_month", "programme_id", "month"),)

    @property
    def proof_bytes(self) -> bytes:
        """Raise NotFound when there is none."""
        if not self.proof:
            raise NotFound()
        return base64.b64decode(self.proof)


def pay(
    programme: Programme,
    month: dt.date,
    by: Account,
    *,
    paid_on: dt.date,
    reference: str,
    rupiah: int,
    proof: bytes,
    proof_name: str,
) -> Payment:
    """Record a payment of this month. Raise WrongState when nothing waits, and for the very same payment once more.

    What waits is paid when the payments of the month cover all of it, and else waits on.
    """
    row = month_of(programme, month, to_change=True)
    if row is None or row.state == "open":
        raise WrongState(NOTHING_LISTED)
    drop_stale(row)
    row.count()
    people, missing = row.unpaid[0], row.missing
    if not people:
        raise WrongState(PAID_ALREADY if row.people else NOBODY_DUE, code="paid_already")
    same = (Payment.paid_on == paid_on) & (Payment.reference == reference) & (Payment.rupiah == rupiah)
    if db.session.scalar(select(Payment.id).where(standing(row), same).limit(1)):
        raise WrongState(STANDS_ALREADY, code="paid_already")
    facts = {"programme_id": programme.id, "month": month, "people": people, "due_rupiah": missing, "by_id": by.id}
    payment = Payment(**facts, paid_on=paid_on, reference=reference, rupiah=rupiah)
    if proof:
        kind_of_proof(proof)
        payment.proof, payment.proof_name = base64.b64encode(proof).decode(), proof_name[-120:]
    db.session.add(payment)
    db.session.flush()
    row.count()
    return payment


def take_back(payment: Payment, by: Account, because: str) -> None:
    """Let a payment count no more: what it paid is due again, unless the other payments cover it. Raise WrongState."""
    from .places import hold_places

    programme = db.session.get_one(Programme, payment.programme_id)
    hold_places(programme.category)  # what stays spent may go back; before the month, as everywhere
    row = month_of(programme, payment.month, to_change=True)
    db.session.refresh(payment)  # as it is now that the month is held
    if row is None or payment.taken_back_at:
        raise WrongState(BACK_ALREADY)
    payment.taken_back_at, payment.taken_back_by_id, payment.taken_back_because = now(), by.id, because
    db.session.flush()
    row.unmark(Due.payment_id == payment.id)
    row.count()


def standing(month: ContributionMonth) -> Any:
    """The condition for the payments of a month that were not taken back."""
    return (Payment.programme_id == month.programme_id) & (Payment.month == month.month) & Payment.taken_back_at.is_(None)


def paid_for(month: ContributionMonth) -> int:
    """Return the rupiah that were paid for a month."""
    return int(db.session.scalar(select(func.sum(Payment.rupiah)).where(standing(month))) or 0)


def newest_payment(month: ContributionMonth) -> Payment | None:
    return db.session.scalar(select(Payment).where(standing(month)).order_by(Payment.made_at.desc(), Payment.id.desc()).limit(1))


def kind_of_proof(data: bytes) -> str:
    """Return the type that the first bytes tell. Raise WrongInput for another kind, and for what is too large."""
    if len(data) > LARGEST_PROOF:
        raise WrongInput(PROOF_TOO_LARGE, code="proof_too_large")
    for beginning, kind in KINDS.items():
        if data.startswith(beginning):
            return kind
    raise WrongInput(PROOF_KIND, code="proof_kind")


def payments_of(month: ContributionMonth) -> list[Payment]:
    same = (Payment.programme_id == month.programme_id) & (Payment.month == month.month)
    return list(db.session.scalars(select(Payment).where(same).order_by(Payment.paid_on, Payment.made_at, Payment.id)))


def find_payment(payment_id: uuid.UUID) -> Payment:
    """Raise NotFound."""
    found = db.session.get(Payment, payment_id)
    if found is None:
        raise NotFound()
    return found


def paid_too_much(month: ContributionMonth) -> tuple[int, int]:
    """Return (people, rupiah) paid for people whose cover had ended before this month; it came out too late."""
    people, rupiah = month.told["late"]
    return people, rupiah
