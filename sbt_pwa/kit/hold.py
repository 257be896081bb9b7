"""What one transaction does at a time: it holds a name, and the next one that wants it waits until the first is over."""

from __future__ import annotations

from sqlalchemy import func, select

from .db import db


def hold(name: str) -> None:
    """Hold this name until the transaction ends. SQLite needs none of it: there one transaction writes at a time."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
