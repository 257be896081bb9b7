"""One person of a programme to be found again before the programme goes on: still open, confirmed, or gone with a reason."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Base, db, now
from .account import Account
from .reference import Reason, reasons
from .registration import Registration, checked_reasons

OPEN = "state = 'open'"


class Recheck(Base):
    __tablename__ = "recheck"
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"), primary_key=True)  # the one that ends
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(String(30), default="")

    registration: Mapped[Registration] = relationship()
    by: Mapped[Account | None] = relationship()
    __table_args__ = (
        Index("ix_recheck_registration_id", "registration_id"),
        # Those who wait for somebody to look are few, however many were looked for in all the years.
        Index("ix_recheck_open", "registration_id", "programme_id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    def confirm(self, by: Account) -> None:
        """Somebody found the person: the membership carries on."""
        self._say("confirmed", by, "")

    def give_up(self, by: Account, because: str) -> None:
        """The person was not found, or works no more. Raise WrongInput without a reason of the list."""
        self._say("gone", by, checked_reasons([because] if because else [], "end")[0]["code"])

    def ask_again(self, because: str) -> None:
        """The insurer did not take the renewal, for this reason: somebody looks into it, or the membership ends."""
        self.state, self.by_id, self.at, self.reason = "open", None, None, because

    @property
    def declined_because(self) -> Reason | None:
        """The insurer's reason, when it did not take the renewal and nobody has looked into it yet."""
        reason = reasons().get(self.reason)
        return reason if reason and reason.kind == "insurer" else None

    def _say(self, state: str, by: Account, reason: str) -> None:
        self.state, self.by_id, self.at, self.reason = state, by.id, now(), reason


def ask_again(entry: Registration, because: str) -> None:
    """Put a member whose renewal was declined back on the list of the programme that covers them."""
    programme = entry.covering_programme
    row = programme and db.session.get(Recheck, {"programme_id": programme.id, "registration_id": entry.id})
    if row:
        row.ask_again(because)


def declined_in(programme_id: uuid.UUID, registration_id: uuid.UUID) -> bool:
    """Say whether the insurer did not take the renewal of this member of the programme, and nobody has confirmed it since."""
    row = db.session.get(Recheck, {"programme_id": programme_id, "registration_id": registration_id})
    return row is not None and row.declined_because is not None
