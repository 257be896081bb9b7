"""Works that begin in the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable
from contextlib import nullcontext

from flask import Flask

from sbt_pwa.kit.db import db


def at_once(*works: Callable[[], object], app: Flask | None = None, refused: tuple[type[Exception], ...] = ()) -> None:
    """Run the works in threads that begin together, and raise what troubled them.

    With `app` each has a session of its own, kept at its end; what is `refused` undoes the rest of its own work only.
    """
    db.session.rollback()  # the test's own transaction would hold SQLite's write lock meanwhile
    gate, troubles = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        with app.app_context() if app else nullcontext():
            gate.wait(30)
            try:
                work()
                if app:
                    db.session.commit()
            except refused:
                db.session.rollback()
            except Exception as trouble:  # told in the main thread
                troubles.append(trouble)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not troubles and not any(thread.is_alive() for thread in threads), troubles
    db.session.expire_all()
