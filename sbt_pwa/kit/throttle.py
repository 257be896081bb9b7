"""Rate limits whose counters lie in our database, so that processes share them without another server."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from limits.storage import Storage
from sqlalchemy import BigInteger, Float, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from .db import Base, apart, db, keep_apart


class ThrottleCount(Base):
    """How often a key was seen in its window."""

    __tablename__ = "throttle_count"
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[float] = mapped_column(Float, index=True)  # seconds since 1970


class DatabaseStorage(Storage):
    """A `limits` storage for fixed windows."""

    STORAGE_SCHEME = ["sbt-database"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
        row = insert(ThrottleCount).values(key=key[:200], count=amount, until=now + expiry)
        over = ThrottleCount.until <= now
        statement = row.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": db.case((over, amount), else_=ThrottleCount.count + amount),
                "until": db.case((over, now + expiry), else_=ThrottleCount.until),
            },
        ).returning(ThrottleCount.count)
        with apart() as connection:
            return int(connection.execute(statement).scalar_one())

    def get(self, key: str) -> int:
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        return float(self._row(key)[1])

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        return None

    def clear(self, key: str) -> None:
        keep_apart(delete(ThrottleCount).where(ThrottleCount.key == key[:200]))

    def forget_old(self) -> None:
        """Delete counters whose window is over."""
        keep_apart(delete(ThrottleCount).where(ThrottleCount.until <= time.time()))

    def _row(self, key: str) -> Any:
        query = select(ThrottleCount.count, ThrottleCount.until).where(
            ThrottleCount.key == key[:200], ThrottleCount.until > time.time()
        )
        with db.engine.connect().execution_options(writes=False) as connection, connection.begin():
            return connection.execute(query).first() or (0, time.time())


def caller_address() -> str:
    """Return the caller's address as the trusted proxies tell it; nobody else's word is believed."""
    return request.remote_addr or "unknown"


limiter = Limiter(
    key_func=caller_address,
    storage_uri="sbt-database://",
    strategy="fixed-window",
    headers_enabled=False,
    default_limits=[],
    swallow_errors=False,
)


def init_app(app: Flask) -> None:
    app.config.setdefault("RATELIMIT_ENABLED", True)
    limiter.init_app(app)
