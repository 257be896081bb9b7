"""Work that goes on after the answer: in a thread beside the requests, begun when a request is over and its writes are kept.

A thread dies with its process. What it works from must be stored, so that the next start takes it up again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, g

from .db import db

log = logging.getLogger(__name__)
NAME = "work"


def start_work() -> None:
    """Ask for the stored work to be done as soon as this request is over."""
    g.work_waits = True


def init_app(app: Flask, do_next: Callable[[], bool]) -> None:
    """`do_next` does one piece of stored work and says whether there was any."""
    starting = threading.Lock()

    def work() -> None:
        with app.app_context():
            try:
                while do_next():
                    pass
            except Exception:
                log.exception("the work stopped; the next look at its page takes it up again")
            finally:
                db.session.remove()

    @app.teardown_request
    def begin(_error: Any) -> None:
        if not g.pop("work_waits", False) or app.testing:  # tests do the work themselves, when they want it done
            return
        with starting:
            if not any(thread.name == NAME for thread in threading.enumerate()):
                threading.Thread(target=work, name=NAME, daemon=True).start()
