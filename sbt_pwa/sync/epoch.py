"""The epoch: a random id beside the database. It changes when the database was put back from an older copy.

On a new epoch every phone offers what it still holds, so that nothing that phones believe to be safe is lost.
"""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from flask import current_app

from ..records.envelope import highest_sequence

log = logging.getLogger(__name__)


def _file() -> Path:
    return Path(current_app.config["SBT_DATA_DIR"]) / "epoch"


def epoch() -> str:
    """Return the present epoch; the first call makes it."""
    try:
        return _file().read_text().strip()
    except FileNotFoundError:
        return new_epoch()


def new_epoch() -> str:
    made = secrets.token_hex(8)
    draft = _file().with_name("epoch.new")
    draft.write_text(made)
    draft.replace(_file())
    return made


def notice_older_database(told_epoch: str | None, seen: int) -> None:
    """Begin a new epoch when a phone has seen a higher sequence in this epoch than the database holds."""
    if told_epoch == epoch() and seen > highest_sequence():
        log.error("a phone has seen sequence %d, which the database does not hold: new epoch", seen)
        new_epoch()
