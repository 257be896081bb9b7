"""What must hold before the app serves people: keys that are its own, and no demo people outside demo mode."""

from __future__ import annotations

import click
from flask import Flask, current_app
from sqlalchemy import inspect, select

from .kit.db import db
from .kit.vault import KeyTrouble, new_key_file, vault, write_key_file
from .records.account import Account


class NotReady(SystemExit):
    """The app does not start; the message says what to do."""


def refuse_unsafe_start(app: Flask) -> None:
    """Raise NotReady for a server without keys, or with demo people outside demo mode. Commands may run to mend it."""
    make_demo_keys(app)
    if click.get_current_context(silent=True) is None:
        with app.app_context():
            check()


def check() -> None:
    """Raise NotReady."""
    try:
        vault.refresh()
    except KeyTrouble as trouble:
        raise NotReady(f"Not started. {trouble}") from None
    if not current_app.config["SBT_DEMO"] and has_demo_people():
        raise NotReady(
            "Not started. This database holds demo people whose password everybody knows. Set SBT_DEMO=1 for a "
            "try-out, or begin with an empty SBT_DATA_DIR (or SBT_DATABASE_URL)."
        )


def make_demo_keys(app: Flask) -> None:
    if app.config["SBT_DEMO"] and not app.config["SBT_KEYS"] and not app.config["SBT_KEY_FILE"].exists():
        write_key_file(app.config["SBT_KEY_FILE"], new_key_file())


def has_demo_people() -> bool:
    if not inspect(db.engine).has_table(Account.__tablename__):
        return False
    return db.session.scalar(select(Account.id).where(Account.is_demo).limit(1)) is not None
