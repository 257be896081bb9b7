"""Connections that rested while PostgreSQL was started anew cost nobody an error."""

import pytest
from sqlalchemy import text

from sbt_pwa.kit import db as database
from sbt_pwa.kit.db import db


@pytest.mark.only_on("postgresql")
def test_a_page_after_postgresql_came_back_is_a_page(app, visitor, monkeypatch):
    resting = db.session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        db.session.rollback()  # the connection goes back to the pool
        assert other.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": resting})
        monkeypatch.setattr(database, "LONG_REST", 0.0)
        assert visitor.get("/sign-in").status == 200
        visitor.sign_in("budi")
        assert visitor.start().status == 200
