"""What a confirmed answer does: every row that says something takes effect, all together or none."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..kit.bulk import update_together
from ..kit.db import db, now
from .account import Account
from .answer import TAKES_EFFECT, AnswerFile, AnswerRow
from .batch import OPEN_ROWS, Batch, BatchRow
from .cover_days import days_of_cover
from .job import Job, begin, handles, job_of, may_try_again
from .places import free_declined, move_up
from .registration import Registration

STEP = 200


def confirm(file: AnswerFile, by: Account) -> None:
    """Let it take effect: put that on the list of work. Raise NotAllowed for who brought the file, WrongState."""
    file.confirm(by)
    begin("apply", file.id, by)


def lay_aside(file: AnswerFile, by: Account) -> None:
    """Let nothing of it take effect. Where its work has failed, who may try that again may give it up too. Raise WrongState."""
    db.session.refresh(file, ["state"], with_for_update=True)
    job = job_of(file.id)
    file.drop(has_failed=job is not None and may_try_again(job, by))


WITH_PERSON = joinedload(AnswerRow.batch_row).options(
    joinedload(BatchRow.registration), joinedload(BatchRow.batch).joinedload(Batch.programme)
)


def may_apply_again(job: Job, by: Account) -> bool:
    file = db.session.get_one(AnswerFile, job.subject_id)
    return file.state == "confirmed" and file.may_be_confirmed_by(by)


@handles("apply", may_apply_again)
def apply_file(job: Job) -> Iterator[None]:
    """Let every row take effect, all in one transaction: a fall in between leaves everything as it was."""
    file = db.session.get_one(AnswerFile, job.subject_id, with_for_update=True)
    if file.state != "confirmed":
        return
    by = db.session.get_one(Account, file.confirmed_by_id)
    effective = (AnswerRow.file_id == file.id) & AnswerRow.verdict.in_(TAKES_EFFECT)
    ids = list(db.session.scalars(select(AnswerRow.id).where(effective).order_by(AnswerRow.row_number)))
    # Whoever leaves meanwhile waits, and leaves as what the answer made of them. People first, then places: so do all.
    people = select(Registration.id).join(BatchRow, BatchRow.registration_id == Registration.id)
    people = people.join(AnswerRow, AnswerRow.batch_row_id == BatchRow.id).where(effective)
    db.session.execute(people.order_by(Registration.id).with_for_update(of=Registration)).all()
    freed: set[str] = set()
    for at in range(0, len(ids), STEP):
        job.tell(at, len(ids))
        with db.session.no_autoflush:  # all of a step are written together
            step = select(AnswerRow).where(AnswerRow.id.in_(ids[at : at + STEP])).order_by(AnswerRow.row_number)
            rows = list(db.session.scalars(step.options(WITH_PERSON)))
            declined = [entry for row in rows if (entry := _take_effect(row, by)) is not None]
            freed |= free_declined(declined)
            update_together(row.batch_row.registration for row in rows if row.batch_row)
        db.session.flush()
        db.session.expire_all()
    for category in sorted(freed):
        move_up(category)
    file = db.session.get_one(AnswerFile, job.subject_id)
    file.state, file.applied_at = "applied", now()
    job.done_count = job.total_count = len(ids)
    yield


def _take_effect(row: AnswerRow, by: Account) -> Registration | None:
    """Apply one row; return who gives a place back. What was answered meanwhile stays as it is."""
    batch_row = row.batch_row
    if batch_row is None or batch_row.state not in OPEN_ROWS:
        row.verdict, row.problem = "already", batch_row.state if batch_row else ""
        return None
    told, entry = row.told, batch_row.registration
    batch_row.answer(row.verdict)
    if row.verdict == "accepted":
        first, last = days_of_cover(told, batch_row.batch, row.problem)
        entry.activate(by, told["kpj"], first, last)
    elif row.verdict == "declined":
        entry.decline(by, row.reason_code or "OTHER", told["reason_text"], frees=False)
        return entry
    return None
