"""Heavy writers take turns within a process: one computes and writes at a time, the others wait with nothing in hand.

Python runs one thread at a time, and a writer lets go of the interpreter at each row. Beside a thread that computes it waits up
to 5 ms each time to get it back, with SQLite's one write lock in its hand, and every other process waits too.

PostgreSQL has the one that writes wait a third of its time: there the next one computes meanwhile, 7 batches instead of 6 in
the same time, and two may write: the processors were at work for 92 % of the time instead of 89. On SQLite the same would be
slower, since whoever computes would keep the holder of the lock from writing on: there the next one begins when all is written
but the commit, which needs no Python (84 % instead of 81).

Between processes they queue for SQLite's lock at a file: SQLite itself would have them sleep for up to 100 ms and look again,
while nobody writes.

And Python looks for forgotten reference cycles less often than its default, which is meant for small programs: a batch of 50
records passed it 30 times, and each look took time from everybody.
"""

from __future__ import annotations

import fcntl
import gc
import os
import time
from threading import BoundedSemaphore, Lock

from flask import Flask, current_app, g

from .db import PRAGMAS, db
from .errors import Busy

PEN = "writer.turn"
PATIENCE = int(PRAGMAS["busy_timeout"]) / 1000  # seconds
LOOK_AGAIN = 0.000_25  # seconds
NEW_OBJECTS = 20_000  # before a look; the default is 700
COMPUTES = Lock()
WRITES = BoundedSemaphore(2)


def wait_for_turn() -> None:
    """Wait until no other request of this process is at it; the turn ends with the request. Read the body first."""
    _wait_for(COMPUTES)


def wait_to_write() -> None:
    """Wait until fewer than two write in this process, on SQLite nobody in any; ends with the request, or with the process.

    Raise Busy when that takes longer than SQLite itself would wait.
    """
    if db.engine.dialect.name != "sqlite":
        let_next_compute()
        _wait_for(WRITES)
        return
    if "pen" in g:
        return
    g.pen = os.open(current_app.config["SBT_DATA_DIR"] / PEN, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + PATIENCE
    while not _takes(g.pen):
        if time.monotonic() > until:
            raise Busy()
        time.sleep(LOOK_AGAIN)


def let_next_compute() -> None:
    """Let the next request of this process compute: from here on this one mostly waits for the database."""
    _let_go(COMPUTES)


def _wait_for(turn: Lock | BoundedSemaphore) -> None:
    held = g.setdefault("turns", [])
    if turn not in held:
        turn.acquire()
        held.append(turn)


def _let_go(turn: Lock | BoundedSemaphore) -> None:
    if turn in g.get("turns", []):
        g.turns.remove(turn)
        turn.release()


def _takes(pen: int) -> bool:
    try:
        fcntl.flock(pen, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def init_app(app: Flask) -> None:
    gc.set_threshold(NEW_OBJECTS, 20, 20)

    @app.teardown_request
    def end_turn(_fault: BaseException | None) -> None:
        if (pen := g.pop("pen", None)) is not None:
            fcntl.flock(pen, fcntl.LOCK_UN)  # a process that was begun meanwhile may have the file open too
            os.close(pen)
        for turn in (COMPUTES, WRITES):
            _let_go(turn)
