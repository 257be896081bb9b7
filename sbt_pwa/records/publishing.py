"""Whether sums are open to everybody: what the office switched, who, and when."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Base, db, now
from .account import Account


class OpenDataSwitch(Base):
    """One turn of the switch. The newest holds; without any it is off."""

    __tablename__ = "open_data_switch"
    seq: Mapped[int] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    at: Mapped[dt.datetime] = mapped_column(default=now)

    by: Mapped[Account] = relationship()


def last_switch() -> OpenDataSwitch | None:
    return db.session.scalar(select(OpenDataSwitch).order_by(OpenDataSwitch.seq.desc()).limit(1))


def open_data_is_on() -> bool:
    last = last_switch()
    return last is not None and last.is_on


def switch_open_data(is_on: bool, by: Account) -> None:
    """Open the sums to everybody, or close them. Nothing is written where it stands so already."""
    if is_on != open_data_is_on():
        db.session.add(OpenDataSwitch(is_on=is_on, by_id=by.id))
        db.session.flush()
