"""Heavy writers take turns within a process: one computes and writes at a time, the others wait with nothing in hand.

Python runs one thread at a time, and a writer lets go of the interpreter at each row. Beside a thread that computes it waits up
to 5 ms each time to get it back, with SQLite's one write lock in its hand, and every other process waits too.
"""

from __future__ import annotations

from threading import Lock

from flask import Flask, g

_turn = Lock()


def wait_for_turn() -> None:
    """Wait until no other request of this process is at it; the turn ends with the request. Read the body first."""
    if "has_turn" not in g:
        _turn.acquire()
        g.has_turn = True


def init_app(app: Flask) -> None:
    @app.teardown_request
    def end_turn(_fault: BaseException | None) -> None:
        if g.pop("has_turn", False):
            _turn.release()
