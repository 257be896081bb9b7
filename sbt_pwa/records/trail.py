"""A person's trail through files: the batches that named them, and the insurer's rows about them."""

from __future__ import annotations

from sqlalchemy import select

from ..kit.db import db
from .answer import AnswerRow
from .batch import BatchRow
from .registration import Registration


def batch_rows_of(entry: Registration) -> list[BatchRow]:
    """Return the newest first."""
    return list(
        db.session.scalars(select(BatchRow).where(BatchRow.registration_id == entry.id).order_by(BatchRow.made_at.desc()))
    )


def answers_of(entry: Registration) -> list[AnswerRow]:
    """Return the newest first."""
    query = select(AnswerRow).join(BatchRow, BatchRow.id == AnswerRow.batch_row_id).where(BatchRow.registration_id == entry.id)
    return list(db.session.scalars(query.order_by(AnswerRow.made_at.desc())))
