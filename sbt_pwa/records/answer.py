"""The insurer's answers: a file is read into rows, each row is judged (`answer_judge`), a second person confirms, and all
takes effect at once (`answer_effect`)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, func, select, tuple_
from sqlalchemy.orm import Mapped, defer, mapped_column, relationship

from ..kit.db import Record, TextList, db, now
from ..kit.errors import NotAllowed, NotFound, WrongState
from ..kit.vault import Sealed
from .account import Account
from .batch import OPEN_ROWS, Batch, BatchRow
from .cover_days import BY_PROGRAMME, Days, days_of_cover, days_problem, may_have_programme_days
from .cover_days import PROBLEMS as DAYS_PROBLEMS
from .messages import SECOND_PERSON, TICKED_YOURSELF

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
        """Note who confirms it. Raise NotAllowed for who brought or ticked it, WrongState when it is no preview any more."""
        db.session.refresh(self, ["state"], with_for_update=True)
        if not self.may_be_confirmed_by(by):
            raise NotAllowed(SECOND_PERSON if by.id == self.by_id else TICKED_YOURSELF, code="own_file")
        self._leave("preview", "confirmed")
        self.confirmed_by_id = by.id

    def may_be_confirmed_by(self, account: Account) -> bool:
        """Neither who brought it nor who ticked one of its rows: what one person believed, another one looks at."""
        return account.id != self.by_id and account.id not in {one.id for one in self.tickers}

    @property
    def tickers(self) -> list[Account]:
        """Who took rows for people, by name."""
        own = select(AnswerRow.ticked_by_id).where(AnswerRow.file_id == self.id)
        return list(db.session.scalars(select(Account).where(Account.id.in_(own)).order_by(Account.name, Account.id)))

    def drop(self, *, has_failed: bool = False) -> None:
        """Let nothing of it take effect. Raise WrongState for what is neither a preview nor a file whose work has failed."""
        self._leave(self.state if has_failed else "preview", "dropped")

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
    ticked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))  # who took it for this person
    ticked_at: Mapped[dt.datetime | None]

    content = Sealed()  # JSON
    file: Mapped[AnswerFile] = relationship()
    batch_row: Mapped[BatchRow | None] = relationship(foreign_keys=[batch_row_id])
    suggested: Mapped[BatchRow | None] = relationship(foreign_keys=[suggested_id])
    ticked_by: Mapped[Account | None] = relationship(foreign_keys=[ticked_by_id])
    __table_args__ = (Index("ix_answer_row_file_id_verdict", "file_id", "verdict", "row_number"),)

    @property
    def told(self) -> dict[str, Any]:
        """What the file says: nik, name, birth_date, kpj, reason_text, covered_from, covered_to (ISO days)."""
        return json.loads(self.content or "{}")

    def take_suggestion(self, by: Account) -> None:
        """Believe that the row means the person whose name and birth date it has, that it is no old answer, or that the

        programme's days hold instead of those told. A name that is believed still leaves the days to be looked at.
        """
        if self.verdict not in OPEN_TO_SUGGESTION or self.suggested is None:
            raise WrongState()
        self.ticked_by_id, self.ticked_at = by.id, now()
        meant, verdict = self.suggested, verdict_of_told(self.told)
        doubt = days_problem(self.told, meant.batch, meant.registration) if verdict == "accepted" else ""
        if doubt and self.problem not in DAYS_PROBLEMS:
            self.verdict, self.problem = "unclear", doubt
            return
        if doubt and not may_have_programme_days(meant.batch):
            raise WrongState()
        by_hand = "" if self.verdict == "unclear" else "by_name"
        self.batch_row_id, self.verdict, self.problem = meant.id, verdict, BY_PROGRAMME if doubt else by_hand

    @property
    def days(self) -> Days | None:
        """The days of cover that this row leads to, should it take effect as it stands."""
        if self.verdict != "accepted" or self.batch_row is None:
            return None
        first, last = days_of_cover(self.told, self.batch_row.batch, self.problem)
        return self.batch_row.registration.first_day_with(first), last

    @classmethod
    def undecided_in(cls, file: AnswerFile) -> int:
        """Return how many rows of a file seem to speak of somebody who waits for an answer still, and nobody has said so."""
        query = select(func.count()).select_from(cls).join(BatchRow, BatchRow.id == cls.suggested_id)
        query = query.where(cls.file_id == file.id, cls.verdict.in_(OPEN_TO_SUGGESTION), BatchRow.state.in_(OPEN_ROWS))
        return db.session.scalar(query) or 0


def verdict_of_told(told: dict[str, Any]) -> str:
    """A number makes a member. Without one the insurer's yes means that the person may become one."""
    if told["status"] == "no":
        return "unclear" if told["kpj"] else "declined"
    if told["kpj"]:
        return "accepted"
    return "eligible" if told["status"] == "yes" else "unclear"


def find_file(file_id: uuid.UUID) -> AnswerFile:
    """Raise NotFound."""
    found = db.session.get(AnswerFile, file_id, options=[defer(AnswerFile.data_sealed)])
    if found is None:
        raise NotFound()
    return found


def take_suggestions(file: AnswerFile, row_ids: Sequence[uuid.UUID], by: Account) -> None:
    """Take these rows for the people whose name and birth date they have; the first row that names somebody counts.

    The file is held meanwhile: who ticks may not be confirming it at the same moment.
    """
    db.session.refresh(file, ["state"], with_for_update=True)
    if file.state != "preview":
        raise WrongState()
    own = select(AnswerRow).where(AnswerRow.file_id == file.id).order_by(AnswerRow.row_number)
    named = set(db.session.scalars(own.with_only_columns(AnswerRow.batch_row_id).where(AnswerRow.batch_row_id.is_not(None))))
    for row in db.session.scalars(own.where(AnswerRow.id.in_(row_ids))):
        if row.verdict in OPEN_TO_SUGGESTION and row.suggested_id in named:
            row.suggested_id = None
        else:
            row.take_suggestion(by)
            named |= {row.batch_row_id} - {None}


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


def missing_from_file(file: AnswerFile, limit: int, after: uuid.UUID | None = None) -> list[BatchRow]:
    """Return who is missing, from behind a row of a batch on. Raise NotFound for what is no row."""
    query = _missing(file)
    if after:
        last = db.session.get(BatchRow, after)
        if last is None:
            raise NotFound()
        query = query.where(tuple_(BatchRow.batch_id, BatchRow.position) > (last.batch_id, last.position))
    return list(db.session.scalars(query.order_by(BatchRow.batch_id, BatchRow.position).limit(limit)))


def _missing(file: AnswerFile) -> Any:
    """The query for the rows of those batches that still wait and that this file does not name."""
    named = select(AnswerRow.batch_row_id).where(AnswerRow.file_id == file.id, AnswerRow.batch_row_id.is_not(None))
    own = BatchRow.batch_id.in_(_batch_ids(file))
    return select(BatchRow).where(own, BatchRow.state.in_(OPEN_ROWS), BatchRow.id.not_in(named))


def missing_count(file: AnswerFile) -> int:
    return db.session.scalar(select(func.count()).select_from(_missing(file).subquery())) or 0


def rows_of_file(file: AnswerFile, verdict: str, after: int = 0, limit: int = 50) -> list[AnswerRow]:
    """Return rows of one verdict from a row number on. `changed` stands for all whose name or birth date differs."""
    condition = AnswerRow.differs != [] if verdict == "changed" else AnswerRow.verdict == verdict
    query = select(AnswerRow).where(AnswerRow.file_id == file.id, condition, AnswerRow.row_number > after)
    return list(db.session.scalars(query.order_by(AnswerRow.row_number).limit(limit)))
