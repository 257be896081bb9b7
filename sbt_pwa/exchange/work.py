"""Work on the list that a page of the office waits for."""

from __future__ import annotations

import uuid

from ..kit.background import start_work
from ..records.job import Job, job_of


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
