"""Connections that rested while PostgreSQL was started anew cost nobody an error."""

import pytest
from sqlalchemy import text

from sbt_pwa.kit import db as database
from sbt_pwa.kit.db import db

ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.only_on("postgresql")
def test_a_page_after_postgresql_came_back_is_a_page(app, visitor, monkeypatch):
    db.session.execute(text("SELECT 1"))
    with db.engine.connect() as other:
        db.session.rollback()  # a connection rests in the pool
        other.execute(text(ALL_OTHERS))
        monkeypatch.setattr(database, "LONG_REST", 0.0)
        assert visitor.get("/sign-in").status == 200
        assert visitor.sign_in("budi").status == 200
