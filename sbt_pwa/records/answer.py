"""The insurer's answers: a file is read into rows, each row is judged, a second person confirms, and all is applied at once."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, contains_eager, defer, joinedload, mapped_column, relationship

from ..kit.bulk import update_together
from ..kit.db import Record, TextList, db, now
from ..kit.errors import AppError, NotAllowed, NotFound, WrongState
from ..kit.i18n import local
from ..kit.spreadsheets import read_table
from ..kit.vault import Sealed, vault
from .account import Account
from .batch import OPEN_ROWS, Batch, BatchRow
from .job import Job, begin, handles
from .messages import FILE_WAS_APPLIED, SECOND_PERSON
from .names import name_key
from .places import free_declined, move_up
from .registration import Registration, person_text
from .reply import ReplyRow, read_reply

STEP = 200
# What may stand behind a row. The first three change something; the others wait for a person or for another file.
VERDICTS = ("accepted", "eligible", "declined", "unclear", "spoiled", "unknown", "twice", "already")
TAKES_EFFECT = ("accepted", "eligible", "declined")
OPEN_TO_SUGGESTION = ("spoiled", "unknown", "unclear")
OPEN_FILES = ("reading", "preview", "confirmed")


class AnswerFile(Record):
    """`state`: reading, preview, confirmed, applied, dropped, refused (could not be read; the job says why)."""

    __tablename__ = "answer_file"
    file_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    data_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="")  # eligibility, members
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # our field -> header in the file
    header_row: Mapped[int] = mapped_column(default=0)
    ignored_count: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="reading")
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    applied_at: Mapped[dt.datetime | None]

    file_name, data = Sealed(), Sealed()  # data: base64
    by: Mapped[Account] = relationship(foreign_keys=[by_id])
    confirmed_by: Mapped[Account | None] = relationship(foreign_keys=[confirmed_by_id])

    @classmethod
    def in_states(cls, states: Sequence[str] = ()) -> list[AnswerFile]:
        """Return the files in these states (all without them), the newest in front."""
        query = select(cls).options(defer(cls.data_sealed)).order_by(cls.made_at.desc())
        return list(db.session.scalars(query.where(cls.state.in_(states)) if states else query))

    def confirm(self, by: Account) -> None:
        """Let it be applied. Raise NotAllowed for who uploaded it, WrongState when it is no preview any more."""
        if by.id == self.by_id:
            raise NotAllowed(SECOND_PERSON, code="own_file")
        self._leave("preview", "confirmed")
        self.confirmed_by_id = by.id
        begin("apply", self.id, by)

    def drop(self) -> None:
        self._leave("preview", "dropped")

    def _leave(self, state: str, following: str) -> None:
        if self.state != state:
            raise WrongState()
        self.state = following


class AnswerRow(Record):
    """A row of the file with what it means here."""

    __tablename__ = "answer_row"
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer_file.id"))
    row_number: Mapped[int]  # in the sheet, as a spreadsheet program counts
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    verdict: Mapped[str] = mapped_column(String(10))
    problem: Mapped[str] = mapped_column(String(20), default="")
    reason_code: Mapped[str] = mapped_column(String(20), default="")
    differs: Mapped[list[str]] = mapped_column(TextList, default=list)  # name, birth_date: not as we sent it; kpj: another one
    batch_row_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("batch_row.id"), index=True)
    suggested_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("batch_row.id"))

    content = Sealed()  # JSON
    file: Mapped[AnswerFile] = relationship()
    batch_row: Mapped[BatchRow | None] = relationship(foreign_keys=[batch_row_id])
    suggested: Mapped[BatchRow | None] = relationship(foreign_keys=[suggested_id])
    __table_args__ = (Index("ix_answer_row_file_id_verdict", "file_id", "verdict", "row_number"),)

    @property
    def told(self) -> dict[str, Any]:
        """What the file says: nik, name, birth_date, kpj, reason_text, covered_from, covered_to (ISO days)."""
        return json.loads(self.content or "{}")

    def take_suggestion(self) -> None:
        """Believe that the row means the person whose name and birth date it has, or that it is no old answer."""
        if self.verdict not in OPEN_TO_SUGGESTION or self.suggested_id is None:
            raise WrongState()
        self.batch_row_id = self.suggested_id
        self.verdict, self.problem = verdict_of_told(self.told), "" if self.verdict == "unclear" else "by_name"


def take_file(data: bytes, file_name: str, by: Account) -> AnswerFile:
    """Keep the file as it came and put its reading on the list. Raise WrongState when this very file was applied before."""
    sha256 = hashlib.sha256(data).hexdigest()
    before = db.session.scalar(select(AnswerFile).where(AnswerFile.sha256 == sha256, AnswerFile.state == "applied").limit(1))
    if before:
        raise WrongState(FILE_WAS_APPLIED)
    file = AnswerFile(sha256=sha256, by_id=by.id)
    file.file_name, file.data = file_name[-120:], base64.b64encode(data).decode()
    db.session.add(file)
    db.session.flush()
    begin("answer", file.id, by)
    return file


@handles("answer")
def read_file(job: Job) -> Iterator[None]:
    """Read the file and judge its rows, step by step. Begun again after a fall, it begins from the first row."""
    file = db.session.get_one(AnswerFile, job.subject_id)
    if file.state != "reading":
        return
    data, name = base64.b64decode(file.data or ""), file.file_name or ""
    db.session.execute(delete(AnswerRow).where(AnswerRow.file_id == file.id))
    yield  # the file is read in a process of its own, and nobody has to wait for the database meanwhile
    try:
        reply = read_reply(read_table(data, name))
    except AppError:
        file.state = "refused"
        yield
        raise
    file.kind, file.columns, file.header_row = reply.kind, reply.columns, reply.header_row
    file.ignored_count, job.total_count = reply.ignored_rows, len(reply.rows)
    said = says_by_nik(reply.rows)
    for at in range(0, len(reply.rows), STEP):
        judge_rows(file, reply.rows[at : at + STEP], said)
        job.done_count = min(at + STEP, len(reply.rows))
        yield
    file.state = "preview"


def says_by_nik(rows: Iterable[ReplyRow]) -> dict[str, list[tuple[int, str]]]:
    """Return for each NIK which rows speak of it, and what they say in short."""
    said: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        if row.nik and not row.nik_problem:
            said[row.nik].append((row.row_number, f"{row.status}|{row.kpj}|{row.reason_code}"))
    return said


def judge_rows(file: AnswerFile, rows: Sequence[ReplyRow], said: dict[str, list[tuple[int, str]]]) -> None:
    """Write one AnswerRow for each row of the file."""
    niks = {row.nik for row in rows if row.nik and not row.nik_problem}
    people = _rows_by(Registration.nik_index, {nik: vault.ring.blinds("nik", nik) for nik in niks})
    before = declined_before([row.registration_id for row in people.values()])
    with db.session.no_autoflush:  # all of a step are written together
        for row in rows:
            _judge(file, row, people.get(row.nik or ""), said, before)


def _judge(
    file: AnswerFile,
    row: ReplyRow,
    match: BatchRow | None,
    said: dict[str, list[tuple[int, str]]],
    before: set[tuple[uuid.UUID, str]],
) -> None:
    told = told_of(row)
    judged = AnswerRow(file_id=file.id, row_number=row.row_number, reason_code=row.reason_code or "")
    judged.content = json.dumps(told, ensure_ascii=False)
    judged.verdict, judged.problem = _verdict(row, told, match, said)
    if match and judged.verdict in (*TAKES_EFFECT, "unclear"):
        judged.batch_row_id, judged.differs = match.id, differences(told, match.registration)
    if match and judged.verdict in TAKES_EFFECT and (old := _is_old_news(judged.verdict, told, match.registration, before)):
        judged.verdict, judged.problem, judged.batch_row_id, judged.suggested_id = "unclear", old, None, match.id
    elif judged.verdict in ("spoiled", "unknown"):
        judged.suggested_id = _suggestion(told, said)
    db.session.add(judged)


def _verdict(
    row: ReplyRow, told: dict[str, Any], match: BatchRow | None, said: dict[str, list[tuple[int, str]]]
) -> tuple[str, str]:
    if row.nik_problem:
        return "spoiled", row.nik_problem
    spoken = said[row.nik or ""]
    if len({what for _number, what in spoken}) > 1:
        return "twice", "contradicts"
    if spoken[0][0] != row.row_number:
        return "twice", "repeats"
    if match is None:
        return "unknown", ""
    if match.state not in OPEN_ROWS:
        return "already", match.state
    verdict = verdict_of_told(told)
    if told["kpj_problem"]:
        return verdict, f"kpj_{told['kpj_problem']}"
    return verdict, "no_words" if verdict == "unclear" else ""


def _is_old_news(verdict: str, told: dict[str, Any], entry: Registration, before: set[tuple[uuid.UUID, str]]) -> str:
    """Say why a row may be an answer to an earlier batch that is brought once more; empty when nothing speaks for it."""
    if verdict == "declined" and (entry.id, told["reason_text"] or "") in before:
        return "said_before"
    last = told["covered_to"] and dt.date.fromisoformat(told["covered_to"])
    is_past = verdict == "accepted" and last and entry.covered_to and last <= entry.covered_to
    return "not_later" if is_past else ""


def declined_before(registration_ids: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, str]]:
    """Return (person, the insurer's words) of every no that took effect for these people in an earlier batch."""
    query = select(BatchRow.registration_id, AnswerRow).join(BatchRow, BatchRow.id == AnswerRow.batch_row_id)
    query = query.join(AnswerFile, AnswerFile.id == AnswerRow.file_id).where(
        BatchRow.registration_id.in_(registration_ids), AnswerRow.verdict == "declined", AnswerFile.state == "applied"
    )
    return {(person, row.told["reason_text"] or "") for person, row in db.session.execute(query)}


def told_of(row: ReplyRow) -> dict[str, Any]:
    return {
        "nik": row.nik,
        "name": row.name,
        "birth_date": row.birth_date.isoformat() if row.birth_date else None,
        "status": row.status,
        "reason_text": row.reason_text,
        "kpj": row.kpj,
        "kpj_problem": row.kpj_problem or "",
        "covered_from": row.covered_from.isoformat() if row.covered_from else None,
        "covered_to": row.covered_to.isoformat() if row.covered_to else None,
    }


def verdict_of_told(told: dict[str, Any]) -> str:
    """A number makes a member. Without one the insurer's yes means that the person may become one."""
    if told["status"] == "no":
        return "unclear" if told["kpj"] else "declined"
    if told["kpj"]:
        return "accepted"
    return "eligible" if told["status"] == "yes" else "unclear"


def differences(told: dict[str, Any], entry: Registration) -> list[str]:
    differs = ["name"] if told["name"] and name_key(told["name"]) != name_key(entry.name or "") else []
    differs += ["birth_date"] if told["birth_date"] not in (None, entry.birth_date.isoformat()) else []
    return differs + (["kpj"] if told["kpj"] and entry.kpj not in (None, told["kpj"]) else [])


def _rows_by(column: Any, indexes: dict[str, list[bytes]]) -> dict[str, BatchRow]:
    """Return the newest row of a frozen batch for each value that has one, an open one before an answered one."""
    key_of = {index: value for value, blinds in indexes.items() for index in blinds}
    query = select(BatchRow, column).join(BatchRow.registration).options(contains_eager(BatchRow.registration))
    query = query.join(BatchRow.batch).where(column.in_(key_of), Batch.state == "frozen").order_by(BatchRow.made_at)
    found: dict[str, BatchRow] = {}
    for row, index in db.session.execute(query):
        before = found.get(key_of[index])
        if before is None or row.state in OPEN_ROWS or before.state not in OPEN_ROWS:
            found[key_of[index]] = row
    return found


def _suggestion(told: dict[str, Any], said: dict[str, list[tuple[int, str]]]) -> uuid.UUID | None:
    """Return the one open row with this name and birth date; none when there are several, or when the file has its NIK."""
    if not told["name"] or not told["birth_date"]:
        return None
    indexes = vault.ring.blinds("person", person_text(told["name"], told["birth_date"]))
    query = select(BatchRow).join(BatchRow.registration).options(contains_eager(BatchRow.registration))
    query = query.join(Batch, Batch.id == BatchRow.batch_id).where(Batch.state == "frozen")
    query = query.where(Registration.person_index.in_(indexes), BatchRow.state.in_(OPEN_ROWS)).limit(2)
    found = list(db.session.scalars(query))
    return found[0].id if len(found) == 1 and found[0].registration.nik not in said else None


def find_file(file_id: uuid.UUID) -> AnswerFile:
    """Raise NotFound."""
    found = db.session.get(AnswerFile, file_id, options=[defer(AnswerFile.data_sealed)])
    if found is None:
        raise NotFound()
    return found


def take_suggestions(file: AnswerFile, row_ids: Sequence[uuid.UUID]) -> None:
    """Take these rows for the people whose name and birth date they have; the first row that names somebody counts."""
    if file.state != "preview":
        raise WrongState()
    own = select(AnswerRow).where(AnswerRow.file_id == file.id).order_by(AnswerRow.row_number)
    named = set(db.session.scalars(own.with_only_columns(AnswerRow.batch_row_id).where(AnswerRow.batch_row_id.is_not(None))))
    for row in db.session.scalars(own.where(AnswerRow.id.in_(row_ids))):
        if row.verdict in OPEN_TO_SUGGESTION and row.suggested_id in named:
            row.suggested_id = None
        else:
            row.take_suggestion()
            named.add(row.batch_row_id)


def verdict_counts(file: AnswerFile) -> Counter[str]:
    query = select(AnswerRow.verdict, func.count()).where(AnswerRow.file_id == file.id).group_by(AnswerRow.verdict)
    counts = Counter({row[0]: row[1] for row in db.session.execute(query)})
    changed = select(func.count()).where(AnswerRow.file_id == file.id, AnswerRow.differs != [])
    return counts + Counter(changed=db.session.scalar(changed) or 0)


def batches_in(file: AnswerFile) -> list[Batch]:
    """Return the batches that this file speaks of."""
    query = select(Batch).where(Batch.id.in_(_batch_ids(file)))
    return list(db.session.scalars(query.order_by(Batch.budget_year, Batch.number)))


def _batch_ids(file: AnswerFile) -> Any:
    rows = select(BatchRow.batch_id).join(AnswerRow, AnswerRow.batch_row_id == BatchRow.id)
    return rows.where(AnswerRow.file_id == file.id)


def missing_from_file(file: AnswerFile, limit: int) -> list[BatchRow]:
    return list(db.session.scalars(_missing(file).order_by(BatchRow.batch_id, BatchRow.position).limit(limit)))


def _missing(file: AnswerFile) -> Any:
    """The query for the rows of those batches that still wait and that this file does not name."""
    named = select(AnswerRow.batch_row_id).where(AnswerRow.file_id == file.id, AnswerRow.batch_row_id.is_not(None))
    own = BatchRow.batch_id.in_(_batch_ids(file))
    return select(BatchRow).where(own, BatchRow.state.in_(OPEN_ROWS), BatchRow.id.not_in(named))


def missing_count(file: AnswerFile) -> int:
    return db.session.scalar(select(func.count()).select_from(_missing(file).subquery())) or 0


WITH_PERSON = joinedload(AnswerRow.batch_row).options(
    joinedload(BatchRow.registration), joinedload(BatchRow.batch).joinedload(Batch.programme)
)


@handles("apply")
def apply_file(job: Job) -> Iterator[None]:
    """Let every row take effect, all in one transaction: a fall in between leaves everything as it was."""
    file = db.session.get_one(AnswerFile, job.subject_id, with_for_update=True)
    if file.state != "confirmed":
        return
    by = db.session.get_one(Account, job.by_id)
    effective = (AnswerRow.file_id == file.id) & AnswerRow.verdict.in_(TAKES_EFFECT)
    ids = list(db.session.scalars(select(AnswerRow.id).where(effective).order_by(AnswerRow.row_number)))
    freed: set[str] = set()
    for at in range(0, len(ids), STEP):
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
        first, last = days_of_cover(told, batch_row.batch)
        entry.activate(by, told["kpj"], first, last)
    elif row.verdict == "declined":
        entry.decline(by, row.reason_code or "OTHER", told["reason_text"], frees=False)
        return entry
    return None


def days_of_cover(told: dict[str, Any], batch: Batch) -> tuple[dt.date, dt.date]:
    """Return the days that the insurer told; where it told none, those of the programme."""
    programme, frozen_on = batch.programme, local(batch.frozen_at or now()).date()
    first = told["covered_from"] and dt.date.fromisoformat(told["covered_from"])
    last = told["covered_to"] and dt.date.fromisoformat(told["covered_to"])
    return first or programme.first_month(frozen_on), last or programme.end_on


def rows_of_file(file: AnswerFile, verdict: str, after: int = 0, limit: int = 50) -> list[AnswerRow]:
    """Return rows of one verdict from a row number on. `changed` stands for all whose name or birth date differs."""
    condition = AnswerRow.differs != [] if verdict == "changed" else AnswerRow.verdict == verdict
    query = select(AnswerRow).where(AnswerRow.file_id == file.id, condition, AnswerRow.row_number > after)
    return list(db.session.scalars(query.order_by(AnswerRow.row_number).limit(limit)))
