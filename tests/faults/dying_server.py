"""The app in a process that kills itself (-9) now and then: inside a transaction, or after the commit and before the answer.

Run with `python -m tests.faults.dying_server`; DEATHS is the chance for each request of the sync.
"""

import os
import random
import signal
import time

from flask import has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session
from waitress import serve

from app import app

DEATHS = float(os.environ.get("DEATHS", "0"))
app.config["RATELIMIT_ENABLED"] = False
answer_request = app.wsgi_app
chance = random.Random(time.time_ns())


def die_perhaps():
    if chance.random() < DEATHS / 2:
        os.kill(os.getpid(), signal.SIGKILL)


@event.listens_for(Session, "before_commit")
def inside_the_transaction(_session):
    if has_request_context() and request.path.startswith("/sync/"):
        die_perhaps()


def between_commit_and_answer(environ, start_response):
    answer = answer_request(environ, start_response)
    if environ["PATH_INFO"].startswith("/sync/"):
        die_perhaps()
    return answer


if __name__ == "__main__":
    app.wsgi_app = between_commit_and_answer
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=4, ident=None)
