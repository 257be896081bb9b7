"""What happened to a registration, told once and never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, ForeignKey, Identity, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Base, now, uuid7
from ..kit.vault import Sealed
from .account import Account
from .envelope import BIG

# What the quality of the work is told by: the newest of a kind, without those that only arrive.
TELLING = "kind IN ('returned', 'approved', 'active', 'declined', 'refused')"
WAITLISTED = "kind = 'waitlisted'"  # who was ever on the waiting list
ONCE = ("approved", "active")  # of these a person's first is counted: later ones make nobody new


class Event(Base):
    """One move. `kind` is the status it led to, or `undone`, `photo_arrived`; `reasons` are [{field, code}].

    `is_again`: a move of ONCE to where the person has been before. Who is approved, taken back and approved again was approved
    once, and a member who is carried on into the next programme was one already.
    """

    __tablename__ = "event"
    seq: Mapped[int] = mapped_column(BIG, Identity(), primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid7)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[dt.datetime] = mapped_column(default=now)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    fields: Mapped[list[str]] = mapped_column(JSON, default=list)  # names of the fields that a correction changed
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_again: Mapped[bool] = mapped_column(default=False, server_default=false())

    by: Mapped[Account | None] = relationship()
    note = Sealed()
    __table_args__ = (
        Index("ix_event_telling", "kind", "at", sqlite_where=text(TELLING), postgresql_where=text(TELLING)),
        Index("ix_event_waitlisted", "registration_id", sqlite_where=text(WAITLISTED), postgresql_where=text(WAITLISTED)),
    )

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", uuid7())
        super().__init__(**values)
