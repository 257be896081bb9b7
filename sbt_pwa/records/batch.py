"""Batches: numbered lists of approved people for the insurer. Frozen once, never changed; who stands in an open one waits."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, func, select, text, tuple_
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from ..kit.bulk import update_together
from ..kit.db import Record, db, now
from ..kit.errors import NotFound, WrongState
from ..kit.i18n import today
from ..kit.spreadsheets import write_sheet
from ..kit.vault import Sealed
from .account import Account
from .job import Job, begin, handles
from .messages import NOBODY_FOR_BATCH
from .profile import FileProfile, cells_of, lacking, profile_of
from .programme import Programme
from .registration import Registration

STEP = 200
OPEN_FOR = dt.timedelta(hours=72)  # a file that names people lies about no longer than it takes to send it
OPENED = "opened"  # among the downloads
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

    @property
    def open_until(self) -> dt.datetime | None:
        """Until when the file may be taken: for some days after the freeze, and as long after it was opened once more."""
        opened = [one.made_at for one in self.downloads if one.kind == OPENED]
        return max([*opened, self.frozen_at]) + OPEN_FOR if self.frozen_at else None

    def open_again(self, by: Account) -> None:
        """Let the file be taken once more, and note who did."""
        self.downloads.insert(0, Download(kind=OPENED, sha256="", by_id=by.id))

    def rows(self) -> Iterator[list[Any]]:
        """Yield the cells of each row as they were frozen, in order."""
        query = select(BatchRow).where(BatchRow.batch_id == self.id).order_by(BatchRow.position)
        for row in db.session.scalars(query.execution_options(yield_per=STEP)):
            yield row.cells


class BatchRow(Record):
    """One person in a batch, with what the file says of them.

    `state`: open, eligible (may be a member), accepted, declined, ended (has left before an answer came).
    """

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
    kind: Mapped[str] = mapped_column(String(8))  # xlsx, letter, manifest, opened (for download again)
    sha256: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Account] = relationship()


def approved_in(programme: Programme, district_code: str | None = None) -> Any:
    """The condition for who waits for a batch: the approved, and members whom a renewal carried over into this programme."""
    waits = Registration.status == "approved"
    if programme.renewal_of_id:
        waits |= _carried_over(programme)
    approved = waits & (Registration.programme_id == programme.id)
    return approved & (Registration.district_code == district_code) if district_code else approved


def _carried_over(programme: Programme) -> Any:
    """The condition for members with a place in this programme that the insurer has not taken, and is not asked about now.

    Their last day says nothing of it: whoever joined late may have been told one that lies within this programme.
    """
    rows = select(BatchRow.id).join(Batch).where(BatchRow.registration_id == Registration.id)
    settled = BatchRow.state.in_(OPEN_ROWS) | ((BatchRow.state == "accepted") & (Batch.programme_id == programme.id))
    return (Registration.status == "active") & Registration.committed_rupiah.is_not(None) & ~rows.where(settled).exists()


def is_carried_over(entry: Registration) -> bool:
    """Say whether a renewal has given this member a place of which the insurer has not heard yet."""
    if entry.status != "active" or entry.programme is None or not entry.programme.renewal_of_id:
        return False
    own = select(Registration.id).where(Registration.id == entry.id, _carried_over(entry.programme))
    return db.session.scalar(own) is not None


def covering_programmes(entries: Iterable[Registration]) -> dict[uuid.UUID, Programme | None]:
    """Return for each of them the programme of the days of cover: the one for which the insurer has taken the person last.

    A renewal changes nothing of it until the insurer has answered. Whom no batch led to cover has the own programme.
    """
    own = {entry.id: entry.programme for entry in entries}
    query = select(BatchRow.registration_id, Programme).select_from(BatchRow).join(BatchRow.batch).join(Batch.programme)
    query = query.where(BatchRow.registration_id.in_(own), BatchRow.state == "accepted").order_by(BatchRow.answered_at)
    return own | {row[0]: row[1] for row in db.session.execute(query)}


def ready_for_batch(programme: Programme, district_code: str | None = None) -> Any:
    """The condition for the people whom a batch takes: approved, young enough on the first day, and all that the file needs."""
    ready = approved_in(programme, district_code) & (Registration.birth_date > too_old_from(programme))
    for lacks in lacking(profile_of(programme.profile_code)).values():
        ready &= ~lacks
    return ready


def too_old_from(programme: Programme, age_limit: int = 65) -> dt.date:
    """Return the birth date on and before which a person has reached the limit on the first day that cover can begin."""
    day = programme.first_month(today())
    return day.replace(year=day.year - age_limit)


def ready_count(programme: Programme, district_code: str | None = None) -> int:
    ready = ready_for_batch(programme, district_code)
    return db.session.scalar(select(func.count()).select_from(Registration).where(ready)) or 0


def start_batch(programme: Programme, district_code: str | None, by: Account) -> Batch:
    """Begin a batch of all who are ready; the work on the list fills and freezes it. Raise WrongState when nobody is ready."""
    count = ready_count(programme, district_code)
    if not count:
        raise WrongState(NOBODY_FOR_BATCH)
    profile = profile_of(programme.profile_code)
    batch = Batch(programme_id=programme.id, budget_year=programme.budget_year, district_code=district_code, by_id=by.id)
    batch.profile = profile.told
    db.session.add(batch)
    db.session.flush()
    begin("batch", batch.id, by).total_count = count
    return batch


@handles("batch", lambda job, _by: db.session.get_one(Batch, job.subject_id).state == "building")
def fill_batch(job: Job) -> Iterator[None]:
    """Take the ready people step by step, then freeze. A step that was stored is not taken again: its people are `sent`."""
    batch = db.session.get_one(Batch, job.subject_id)
    profile = FileProfile.of(batch.profile)
    while batch.state == "building":
        entries = list(db.session.scalars(_next_people(batch)))
        first = db.session.scalar(select(func.count()).select_from(BatchRow).where(BatchRow.batch_id == batch.id)) or 0
        with db.session.no_autoflush:  # all of a step are written together
            for position, entry in enumerate(entries, first + 1):
                _add(batch, profile, entry, position)
            update_together(entries)
        job.done_count = first + len(entries)
        if len(entries) < STEP:
            _freeze(batch)
        yield


def _next_people(batch: Batch) -> Any:
    ready = select(Registration).where(ready_for_batch(batch.programme, batch.district_code))
    order = (Registration.district_code, Registration.village_code, Registration.id)
    ready = ready.order_by(*order).limit(STEP).options(selectinload(Registration.village))
    return ready.with_for_update(skip_locked=True, of=Registration)


def _add(batch: Batch, profile: FileProfile, entry: Registration, position: int) -> None:
    row = BatchRow(batch_id=batch.id, position=position, registration_id=entry.id, nik_index=entry.nik_index)
    row.rupiah = entry.committed_rupiah or 0
    row.content = json.dumps(cells_of(profile, entry, batch.programme), ensure_ascii=False)
    db.session.add(row)
    if entry.status == "approved":  # a member whom a renewal carried over stays one; the row says that an answer is awaited
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


def sheet_of(batch: Batch, password: str | None) -> bytes:
    """Return the file for the insurer. Without a password the same batch gives the same bytes, whenever it is made."""
    profile = FileProfile.of(batch.profile)
    return write_sheet(profile.sheet, profile.sheet_columns, batch.rows(), password, batch.frozen_at)


def end_open_row(entry: Registration) -> None:
    """Wait no longer for an answer about somebody who has left."""
    query = select(BatchRow).where(BatchRow.registration_id == entry.id, BatchRow.state.in_(OPEN_ROWS))
    for row in db.session.scalars(query):
        row.answer("ended")


def all_batches() -> list[Batch]:
    return list(db.session.scalars(select(Batch).order_by(Batch.made_at.desc())))


def find_batch(batch_id: uuid.UUID) -> Batch:
    """Raise NotFound."""
    found = db.session.get(Batch, batch_id)
    if found is None:
        raise NotFound()
    return found


def row_states(batches: Sequence[Batch]) -> dict[uuid.UUID, dict[str, int]]:
    """Return for each batch how many of its rows are in which state."""
    query = select(BatchRow.batch_id, BatchRow.state, func.count()).where(BatchRow.batch_id.in_([b.id for b in batches]))
    told: dict[uuid.UUID, dict[str, int]] = {}
    for batch_id, state, count in db.session.execute(query.group_by(BatchRow.batch_id, BatchRow.state)):
        told.setdefault(batch_id, {})[state] = count
    return told


def open_rows(limit: int, batch_id: uuid.UUID | None = None, after: uuid.UUID | None = None) -> list[BatchRow]:
    """Return who stands in a frozen batch and has no answer, the longest waiting first; `after` is the row before a page.

    It stays a place when that row has its answer. Raise NotFound for what is no row.
    """
    query = select(BatchRow).join(Batch).where(BatchRow.state.in_(OPEN_ROWS), Batch.state == "frozen")
    if batch_id:
        query = query.where(BatchRow.batch_id == batch_id)
    if after:
        last = db.session.get(BatchRow, after)
        if last is None:
            raise NotFound()
        place = (last.batch.frozen_at, last.batch_id, last.position)
        query = query.where(tuple_(Batch.frozen_at, Batch.id, BatchRow.position) > place)
    return list(db.session.scalars(query.order_by(Batch.frozen_at, Batch.id, BatchRow.position).limit(limit)))


def open_summary() -> list[tuple[Batch, int]]:
    """Return the frozen batches in which somebody has no answer, with how many, the oldest in front."""
    counts = select(BatchRow.batch_id, func.count().label("n")).where(BatchRow.state.in_(OPEN_ROWS)).group_by(BatchRow.batch_id)
    waiting = counts.subquery()
    query = select(Batch, waiting.c.n).join(waiting, waiting.c.batch_id == Batch.id).where(Batch.state == "frozen")
    return [(batch, count) for batch, count in db.session.execute(query.order_by(Batch.frozen_at))]
