"""The supervisor's queue: riskiest first, then oldest. Filters, pages by key, counts, and what comes next."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Integer, SmallInteger, String, Uuid, cast, func, literal, select, text, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.among import among
from ..kit.db import Base, UtcDateTime, db
from ..kit.errors import WrongInput
from ..kit.i18n import today
from .account import Account
from .coverage import late_before
from .entry_line import SHOWN, Line
from .envelope import UNSETTLED, Envelope
from .messages import UNKNOWN_FILTER
from .photo import Photo
from .reference import CATEGORIES
from .region import covers, known_regions
from .registration import CALM, QUEUE_FILTERS, QUEUE_ORDER, WAITING, Registration, rank_of, seen_by
from .search import FEW, Found, search

PAGE = 30
DECIDED = ("returned", "approved", "waitlisted", "refused")
STATES = ("waiting", "submitted", "held", *DECIDED)
WARNINGS = tuple(
    "same_nik author_unknown officer_inactive clock_off same_person age_young nik_birth_date_differs nik_sex_differs "
    "nik_other_region nik_unknown_region nik_no_date nik_serial_zero age_near_limit birth_place_wanted mother_name_wanted".split()
)
VILLAGE = 13  # characters of a village's code
LONGEST_TEXT = 100
FARTHEST = 1000  # places that are counted one by one
KEY = re.compile("([0-9]{1,2})-([0-9]{1,17})-([0-9a-f]{32})")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
OFFICERS = select(Account.id, Account.username, Account.name, Account.region_code).where(Account.role == "officer")
OFFICERS = OFFICERS.order_by(Account.name)
LINES = select(*(getattr(Registration, name) for name in SHOWN))
# The few that a search found, picked by id before anything else is asked: SQLite would rather walk the whole region.
PICKED_COLUMNS = (getattr(Registration, name) for name in ("status_at", *QUEUE_ORDER, *QUEUE_FILTERS))
PICKED = select(*PICKED_COLUMNS).where(among(Registration.id, "picked")).limit(FEW).subquery().c


class QueueCount(Base):
    """How many entries wait, by all that the queue filters by. The database keeps it (triggers of migrations 0002 and 0010)."""

    __tablename__ = "queue_count"
    district_code: Mapped[str] = mapped_column(String(8), primary_key=True)
    village_code: Mapped[str] = mapped_column(String(13), primary_key=True)
    author_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    status: Mapped[str] = mapped_column(String(12), primary_key=True)
    warnings: Mapped[str] = mapped_column(String, primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)
    __table_args__ = {"sqlite_with_rowid": False}


@dataclass(frozen=True)
class Filters:
    """What a supervisor chose; `officer` is a user name, `late` says that only what stands still for too long is meant."""

    state: str = "waiting"
    village: str = ""
    officer: str = ""
    warning: str = ""
    category: str = ""
    late: str = ""
    text: str = ""

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> Filters:
        """Raise WrongInput for a choice that no list offers."""
        told = {f.name: chosen.get(f.name, "").replace("\0", "").strip()[:LONGEST_TEXT] for f in fields(cls)}
        filters = cls(**told | {"state": told["state"] or "waiting"})
        offered = {"state": STATES, "warning": ("", *WARNINGS), "category": ("", *CATEGORIES), "late": ("", "yes")}
        if any(getattr(filters, name) not in values for name, values in offered.items()):
            raise WrongInput(UNKNOWN_FILTER)
        return filters

    @property
    def told(self) -> dict[str, str]:
        """What an address has to carry."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value and (name, value) != ("state", "waiting")}

    @property
    def is_decided(self) -> bool:
        return self.state in DECIDED


@dataclass(frozen=True)
class Key:
    """A place in the queue. It stays a place when its entry has moved on."""

    rank: int
    at: dt.datetime
    id: uuid.UUID

    @classmethod
    def read(cls, told: str | None) -> Key | None:
        """Raise WrongInput for what is no key."""
        if not told:
            return None
        match = KEY.fullmatch(told)
        if not match:
            raise WrongInput(UNKNOWN_FILTER)
        return cls(int(match[1]), EPOCH + int(match[2]) * MICROSECOND, uuid.UUID(match[3]))

    def __str__(self) -> str:
        return f"{self.rank}-{(self.at - EPOCH) // MICROSECOND}-{self.id.hex}"


@dataclass(frozen=True)
class Page:
    entries: list[Line]
    before: Key | None = None
    after: Key | None = None


class Queue:
    """The queue of one supervisor under some filters."""

    def __init__(self, account: Account, filters: Filters | None = None):
        self.account = account
        self.filters = filters or Filters()
        self.author_id = _officer_id(self.filters.officer)
        if self.filters.village and not account.sees(self.filters.village):
            raise WrongInput(UNKNOWN_FILTER)

    @cached_property
    def found(self) -> Found | None:
        return search(self.filters.text) if self.filters.text else None

    def key_of(self, entry: Line | Registration) -> Key:
        return Key(0, entry.status_at, entry.id) if self.filters.is_decided else Key(entry.rank, entry.submitted_at, entry.id)

    def page(self, after: Key | None = None, before: Key | None = None, size: int = PAGE) -> Page:
        """Return the entries after or before a place; no page is slower for lying deep."""
        backwards = before is not None
        walked = self._lines(before or after, backwards, size + 1)
        more, entries = len(walked) > size, walked[:size]
        if not entries:
            return Page([])
        if backwards:
            entries.reverse()
        first, last = self.key_of(entries[0]), self.key_of(entries[-1])
        has_before = more if backwards else after is not None
        has_after = True if backwards else more
        return Page(entries, first if has_before else None, last if has_after else None)

    def after(self, entry: Registration) -> Line | None:
        """Return the next entry that this supervisor may decide, or the first of all when this was the last."""
        for place in (self.key_of(entry), None):
            for other in self.page(after=place, size=5).entries:
                if other.is_waiting and other.id != entry.id and other.author_id != self.account.id:
                    return other
        return None

    def around(self, entry: Registration) -> list[Line | Registration]:
        """Return the entry with a few before and after it, as the list beside it shows them."""
        key = self.key_of(entry)
        earlier = self._lines(key, True, 3)[::-1]
        return [*earlier, entry, *self._lines(key, False, 12 - len(earlier))]

    def place(self, entry: Registration) -> int | None:
        """Return the entry's number in the queue; None far down, where nobody asks."""
        ahead_of_it = self._walk(self.key_of(entry), True, FARTHEST).subquery()
        ahead = db.session.scalar(select(func.count()).select_from(ahead_of_it), self._picked) or 0
        return ahead + 1 if ahead < FARTHEST else None

    def counts(self) -> dict[str, int] | None:
        """Return how many entries there are by status under the filters, or None where that is not counted."""
        if self.found or self.filters.is_decided:
            return None
        if self.filters.late:  # the counts know no days, and what waits for so long is little
            query = self._query().with_only_columns(Registration.status, func.count().label("n")).group_by(Registration.status)
            rows = db.session.execute(query).all()
        else:
            rows = self._counted
        counts = {"submitted": 0, "held": 0}
        for row in rows:
            counts[row.status] += int(row.n)
        return counts

    @cached_property
    def found_count(self) -> int | None:
        """How many entries a search found under the filters; None when nothing was searched or many are found.

        The first page tells it besides; only who begins elsewhere has to ask.
        """
        if self._of is not PICKED:
            return None
        return db.session.scalar(self._query().with_only_columns(func.count(self._of.id)), self._picked)

    # ---- the query

    @cached_property
    def _counted(self) -> Sequence[Any]:
        """What the database counted: status, `n`, and where a warning was chosen all the warnings of those entries."""
        kinds = [QueueCount.status, *([QueueCount.warnings] if self.filters.warning else [])]
        query = select(*kinds, func.sum(QueueCount.n).label("n")).group_by(*kinds)
        return db.session.execute(query.where(seen_by(self.account, QueueCount), *self._chosen(QueueCount))).all()

    @cached_property
    def _of(self) -> Any:
        """Registration, or the few that a search found: those are picked by id before anything else is asked of them."""
        return Registration if self.found is None or self.found.is_many else PICKED

    def _query(self) -> Any:
        of = self._of
        query = select(of.id).where(seen_by(self.account, of), *self._chosen(of))
        if self.found and self.found.exact and self.filters.state == "waiting":
            return query  # whoever asks for a NIK or a code wants to know where it stands, wherever that is
        if self.filters.is_decided:
            query = query.where(of.status == self.filters.state)
        else:
            # The literal words of the partial indexes, so that both databases know they may use them.
            query = query.where(
                of.status.in_(("submitted", "held")) if of is not Registration else text(f"registration.{WAITING}")
            )
            if self.filters.state != "waiting":
                query = query.where(of.status == self.filters.state)
        return query.where(*self.found.conditions()) if self.found and self.found.is_many else query

    def _chosen(self, of: Any) -> list[Any]:
        chosen = self.filters
        conditions = []
        if chosen.village:
            conditions.append(of.village_code == chosen.village)
        if chosen.officer:
            conditions.append(of.author_id == self.author_id)
        if chosen.category:
            conditions.append(of.category == chosen.category)
        if chosen.late:
            conditions.append(of.status_at < late_before(today()))
        if chosen.warning and of is Registration and not chosen.is_decided:
            # Which warnings come together is known from the counts, and with them where in the queue such entries stand:
            # what is riskier needs not be walked through, 3 ms among 100,000.
            texts = {row.warnings for row in self._counted if row.n}
            ranks = [rank_of(json.loads(told)) for told in texts]
            conditions.append(cast(of.warnings, String).in_(sorted(texts)))
            conditions.append(of.rank.between(min(ranks, default=CALM), max(ranks, default=CALM)))
        elif chosen.warning:
            conditions.append(cast(of.warnings, String).like(f'%"{chosen.warning}"%'))
        return conditions

    @property
    def _picked(self) -> dict[str, Any]:
        """What the statements about the few have to be told."""
        return {"picked": self.found.ids} if self._of is PICKED and self.found else {}

    def _place(self, at: Any) -> tuple[Any, ...]:
        return (at.status_at, at.id) if self.filters.is_decided else (at.rank, at.submitted_at, at.id)

    def _order(self, of: Any, backwards: bool) -> list[Any]:
        columns = self._place(of)
        return [column.desc() for column in columns] if self.filters.is_decided != backwards else list(columns)

    def _walk(self, key: Key | None, backwards: bool, most: int) -> Any:
        """The query for up to `most` ids before or after a place, from the place outwards."""
        query = self._query()
        if key:
            values = [literal(key.at, UtcDateTime), literal(key.id, Uuid)]
            place = tuple_(*(values if self.filters.is_decided else [literal(key.rank, SmallInteger), *values]))
            columns = tuple_(*self._place(self._of))
            query = query.where(columns < place if self.filters.is_decided != backwards else columns > place)
        return query.order_by(*self._order(self._of, backwards)).limit(most)

    def _lines(self, key: Key | None, backwards: bool, most: int) -> list[Line]:
        """Read the rows that the scoped query names, from the place outwards."""
        walk, order = self._walk(key, backwards, most), self._order(Registration, backwards)
        if self._of is not PICKED or key:
            query = LINES.where(Registration.id.in_(walk)).order_by(*order)
            return [Line(*row) for row in db.session.execute(query, self._picked)]
        walked = walk.add_columns(func.count().over().label("found")).subquery()
        query = LINES.add_columns(walked.c.found).join(walked, walked.c.id == Registration.id).order_by(*order)
        rows = db.session.execute(query, self._picked).all()
        self.found_count = rows[0].found if rows else 0
        return [Line(*row[:-1]) for row in rows]


def is_clean(entry: Line | Registration) -> bool:
    """Nothing to look at: such entries may be approved together."""
    return entry.rank == CALM and entry.status == "submitted"


def officers() -> Sequence[Any]:
    """Return id, user name, name and region code of every officer, by name."""
    return db.session.execute(OFFICERS).all()


def officers_of(account: Account, known: Sequence[Any] | None = None) -> list[tuple[uuid.UUID, str, str]]:
    """Return (id, user name, name) of the officers who work in or around a supervisor's region, by name."""
    code, rows = account.region_code, officers() if known is None else known
    return [(one, user, name) for one, user, name, region in rows if covers(code, region) or covers(region, code)]


def villages_of(account: Account) -> list[tuple[str, str]]:
    """Return (code, name) of the villages of a supervisor's region, by name."""
    code = account.region_code
    inside = [(other, name) for other, name in known_regions().items() if len(other) == VILLAGE and covers(code, other)]
    return sorted(inside, key=itemgetter(1))


def names_of_authors(
    entries: Sequence[Line | Registration], known: Mapping[uuid.UUID, str] | None = None
) -> dict[uuid.UUID, str]:
    """Return the name by id of who registered these; only those who are not known already are asked for."""
    names = dict(known or {})
    missing = {entry.author_id for entry in entries} - names.keys()
    if missing:
        query = select(Account.id, Account.name).where(Account.id.in_(missing))
        names |= {row.id: row.name for row in db.session.execute(query)}
    return names


def _officer_id(username: str) -> uuid.UUID | None:
    return db.session.scalar(select(Account.id).where(Account.username == username)) if username else None


def photo_states(names: Sequence[str]) -> dict[str | None, str]:
    """Return the state of each photo that has begun to arrive."""
    query = select(Photo.sha256, Photo.state).where(Photo.sha256.in_(names))
    return dict(db.session.execute(query).all()) if names else {}


def set_aside_count(author_ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, int]]:
    """Return how many records of each officer lie with the office because they could not become entries."""
    count = func.count()
    aside = select(Envelope.author_id, count).where(text(f"envelope.{UNSETTLED}"), Envelope.author_id.in_(author_ids))
    return [(author, n) for author, n in db.session.execute(aside.group_by(Envelope.author_id).order_by(count.desc())) if author]
