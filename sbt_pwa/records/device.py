"""Phones: who used them, with which upload token, and which of their records never came."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection

from sqlalchemy import ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.among import among
from ..kit.db import Base, Record, db, now
from ..kit.errors import NotFound
from .account import Account, hash_token

TOKEN_SLIDES = dt.timedelta(days=45)
TOKEN_LASTS = dt.timedelta(days=180)
NOTE_CONTACT_EVERY = dt.timedelta(minutes=1)


class Device(Record):
    __tablename__ = "device"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_made_at: Mapped[dt.datetime] = mapped_column(default=now)
    contact_at: Mapped[dt.datetime] = mapped_column(default=now)
    revoked_at: Mapped[dt.datetime | None]
    label: Mapped[str] = mapped_column(String(60), default="")

    def token_trouble(self, at: dt.datetime) -> str | None:
        """Return `device_revoked` or `token_expired`, or None when the token may be used."""
        if self.revoked_at:
            return "device_revoked"
        over = at - self.contact_at > TOKEN_SLIDES or at - self.token_made_at > TOKEN_LASTS
        return "token_expired" if over else None

    @property
    def token_expires_at(self) -> dt.datetime:
        return min(self.contact_at + TOKEN_SLIDES, self.token_made_at + TOKEN_LASTS)


class DeviceUser(Base):
    """An officer who has signed in on a phone: whose records that phone may carry."""

    __tablename__ = "device_user"
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    since: Mapped[dt.datetime] = mapped_column(default=now)


USERS = select(DeviceUser.device_id, DeviceUser.account_id, Account.is_active_account)
USERS = USERS.join(Account, Account.id == DeviceUser.account_id).where(among(DeviceUser.device_id, "devices"))


def enrol(account: Account, device_id: uuid.UUID | None, label: str) -> tuple[Device, str]:
    """Give this phone a fresh upload token and note who uses it. A revoked phone is enrolled as a new one."""
    token = secrets.token_urlsafe(32)
    device = db.session.get(Device, device_id) if device_id else None
    if device is None or device.revoked_at:
        device = Device(token_hash=hash_token(token), label=label[:60])
        db.session.add(device)
    else:
        device.token_hash, device.token_made_at, device.contact_at = hash_token(token), now(), now()
    db.session.flush()
    if db.session.get(DeviceUser, (device.id, account.id)) is None:
        db.session.add(DeviceUser(device_id=device.id, account_id=account.id))
    return device, token


def device_of_token(token: str) -> Device | None:
    return db.session.scalar(select(Device).where(Device.token_hash == hash_token(token)))


def users_of(device: Device) -> list[uuid.UUID]:
    return list(db.session.scalars(select(DeviceUser.account_id).where(DeviceUser.device_id == device.id)))


def phones_of(account_ids: Collection[uuid.UUID]) -> list[tuple[Device, list[str]]]:
    """Return (phone, names of those of these people who use it) of every phone that may still send, the newest contact first."""
    query = select(Device, Account.name).join(DeviceUser, DeviceUser.device_id == Device.id)
    query = query.join(Account, Account.id == DeviceUser.account_id).where(DeviceUser.account_id.in_(account_ids))
    query = query.where(Device.revoked_at.is_(None)).order_by(Device.contact_at.desc(), Account.name)
    names: dict[Device, list[str]] = {}
    for device, name in db.session.execute(query):
        names.setdefault(device, []).append(name)
    return list(names.items())


def revoke(device_id: uuid.UUID, account_ids: Collection[uuid.UUID]) -> None:
    """End the upload token of a lost phone that one of these people uses, at once. Raise NotFound.

    Nothing is lost by it: whoever still has the phone signs in again, and it goes on as a new one with its outbox.
    """
    device = next((device for device, _names in phones_of(account_ids) if device.id == device_id), None)
    if device is None:
        raise NotFound()
    device.revoked_at = now()


def known_pairs(pairs: Collection[tuple[uuid.UUID, uuid.UUID]]) -> dict[tuple[uuid.UUID, uuid.UUID], bool]:
    """Return {(device, author): is the author's account open} for those that belong together."""
    devices = {device for device, _author in pairs}
    return {(device, author): active for device, author, active in db.session.execute(USERS, {"devices": devices})}


def next_sequence(device: Device) -> int:
    from .envelope import Envelope

    highest = select(func.max(Envelope.device_seq)).where(Envelope.device_id == device.id)
    return (db.session.scalar(highest) or 0) + 1


def lost_records(account_ids: Collection[uuid.UUID] | None = None) -> list[tuple[Device, int, list[str]]]:
    """Return (phone, how many numbers of its counter never came, names of its users), worst first.

    A record that still waits on the phone counts too, so this is shown with the phone's last contact. With `account_ids`
    only phones that these people use, and only their names; the numbers are still those of everybody on that phone.
    """
    from .envelope import Envelope

    count = func.max(Envelope.device_seq) - func.count(func.distinct(Envelope.device_seq))
    gaps = select(Envelope.device_id, count).where(Envelope.device_id.is_not(None)).group_by(Envelope.device_id).having(count > 0)
    if account_ids is not None:
        used = select(DeviceUser.device_id).where(DeviceUser.account_id.in_(account_ids))
        gaps = gaps.where(Envelope.device_id.in_(used))
    found = []
    for device_id, lost in db.session.execute(gaps).all():
        names = select(Account.name).join(DeviceUser).where(DeviceUser.device_id == device_id).order_by(Account.name)
        if account_ids is not None:
            names = names.where(Account.id.in_(account_ids))
        device = db.session.get(Device, device_id)
        if device:
            found.append((device, lost or 0, list(db.session.scalars(names))))
    return sorted(found, key=lambda row: -row[1])
