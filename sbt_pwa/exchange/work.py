"""Work on the list that a page of the office waits for, and what to do when it failed."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import Response, make_response, redirect, url_for
from flask_babel import lazy_gettext as _l

from ..kit.access import me
from ..kit.background import start_work
from ..kit.db import db
from ..records.contribution_month import ContributionMonth
from ..records.job import Job, find_job, job_of, may_try_again, try_again
from ..records.programme import Allotment, Programme
from . import room

# By kind of work: that it failed, and what is so all the same. Most work keeps what its steps have done.
FAILED = {
    "batch": (
        _l("The batch could not be finished."),
        _l("Whom it has taken already stays in it and waits. There is no file yet, and nothing was sent to BPJS."),
    ),
    "answer": (_l("This file could not be read."), _l("No registration was changed. Nothing of this file counts.")),
    "apply": (
        _l("The answers did not take effect."),
        _l("They take effect all together or not at all: no registration was changed. The confirmation stands."),
    ),
    "dues": (
        _l("The list could not be made."),
        _l("It may not be complete. Who was put on it stays there, and what is paid stays paid."),
    ),
    "renewal": (
        _l("The renewal could not be closed."),
        _l("Who was carried over or ended already stays so. The others are as they were."),
    ),
    "places": (
        _l("Not everybody could move up."),
        _l("Who moved up already keeps the place. The others wait as they did, in the same order."),
    ),
}


class Trouble(NamedTuple):
    """What a page says of work that failed. `may_try` is for who looks at it."""

    job: Job
    title: Any
    kept: Any
    may_try: bool


def followed_job(subject_id: uuid.UUID) -> Job | None:
    """Return the newest work on this record, followed."""
    job = job_of(subject_id)
    follow(job)
    return job


def follow(job: Job | None) -> bool:
    """Say whether this work still goes on; a look at its page takes up what a restart left lying."""
    working = job is not None and not job.is_over
    if working:
        start_work()
    return working


def trouble_of(job: Job | None) -> Trouble | None:
    if job is None or job.state != "failed":
        return None
    return Trouble(job, *FAILED[job.kind], may_try_again(job, me()))


@room.post("/jobs/<uuid:job_id>/again")
def work_again(job_id: uuid.UUID) -> Response:
    """Try work again that failed. Whoever was slower is led to the page where it goes on already."""
    job = try_again(find_job(job_id), me())
    start_work()
    return make_response(redirect(_page_of(job), 303))


def _page_of(job: Job) -> str:
    if job.kind == "batch":
        return url_for("exchange.batch", batch_id=job.subject_id)
    if job.kind == "dues":
        month = db.session.get_one(ContributionMonth, job.subject_id)
        return url_for("exchange.month_page", programme_id=month.programme_id, month=f"{month.month:%Y-%m}")
    if job.kind == "renewal":
        return url_for("exchange.renewal", programme_id=db.session.get_one(Programme, job.subject_id).renewal_of_id)
    if job.kind == "places":
        return url_for("exchange.programme", programme_id=db.session.get_one(Allotment, job.subject_id).programme_id)
    return url_for("exchange.answer", file_id=job.subject_id)
