"""Batches: numbered lists of approved people for the insurer. Frozen once, never changed; who stands in an open one waits."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Record, db, now
from ..kit.errors import WrongState
from ..kit.vault import Sealed
from .account import Account
from .job import Job, begin, handles
from .messages import NOBODY_FOR_BATCH
from .profile import FileProfile, cells_of, profile_of
from .programme import Programme
from .registration import Registration

STEP = 200
OPEN_ROW = "state IN ('open', 'eligible')"
OPEN_ROWS = ("open", "eligible")


class Batch(Record):
    __tablename__ = "batch"
    number: Mapped[int | None]  # within the budget year, given at the freeze
    budget_year: Mapped[int]
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme.id"), index=True)
    district_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    profile: Mapped[dict[str, Any]] = mapped_column(JSON)  # the file profile as it was at the freeze
    state: Mapped[str] = mapped_column(String(10), default="building")  # building, frozen
    row_count: Mapped[int] = mapped_column(default=0)
    total_rupiah: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    frozen_at: Mapped[dt.datetime | None]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))

    programme: Mapped[Programme] = relationship()
    by: Mapped[Account] = relationship()
    downloads: Mapped[list[Download]] = relationship(order_by="Download.made_at.desc()")
    __table_args__ = (UniqueConstraint("budget_year", "number"),)

    @property
    def title(self) -> str:
        """`2026-007`: how people and file names call it."""
        return f"{self.budget_year}-{self.number:03}" if self.number else f"{self.budget_year}-…"

    def rows(self) -> Iterator[list[Any]]:
        """Yield the cells of each row as they were frozen, in order."""
        query = select(BatchRow).where(BatchRow.batch_id == self.id).order_by(BatchRow.position)
        for row in db.session.scalars(query.execution_options(yield_per=STEP)):
            yield row.cells


class BatchRow(Record):
    """One person in a batch, with what the file says of them. `state`: open, eligible (may be a member), accepted, declined."""

    __tablename__ = "batch_row"
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    position: Mapped[int]
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    nik_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    rupiah: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    answered_at: Mapped[dt.datetime | None]

    content = Sealed()
    batch: Mapped[Batch] = relationship()
    registration: Mapped[Registration] = relationship()
    __table_args__ = (
        UniqueConstraint("batch_id", "position"),
        # A person stands in one open batch at most.
        Index("uq_batch_row_open", "registration_id", unique=True, sqlite_where=text(OPEN_ROW), postgresql_where=text(OPEN_ROW)),
    )

    @property
    def cells(self) -> list[Any]:
        return json.loads(self.content or "[]")

    def answer(self, state: str) -> None:
        self.state, self.answered_at = state, now()


class Download(Record):
    """Who took which file of a batch, and what its bytes were."""

    __tablename__ = "download"
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))  # xlsx, letter
    sha256: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Account] = relationship()


def ready_for_batch(programme: Programme, district_code: str | None = None) -> Any:
    """The condition for the people whom a batch would take: approved, with a place, and young enough on the first day."""
    ready = (Registration.status == "approved") & (Registration.programme_id == programme.id)
    ready &= Registration.birth_date > too_old_from(programme)
    return ready & (Registration.district_code == district_code) if district_code else ready


def too_old_from(programme: Programme, age_limit: int = 65) -> dt.date:
    """Return the birth date on and before which a person has reached the limit on the first day that cover can begin."""
    day = programme.first_month(now().date())
    return day.replace(year=day.year - age_limit)


def start_batch(programme: Programme, district_code: str | None, by: Account) -> Batch:
    """Begin a batch of all who are ready; the work on the list fills and freezes it. Raise WrongState when nobody is ready."""
    count = db.session.scalar(select(func.count()).select_from(Registration).where(ready_for_batch(programme, district_code)))
    if not count:
        raise WrongState(NOBODY_FOR_BATCH)
    profile = profile_of(programme.profile_code)
    batch = Batch(programme_id=programme.id, budget_year=programme.budget_year, district_code=district_code, by_id=by.id)
    batch.profile = profile.told
    db.session.add(batch)
    db.session.flush()
    begin("batch", batch.id, by).total_count = count
    return batch


@handles("batch")
def fill_batch(job: Job) -> Iterator[None]:
    """Take the ready people step by step, then freeze. A step that was stored is not taken again: its people are `sent`."""
    batch = db.session.get_one(Batch, job.subject_id)
    profile = FileProfile.of(batch.profile)
    while batch.state == "building":
        entries = list(db.session.scalars(_next_people(batch)))
        first = db.session.scalar(select(func.count()).select_from(BatchRow).where(BatchRow.batch_id == batch.id)) or 0
        for position, entry in enumerate(entries, first + 1):
            _add(batch, profile, entry, position)
        job.done_count = first + len(entries)
        if len(entries) < STEP:
            _freeze(batch)
        yield


def _next_people(batch: Batch) -> Any:
    ready = select(Registration).where(ready_for_batch(batch.programme, batch.district_code))
    order = (Registration.district_code, Registration.village_code, Registration.id)
    return ready.order_by(*order).limit(STEP).with_for_update(skip_locked=True, of=Registration)


def _add(batch: Batch, profile: FileProfile, entry: Registration, position: int) -> None:
    row = BatchRow(batch_id=batch.id, position=position, registration_id=entry.id, nik_index=entry.nik_index)
    row.rupiah = entry.committed_rupiah or 0
    row.content = json.dumps(cells_of(profile, entry, batch.programme), ensure_ascii=False)
    db.session.add(row)
    entry.mark_sent(batch.by)


def _freeze(batch: Batch) -> None:
    """Give the number, the totals and the digest of what stands in the rows."""
    db.session.flush()
    people, rupiah = db.session.execute(
        select(func.count(), func.coalesce(func.sum(BatchRow.rupiah), 0)).where(BatchRow.batch_id == batch.id)
    ).one()
    highest = select(func.max(Batch.number)).where(Batch.budget_year == batch.budget_year)
    batch.number = (db.session.scalar(highest) or 0) + 1
    batch.row_count, batch.total_rupiah, batch.digest = people, int(rupiah), digest_of_rows(batch)
    batch.state, batch.frozen_at = "frozen", now()


def digest_of_rows(batch: Batch) -> str:
    """Return SHA-256 over the rows in order: whoever has the file can say whether it is the one that was frozen."""
    digest = hashlib.sha256()
    for cells in batch.rows():
        digest.update(json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()
