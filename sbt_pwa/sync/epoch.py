"""The epoch: a random id beside the database. It changes when the database was put back from an older copy.

On a new epoch every phone offers what it still holds, so that nothing that phones believe to be safe is lost.
"""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import suppress
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
        draft = _draft()
    with suppress(FileExistsError):  # several processes may get their first phone in the same moment: one of them wins
        os.link(draft, _file())
    draft.unlink()
    return _file().read_text().strip()


def new_epoch() -> str:
    _draft().replace(_file())
    return epoch()


def _draft() -> Path:
    """Write a new epoch whole, under a name that no other process uses, so that nobody ever reads half of one."""
    made = secrets.token_hex(8)
    draft = _file().with_name(f"epoch.{made}")
    draft.write_text(made)
    return draft


def notice_older_database(told_epoch: str | None, seen: int) -> None:
    """Begin a new epoch when a phone has seen a higher sequence in this epoch than the database holds."""
    if told_epoch == epoch() and seen > highest_sequence():
        log.error("a phone has seen sequence %d, which the database does not hold: new epoch", seen)
        new_epoch()
