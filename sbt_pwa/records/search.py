"""Finds registrations by what a person types: a NIK, a KPJ, a receipt code, or words of a name. Nothing is decrypted for it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, intersect, select

from ..kit.db import db
from ..kit.vault import vault
from .envelope import Envelope
from .names import name_words
from .receipt_code import CodeSlip, read_receipt_code
from .registration import Registration
from .rules import clean
from .worker import NameWord

FEW = 500
MOST_WORDS = 6


@dataclass(frozen=True)
class Found:
    """`ids` when they are few, `words` to be looked for one by one when they are many. `exact`: by NIK or code."""

    ids: tuple[uuid.UUID, ...] = ()
    words: tuple[tuple[bytes, ...], ...] = ()
    exact: bool = False

    @property
    def is_many(self) -> bool:
        return bool(self.words)

    def conditions(self) -> list[Any]:
        """What holds for a registration whose name has all the words.

        Asked of each entry as the queue is walked, so that the walk ends with the page: SQLite reads what stands in an IN
        whole, and then every entry of it (27 ms for a name that 6,000 people have, against 0.7).
        """
        its_own = NameWord.registration_id == Registration.id
        return [exists().where(NameWord.word.in_(word), its_own) for word in self.words]


def search(text: str) -> Found:
    return _by_nik(text) or _by_code(text) or _by_words(text)


def search_people(text: str) -> Any:
    """The condition for who is meant, for lists of people who may be members: a KPJ finds them too."""
    found = _by_nik(text) or _by_kpj(text) or _by_code(text) or _by_words(text)
    return and_(*found.conditions()) if found.is_many else Registration.id.in_(found.ids)


def _by_kpj(text: str) -> Found | None:
    number = re.sub(r"[\s.-]", "", text)
    if not (number.isascii() and number.isdigit()):
        return None
    same = Registration.kpj_index.in_(vault.ring.blinds("kpj", number))
    return Found(tuple(db.session.scalars(select(Registration.id).where(same).limit(FEW))), exact=True)


def _by_nik(text: str) -> Found | None:
    digits = str(clean("nik", text) or "")
    if not re.fullmatch("[0-9]{16}", digits):
        return None
    same = Registration.nik_index.in_(vault.ring.blinds("nik", digits))
    return Found(tuple(db.session.scalars(select(Registration.id).where(same).limit(FEW))), exact=True)


def _by_code(text: str) -> Found | None:
    """A long name may look like a code by chance, so it is one only when there is a record of it."""
    try:
        code = read_receipt_code(text)
    except CodeSlip:
        return None
    same = Envelope.receipt_index.in_(vault.ring.blinds("receipt", code))
    ids = db.session.scalars(select(Envelope.record_id).where(same, Envelope.kind == "create").limit(FEW))
    found = tuple(record_id for record_id in ids if record_id)
    return Found(found, exact=True) if found else None


def _by_words(text: str) -> Found:
    words = tuple(tuple(vault.ring.blinds("word", word)) for word in sorted(name_words(text))[:MOST_WORDS])
    if not words:
        return Found()
    query = _with_all(len(words), db.engine.dialect.name == "sqlite")
    ids = tuple(db.session.scalars(query.limit(FEW + 1), {f"word{i}": word for i, word in enumerate(words)}))
    return Found(ids) if len(ids) <= FEW else Found(words=words)


@cache
def _with_all(count: int, of_sqlite: bool) -> Any:
    """The query for those whose names have each of so many words: the parameters `word0`, `word1` ... tell them.

    Put together once, which else is most of its cost. SQLite is quicker with sets, PostgreSQL with a join: for a pair of common
    names 2 ms against 11 there, 2.9 against 1.7 here.
    """
    rows = [NameWord.__table__.alias() for _ in range(count)]
    has = [row.c.word.in_(bindparam(f"word{i}", expanding=True)) for i, row in enumerate(rows)]
    first, *others = rows
    if of_sqlite:
        return intersect(*(select(row.c.registration_id).where(one) for row, one in zip(rows, has, strict=True)))
    return select(first.c.registration_id).where(*has, *(row.c.registration_id == first.c.registration_id for row in others))
