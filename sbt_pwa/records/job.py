"""Work that may take longer than a request: a row says what is to be done and how far it is, so a restart loses nothing.

A handler is a generator that yields after each step; every step is a transaction of its own, and whoever goes on after a
killed process begins with what is stored. A lease keeps two processes from doing the same work. What failed for good may be
tried again: that is work of its own, so the list tells who asked for it.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ForeignKey, String, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Record, db, now
from ..kit.errors import AppError, NotAllowed, NotFound
from .account import Account

LEASE = dt.timedelta(minutes=2)  # longer than any step takes
MOST_TRIES = 3
HANDLERS: dict[str, Callable[[Job], Iterator[None]]] = {}
TOLD: dict[uuid.UUID, tuple[int, int]] = {}  # by job: how far work of this process is that is one transaction
MAY_TRY: dict[str, Callable[[Job, Account], bool]] = {}  # who may begin it again; everybody who may see it, if not told
CUT_OFF = _l("The work was cut off several times before its end, as when the server is started anew.")
NO_DATABASE = _l("The database did not answer.")
NO_ROOM = _l("A file could not be read or written. The disk may be full.")
log = logging.getLogger(__name__)


class Job(Record):
    __tablename__ = "job"
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting", index=True)  # waiting, running, done, failed
    done_count: Mapped[int] = mapped_column(default=0)
    total_count: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(300), default="")
    lease_until: Mapped[dt.datetime | None]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))

    @property
    def progress(self) -> tuple[int, int]:
        """How many are done, of how many; also of work that is one transaction."""
        stored = self.done_count, self.total_count
        return TOLD.get(self.id, stored) if self.state == "running" else stored

    def tell(self, done: int, total: int) -> None:
        """Let pages see how far work is that keeps nothing before its end, and go on holding it.

        It is written past the transaction that goes on. SQLite has one writer, and that is this transaction; there one process
        serves, so it is enough to remember it.
        """
        if db.engine.dialect.name == "sqlite":
            TOLD[self.id] = (done, total)
            return
        told = update(Job).where(Job.id == self.id).values(done_count=done, total_count=total, lease_until=now() + LEASE)
        with db.engine.connect() as connection, connection.begin():
            connection.execute(told)

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")


def handles(
    kind: str, may_try: Callable[[Job, Account], bool] = lambda _job, _by: True
) -> Callable[[Callable[[Job], Iterator[None]]], Callable[[Job], Iterator[None]]]:
    """Name the generator that does this kind of work, and say who may try it again."""

    def keep(handler: Callable[[Job], Iterator[None]]) -> Callable[[Job], Iterator[None]]:
        HANDLERS[kind], MAY_TRY[kind] = handler, may_try
        return handler

    return keep


def begin(kind: str, subject_id: uuid.UUID, by: Account) -> Job:
    """Put work on the list; it starts when this transaction is kept."""
    job = Job(kind=kind, subject_id=subject_id, by_id=by.id)
    db.session.add(job)
    return job


def job_of(subject_id: uuid.UUID) -> Job | None:
    """Return the newest work on this thing."""
    query = select(Job).where(Job.subject_id == subject_id).order_by(Job.made_at.desc(), Job.id.desc())
    return db.session.scalar(query.limit(1))


def may_try_again(job: Job, by: Account) -> bool:
    return job.state == "failed" and MAY_TRY[job.kind](job, by)


def find_job(job_id: uuid.UUID) -> Job:
    """Return the work, held until this transaction ends. Raise NotFound."""
    found = db.session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def try_again(job: Job, by: Account) -> Job:
    """Put what failed on the list once more, or return the newer work that is there already. Raise NotAllowed."""
    newest = job_of(job.subject_id) or job
    if newest.id != job.id or job.state != "failed":
        return newest
    if not may_try_again(job, by):
        raise NotAllowed()
    again = begin(job.kind, job.subject_id, by)
    again.total_count = job.total_count
    return again


def work_is_waiting() -> bool:
    return db.session.scalar(select(Job.id).where(_open(now())).limit(1)) is not None


def _open(at: dt.datetime) -> ColumnElement[bool]:
    return or_(Job.state == "waiting", (Job.state == "running") & (Job.lease_until < at))


def do_next() -> bool:
    """Claim the oldest open work and do it to its end; say whether there was any. Ends transactions of its own."""
    at = now()
    oldest = select(Job.id).where(_open(at)).order_by(Job.made_at).limit(1).with_for_update(skip_locked=True)
    job_id = db.session.scalar(oldest)
    if job_id is None:
        db.session.rollback()
        return False
    claim = update(Job).where(Job.id == job_id, _open(at))
    claimed = db.session.execute(claim.values(state="running", lease_until=at + LEASE, tries=Job.tries + 1))
    db.session.commit()
    if claimed.rowcount:  # type: ignore[attr-defined]
        _do(job_id)
    return True


def _do(job_id: uuid.UUID) -> None:
    job = db.session.get_one(Job, job_id)
    try:
        if job.tries > MOST_TRIES:
            raise AppError(CUT_OFF)
        for _step in HANDLERS[job.kind](job):
            job.lease_until = now() + LEASE
            db.session.commit()
        job.state = "done"
        db.session.commit()
    except AppError as no:
        _fail(job_id, str(no.message))
    except Exception as fault:
        db.session.rollback()
        log.exception("work of kind %s broke off", job.kind)
        last = job.tries >= MOST_TRIES
        _fail(job_id, _words(fault)) if last else _put_back(job_id)
    finally:
        TOLD.pop(job_id, None)


def _words(fault: Exception) -> str:
    """Say in plain words what failed, as far as the kind of fault tells; empty where only the log does."""
    known = {OperationalError: NO_DATABASE, OSError: NO_ROOM}
    return next((str(words) for kind, words in known.items() if isinstance(fault, kind)), "")


def _fail(job_id: uuid.UUID, words: str) -> None:
    db.session.rollback()
    job = db.session.get_one(Job, job_id)
    job.state, job.trouble = "failed", words[:300]
    db.session.commit()


def _put_back(job_id: uuid.UUID) -> None:
    job = db.session.get_one(Job, job_id)
    job.state, job.lease_until = "waiting", None
    db.session.commit()
