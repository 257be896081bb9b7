"""One person of a programme to be found again before the programme goes on: still open, confirmed, or gone with a reason."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Base, db, now
from .account import Account
from .reference import Reason, reasons
from .registration import RENEWAL_DECLINED, Registration, checked_reasons

OPEN = "state = 'open'"
NOT_CONFIRMED = "not_confirmed"


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

    def open_again(self, because: str) -> None:
        """The insurer did not take the renewal, or its file needs more of the person: somebody looks into it once more."""
        self.state, self.by_id, self.at, self.reason = "open", None, None, because

    @property
    def opened_because(self) -> Reason | None:
        """Why the person is to be looked at once more, as long as nobody has done so."""
        reason = reasons().get(self.reason)
        return reason if reason and reason.kind != "end" else None

    @property
    def is_declined(self) -> bool:
        """The insurer did not take the renewal, and nobody has looked into it yet."""
        return self.opened_because is not None and self.opened_because.kind == "insurer"

    @property
    def ends_because(self) -> str:
        """The code of the reason with which the membership ends, if nobody confirms it."""
        return RENEWAL_DECLINED if self.is_declined else self.reason if self.state == "gone" else NOT_CONFIRMED

    def _say(self, state: str, by: Account, reason: str) -> None:
        self.state, self.by_id, self.at, self.reason = state, by.id, now(), reason


def look_again(entry: Registration, because: str) -> None:
    """Put a member back on the list of the programme that covers them: the renewal did not succeed yet."""
    programme = entry.covering_programme
    row = programme and db.session.get(Recheck, {"programme_id": programme.id, "registration_id": entry.id})
    if row:
        row.open_again(because)


def declined_in(programme_id: uuid.UUID, registration_id: uuid.UUID) -> bool:
    """Say whether the insurer did not take the renewal of this member of the programme, and nobody has confirmed it since."""
    row = db.session.get(Recheck, {"programme_id": programme_id, "registration_id": registration_id})
    return row is not None and row.is_declined
