"""Accounts and their sessions. A session is a row: it can be ended, and rights are read at each request."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, LargeBinary, String, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Record, db, keep_apart, now
from ..kit.errors import AlreadyThere, NotFound
from .region import Region, covers

ROLE_NAMES = {
    "officer": _l("Field officer"),
    "supervisor": _l("Supervisor"),
    "office": _l("Office"),
    "leader": _l("Leader"),
    "admin": _l("Administrator"),
}
ROLES = tuple(ROLE_NAMES)
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's second choice: 19 MiB, about 50 ms
NOBODY = HASHER.hash("a password that no account has")
FREE_TRIES = 5
SHORTEST_PASSWORD = 12
LONGEST_LOCK = dt.timedelta(minutes=15)
SESSION_LASTS = {"officer": dt.timedelta(hours=12)}
SESSION_LASTS_ELSE = dt.timedelta(hours=12)
IDLE_LASTS = {"officer": dt.timedelta(hours=12)}
IDLE_LASTS_ELSE = dt.timedelta(minutes=30)
NOTE_SEEN_EVERY = dt.timedelta(minutes=1)


class Account(Record):
    __tablename__ = "account"
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    password_hash: Mapped[str] = mapped_column(String(120))
    is_demo: Mapped[bool] = mapped_column(default=False)
    is_active_account: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]

    region: Mapped[Region] = relationship()
    is_authenticated = True
    is_anonymous = False
    session_token = ""  # of this request; set when the session is read or opened

    @property
    def is_active(self) -> bool:
        return self.is_active_account

    def get_id(self) -> str:
        """What the browser's cookie holds: the session's secret, never the account's id."""
        return self.session_token

    def sees(self, region_code: str) -> bool:
        return covers(self.region_code, region_code)

    def has_password(self, password: str) -> bool:
        return _matches(self.password_hash, password)

    def set_password(self, password: str, *, one_time: bool = False) -> None:
        """Take a new password and end every session that the old one opened."""
        self.password_hash = HASHER.hash(password)
        self.must_change_password = one_time
        self.failed_count, self.locked_until = 0, None
        end_sessions_of(self)


class Session(Record):
    """A signed-in browser. The database holds only the hash of the cookie's secret."""

    __tablename__ = "session"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    seen_at: Mapped[dt.datetime] = mapped_column(default=now)
    ended_at: Mapped[dt.datetime | None]
    account: Mapped[Account] = relationship(lazy="joined")

    def is_over(self, at: dt.datetime) -> bool:
        role = self.account.role
        too_old = at - self.made_at > SESSION_LASTS.get(role, SESSION_LASTS_ELSE)
        idle = at - self.seen_at > IDLE_LASTS.get(role, IDLE_LASTS_ELSE)
        return self.ended_at is not None or too_old or idle or not self.account.is_active_account


SESSION_OF = select(Session).where(Session.token_hash == bindparam("token_hash"))  # built once: every request asks


def hash_token(token: str) -> bytes:
    """Tokens are 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def create_account(username: str, name: str, role: str, region_code: str, password: str, **more: Any) -> Account:
    """Raise AlreadyThere for a taken name, NotFound for a region that is not loaded."""
    if db.session.scalar(select(Account.id).where(Account.username == username)):
        raise AlreadyThere(f"There is an account named {username} already.")
    if not db.session.scalar(select(Region.code).where(Region.code == region_code)):
        raise NotFound(f"There is no region {region_code}. Load it first with: flask --app app load-regions CODE")
    account = Account(username=username, name=name, role=role, region_code=region_code, password_hash="", **more)
    account.set_password(password, one_time=account.must_change_password or False)
    db.session.add(account)
    return account


def account_for_password(username: str, password: str) -> Account | None:
    """Return the account when the password is right and the account open; spend the same time in every case.

    After five wrong tries the account rests for a minute, doubling to fifteen; tries in that time are not looked at.
    """
    query = select(Account).where(Account.username == username.strip().lower())
    account = db.session.scalar(query.with_for_update(of=Account))  # tries at the same moment are counted one by one
    resting = bool(account and account.locked_until and account.locked_until > now())
    right = _matches(account.password_hash if account and not resting else NOBODY, password)
    if account is None or resting or not account.is_active_account:
        return None
    if right:
        account.failed_count, account.locked_until = 0, None
        return account
    account.failed_count += 1
    if account.failed_count >= FREE_TRIES:
        rest = dt.timedelta(minutes=2 ** min(account.failed_count - FREE_TRIES, 4))
        account.locked_until = now() + min(rest, LONGEST_LOCK)
    return None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def find_account(account_id: uuid.UUID) -> Account:
    """Raise NotFound."""
    if found := db.session.get(Account, account_id):
        return found
    raise NotFound()


def open_session(account: Account) -> Account:
    """Open a session for this browser; the account then carries its secret for the cookie."""
    token = secrets.token_urlsafe(32)
    db.session.add(Session(token_hash=hash_token(token), account_id=account.id))
    account.session_token = token
    return account


def account_of_session(token: str) -> Account | None:
    """Return who is signed in with this secret, or None when the session is over."""
    session = db.session.scalar(SESSION_OF, {"token_hash": hash_token(token)})
    at = now()
    if session is None or session.is_over(at):
        return None
    if at - session.seen_at > NOTE_SEEN_EVERY:
        keep_apart(update(Session).where(Session.id == session.id).values(seen_at=at))
    session.account.session_token = token
    return session.account


def end_session(token: str) -> None:
    db.session.execute(update(Session).where(Session.token_hash == hash_token(token)).values(ended_at=now()))


def end_sessions_of(account: Account) -> None:
    ended = update(Session).where(Session.account_id == account.id, Session.ended_at.is_(None)).values(ended_at=now())
    db.session.execute(ended)
