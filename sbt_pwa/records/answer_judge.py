"""What each row of the insurer's file means here: whom it speaks of, what it says, and what has to be asked of a person."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager

from ..kit.db import db
from ..kit.errors import AppError, WrongState
from ..kit.spreadsheets import read_table
from ..kit.vault import vault
from .account import Account
from .answer import TAKES_EFFECT, AnswerFile, AnswerRow, verdict_of_told
from .batch import OPEN_ROWS, Batch, BatchRow
from .cover_days import days_problem
from .job import Job, begin, handles
from .messages import FILE_WAS_APPLIED
from .names import name_key
from .registration import Registration
from .reply import ReplyRow, read_reply
from .worker import person_text

STEP = 200


def take_file(data: bytes, file_name: str, by: Account) -> AnswerFile:
    """Keep the file as it came and put its reading on the list.

    Raise WrongState when this very file was applied before, unless it left somebody to be decided about.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    query = select(AnswerFile).where(AnswerFile.sha256 == sha256, AnswerFile.state == "applied")
    before = db.session.scalar(query.order_by(AnswerFile.applied_at.desc()).limit(1))
    if before and not AnswerRow.undecided_in(before):
        raise WrongState(FILE_WAS_APPLIED)
    file = AnswerFile(sha256=sha256, by_id=by.id)
    file.file_name, file.data = file_name[-120:], base64.b64encode(data).decode()
    db.session.add(file)
    db.session.flush()
    begin("answer", file.id, by)
    return file


def may_read_again(job: Job, _by: Account) -> bool:
    """What could not be read says the same when it is read again; only a reading that broke off is worth it."""
    return db.session.get_one(AnswerFile, job.subject_id).state == "reading"


@handles("answer", may_read_again)
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
    if match and (doubt := _doubt(judged.verdict, told, match, before)):
        judged.verdict, judged.problem, judged.batch_row_id, judged.suggested_id = "unclear", doubt, None, match.id
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


def _doubt(verdict: str, told: dict[str, Any], match: BatchRow, before: set[tuple[uuid.UUID, str]]) -> str:
    """Say why a row that would take effect needs a person's eye: days that cannot be, or old news; empty when it needs none."""
    if verdict not in TAKES_EFFECT:
        return ""
    doubt = days_problem(told, match.batch, match.registration) if verdict == "accepted" else ""
    return doubt or _is_old_news(verdict, told, match.registration, before)


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
        "unread": list(row.unread or ()),
    }


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
