"""Work on the list that a page of the office waits for."""

from __future__ import annotations

import uuid

from ..kit.background import start_work
from ..records.job import Job, job_of


def followed_job(subject_id: uuid.UUID) -> Job | None:
    """Return the newest work on this record; a look at its page takes up what a restart left lying."""
    job = job_of(subject_id)
    if job and not job.is_over:
        start_work()
    return job
