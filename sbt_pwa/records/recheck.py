"""One person of a programme to be found again before the programme goes on: still open, confirmed, or gone with a reason."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Base, now
from .account import Account
from .registration import Registration, checked_reasons


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
    __table_args__ = (Index("ix_recheck_registration_id", "registration_id"),)

    def confirm(self, by: Account) -> None:
        """Somebody found the person: the membership carries on."""
        self._say("confirmed", by, "")

    def give_up(self, by: Account, because: str) -> None:
        """The person was not found, or works no more. Raise WrongInput without a reason of the list."""
        self._say("gone", by, checked_reasons([because] if because else [], "end")[0]["code"])

    def _say(self, state: str, by: Account, reason: str) -> None:
        self.state, self.by_id, self.at, self.reason = state, by.id, now(), reason
