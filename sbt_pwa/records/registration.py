"""A registration: one worker on the way to cover, its state and the moves that change it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, SmallInteger, String, Uuid, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import TextList, db, index_where_given, now
from ..kit.errors import NotAllowed, NotFound, WrongInput, WrongState
from ..kit.i18n import today
from ..kit.vault import Sealed, vault
from .account import Account
from .event import ONCE, Event
from .messages import NO_REASON, OWN_ENTRY, PHOTO_ON_ITS_WAY, SAME_NIK_OPEN, TOO_LATE_TO_UNDO, UNKNOWN_REASON
from .programme import Programme
from .reference import reasons
from .region import Region
from .worker import Worker, person_text

STATUSES = ("submitted held returned approved waitlisted sent active declined refused withdrawn ended").split()
# From where a move may lead to a status. `submitted` from `returned` and `declined` is a correction.
MAY_BECOME = {
    "submitted": {"returned", "declined"},
    "held": {"returned", "declined"},
    "returned": {"submitted", "held", "approved"},  # who is approved is called back: the file needs more
    "approved": {"submitted", "held", "waitlisted"},
    "waitlisted": {"submitted", "held"},
    "sent": {"approved"},
    "active": {"sent", "active"},  # from itself: the insurer carries a member on into the programme that follows
    "declined": {"sent", "active"},  # a member whose cover had run out before the renewal was declined
    "refused": {"submitted", "held", "returned"},
    "withdrawn": {"submitted", "held", "returned", "declined", "waitlisted"},
    "ended": {"active", "approved", "waitlisted", "sent", "declined"},  # who leaves may have been no member yet
}
WAITING = "status IN ('submitted', 'held')"
STAGES = ("waitlisted", "approved", "sent", "active", "declined", "ended")  # of who was approved, as the office counts them
IN_STAGES = f"status IN {STAGES}"
ON_WAITING_LIST = "status = 'waitlisted'"
# One open entry for each NIK. A returned entry is with its officer and is looked at again when it comes back.
OPEN_STATUSES = ("submitted", "approved", "waitlisted", "sent", "active", "declined")
OPEN = f"status IN {OPEN_STATUSES}"
CORRECTABLE = ("returned", "declined")
RENEWAL_DECLINED = "renewal_declined"  # an event without a move, and the reason with which such a membership ends
RISKS = {"same_nik": 8, "author_unknown": 8, "officer_inactive": 6, "clock_off": 5, "same_person": 5, "age_young": 3}
OTHER_RISK = 1
CALM = 9  # the queue rank of an entry with nothing to look at; riskier ones have smaller ranks

# What the queue filters and counts by lies in its indexes whole, so that no row has to be read to be passed over:
# for the regency, for a district, by village and by officer.
QUEUE_ORDER = ("rank", "submitted_at", "id")
QUEUE_FILTERS = ("status", "district_code", "village_code", "author_id", "category", "warnings")
QUEUE_INDEXES: tuple[tuple[str, ...], ...] = ((), ("district_code",), ("village_code",), ("author_id",))


def queue_index(*leading: str) -> Index:
    """An index over the waiting entries only: few, whatever the size of the table."""
    columns = dict.fromkeys((*leading, *QUEUE_ORDER, *QUEUE_FILTERS))
    name = "_".join(("ix_registration_queue", *(column.removesuffix("_code").removesuffix("_id") for column in leading)))
    return Index(name, *columns, sqlite_where=text(WAITING), postgresql_where=text(WAITING))


class Registration(Worker):
    __tablename__ = "registration"
    status: Mapped[str] = mapped_column(String(12), default="submitted")
    status_at: Mapped[dt.datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    device_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    saved_at: Mapped[dt.datetime]  # the phone's clock
    submitted_at: Mapped[dt.datetime] = mapped_column(default=now)  # ours, of the newest content

    kpj_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    warnings: Mapped[list[str]] = mapped_column(TextList, default=list)  # codes
    confirmed: Mapped[list[str]] = mapped_column(JSON, default=list)  # codes that the officer looked at
    rank: Mapped[int] = mapped_column(SmallInteger, default=CALM)
    photo_sha256: Mapped[str | None] = mapped_column(String(64))  # the newest photo that was announced

    programme_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("programme.id"))
    committed_rupiah: Mapped[int | None]  # what the place costs in all; who has none, has no place
    covered_from: Mapped[dt.date | None]
    covered_to: Mapped[dt.date | None]
    kpj_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))

    programme: Mapped[Programme | None] = relationship()
    author: Mapped[Account] = relationship(foreign_keys=[author_id])
    village: Mapped[Region] = relationship()
    events: Mapped[list[Event]] = relationship(order_by=Event.seq)

    kpj = Sealed()

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        Index("uq_registration_open_nik", "nik_index", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_registration_nik_index", "nik_index"),
        index_where_given("registration", "kpj_index"),
        index_where_given("registration", "photo_sha256"),
        *(queue_index(*leading) for leading in QUEUE_INDEXES),
        Index("ix_registration_district_status", "district_code", "status", "status_at"),
        Index("ix_registration_author_id_submitted_at", "author_id", "submitted_at"),
        Index("ix_registration_made_at", "made_at", "id"),
        Index("ix_registration_programme_id_status", "programme_id", "status"),
        Index(
            "ix_registration_stage", "status", "status_at", "id", sqlite_where=text(IN_STAGES), postgresql_where=text(IN_STAGES)
        ),
        Index(
            "ix_registration_waiting_list",
            "category",
            "made_at",
            "id",
            sqlite_where=text(ON_WAITING_LIST),
            postgresql_where=text(ON_WAITING_LIST),
        ),
    )

    # ---- questions

    @property
    def is_waiting(self) -> bool:
        return self.status in ("submitted", "held")

    def is_covered_on(self, day: dt.date) -> bool:
        """Say whether a member's cover has not run out on this day."""
        return self.status == "active" and self.covered_to is not None and day <= self.covered_to

    @property
    def covering_programme(self) -> Programme | None:
        """The programme that the days of cover belong to. For many at once: `batch.covering_programmes`."""
        from .batch import covering_programmes

        return covering_programmes([self])[self.id]

    def may_be_decided_by(self, account: Account) -> bool:
        return account.role == "supervisor" and account.id != self.author_id and account.sees(self.village_code)

    def may_be_undone_by(self, account: Account, within: dt.timedelta) -> bool:
        """A supervisor may take back the own last decision while nothing has followed it."""
        last = self.last_decision
        fresh = last is not None and last.by_id == account.id and now() - last.at <= within
        return fresh and self.status in ("approved", "waitlisted", "returned", "refused")

    @property
    def last_decision(self) -> Event | None:
        """The event that led to the present status, when a person decided it."""
        last = next((event for event in reversed(self.events) if event.kind in STATUSES or event.kind == "undone"), None)
        return last if last and last.kind == self.status and last.by_id else None

    # ---- moves: each checks the state, changes it and writes its event

    def approve(self, by: Account) -> None:
        self._decide(by)
        if self.photo_sha256 and not self.has_photo:
            raise WrongState(PHOTO_ON_ITS_WAY, code="photo_on_its_way")
        if self.status == "held" and self.has_open_twin:
            raise WrongState(SAME_NIK_OPEN, code="same_nik")
        if not self.is_waiting:  # who is on the waiting list is not let past the others
            raise WrongState()
        from .places import let_in_soon, take_place

        if take_place(self):
            self._move("approved", by)
        else:
            self._move("waitlisted", by)
            let_in_soon(self, by)

    def send_back(self, by: Account, because: Sequence[str], note: str | None = None) -> None:
        self._decide(by)
        if not self.is_waiting:  # another has decided meanwhile
            raise WrongState()
        self._move("returned", by, because=checked_reasons(because, "return"), note=note)

    def call_back(self, by: Account, because: Sequence[str], note: str | None = None) -> None:
        """Send somebody who is approved back to the officer: the insurer's file needs what is not there.

        A member whom a renewal carried over stays one, and is looked at once more. `places.free_declined` and `move_up` are
        the caller's, once for all.
        """
        from .batch import is_carried_over
        from .recheck import look_again

        if self.status != "approved" and not is_carried_over(self):
            raise WrongState()
        if by.role not in ("office", "supervisor") or not by.sees(self.village_code):
            raise NotAllowed()
        reasons = checked_reasons(because, "return")
        if self.status == "approved":
            self._move("returned", by, because=reasons, note=note)
        else:
            self._note("renewal_returned", by, reasons, note)
            look_again(self, because[0])

    def complete(self, by: Account, told: dict[str, Any]) -> None:
        """Fill in what nobody had told. Raise WrongState where something stands already: that is a correction."""
        if any(getattr(self, name) is not None for name in told):
            raise WrongState()
        for name, value in told.items():
            setattr(self, name, str(value))
        self._note("completed", by, fields=sorted(told))

    def put_right(self, by: Account, told: dict[str, Any]) -> None:
        """Write anew what the insurer did not find right of a member; the cover stays as it is."""
        before = self.answers
        if changed := {name for name, value in told.items() if before[name] != value}:
            self.write_answers(before | told)
            self._note("corrected", by, fields=sorted(changed))

    def refuse(self, by: Account, because: Sequence[str], note: str | None = None) -> None:
        self._decide(by)
        self._move("refused", by, because=checked_reasons(because, "refuse"), note=note)

    def undo(self, by: Account, within: dt.timedelta) -> None:
        """Take the own decision back: the entry waits again as it did before."""
        if not self.may_be_undone_by(by, within):
            raise WrongState(TOO_LATE_TO_UNDO, code="too_late_to_undo")
        twin = self.status in ("refused", "returned") and self.has_open_twin
        self._set("held" if twin else "submitted")
        self.events.append(Event(kind="undone", by_id=by.id, reasons=[]))
        self._give_place_to_the_next()

    def withdraw(self, by_id: uuid.UUID) -> None:
        self._move("withdrawn", by_id)

    def resubmit(self, by_id: uuid.UUID, changed: Iterable[str], because: list[dict[str, Any]], held: bool) -> None:
        """Note a correction: the entry waits again, or is held with its reasons."""
        self.submitted_at = now()
        self._move("held" if held else "submitted", by_id, because=because, fields=sorted(changed))

    def mark_sent(self, by: Account | None) -> None:
        self._move("sent", by)

    def activate(self, by: Account | None, kpj: str, covered_from: dt.date, covered_to: dt.date) -> None:
        """Take the membership number and the days of cover, first and last, as the insurer told them.

        Who is a member already keeps the first day when the cover goes on; a day without it begins a time of its own.
        """
        was_member = self.kpj_index is not None  # the number stays: of thousands no history has to be read for that
        self.kpj, self.kpj_index = kpj, vault.ring.blind("kpj", kpj)
        self.covered_from, self.covered_to = self.first_day_with(covered_from), covered_to
        self._move("active", by, is_again=was_member)

    def first_day_with(self, covered_from: dt.date) -> dt.date:
        """Return the first day of cover once the insurer has told this one."""
        until = self.covered_to if self.status == "active" else None
        goes_on = until is not None and covered_from <= until + dt.timedelta(days=1)
        return self.covered_from if goes_on and self.covered_from else covered_from

    def decline(self, by: Account | None, code: str, note: str | None = None, *, frees: bool = True) -> None:
        """Take the insurer's no, with its words as a note. The place is free, or is to be freed together with others;

        `places.move_up` is the caller's, once for all. Who is a member and covered today was to be renewed: the cover runs
        to its last day, and so long the person stays active.
        """
        from .places import free_declined
        from .recheck import look_again

        reasons = checked_reasons([code], "insurer")
        if self.is_covered_on(today()):
            self._note(RENEWAL_DECLINED, by, reasons, note)
            look_again(self, code)
        else:
            self._move("declined", by, because=reasons, note=note)
        if frees:
            free_declined([self])

    def move_up(self) -> None:
        """Leave the waiting list for a place that `places.take_place` has taken."""
        self._move("approved", None)

    def end(self, by: Account | None, because: Sequence[str], on: dt.date, note: str | None = None) -> None:
        """Let somebody leave with a reason of kind `end`. The place goes to the next, with the rupiah that were not used.

        `on` is a member's last day, and never lengthens the cover; before the first day it leaves none at all. Who waits for
        cover gets no day of it, and keeps those of an earlier membership.
        """
        from .batch import end_open_row
        from .contribution_month import drop_dues_after
        from .places import give_back_after, hold_places

        hold_places(self.category)  # before the months, as everywhere, so that nobody waits crosswise
        was_member = self.status == "active"
        self._move("ended", by, because=checked_reasons(because, "end"), note=note)
        if was_member and self.covered_from and on < self.covered_from:
            on = min(on, self.covered_from.replace(day=1) - dt.timedelta(days=1))  # nor does the month of that day become due
            self.covered_from = self.covered_to = None
        elif self.covered_to or was_member:
            self.covered_to = on = min(on, self.covered_to or on)
        db.session.flush()
        end_open_row(self)
        drop_dues_after(self, on)
        give_back_after(self, on)
        self._give_place_to_the_next()

    def _give_place_to_the_next(self) -> None:
        from .places import free_place, move_up

        if free_place(self):
            db.session.flush()
            move_up(self.category)

    def _decide(self, by: Account) -> None:
        if by.id == self.author_id:
            raise NotAllowed(OWN_ENTRY, code="own_entry")
        if not self.may_be_decided_by(by):
            raise NotAllowed()

    def _move(
        self,
        to: str,
        by: Account | uuid.UUID | None,
        *,
        because: list[dict[str, Any]] | None = None,
        note: str | None = None,
        fields: list[str] | None = None,
        is_again: bool | None = None,
    ) -> None:
        if self.status not in MAY_BECOME[to]:
            raise WrongState()
        self._set(to)
        self._note(to, by, because, note, fields, is_again)

    def _note(
        self,
        kind: str,
        by: Account | uuid.UUID | None,
        because: list[dict[str, Any]] | None = None,
        note: str | None = None,
        fields: list[str] | None = None,
        is_again: bool | None = None,
    ) -> None:
        event = Event(kind=kind, by_id=by.id if isinstance(by, Account) else by, reasons=because or [], fields=fields or [])
        event.note, event.is_again = note, kind in ONCE and (self._has_been(kind) if is_again is None else is_again)
        if "events" in vars(self):
            self.events.append(event)
        else:  # thousands move together: their histories need not be read for that
            event.registration_id = self.id
            db.session.add(event)

    def _has_been(self, kind: str) -> bool:
        if "events" in vars(self):
            return any(event.kind == kind for event in self.events)
        earlier = select(Event.seq).where(Event.registration_id == self.id, Event.kind == kind)
        return db.session.scalar(earlier.limit(1)) is not None

    def _set(self, status: str) -> None:
        self.status = status
        self.status_at = now()

    # ---- neighbours

    @property
    def has_photo(self) -> bool:
        from .photo import photo_has_arrived

        return self.photo_sha256 is not None and photo_has_arrived(self.photo_sha256)

    @property
    def has_open_twin(self) -> bool:
        """Another entry with this NIK is open."""
        return self.is_open_elsewhere(self.nik)

    def is_open_elsewhere(self, nik: str) -> bool:
        same = Registration.nik_index.in_(vault.ring.blinds("nik", nik))
        query = select(Registration.id).where(same, text(OPEN), Registration.id != self.id)
        return db.session.scalar(query.limit(1)) is not None

    def likely_same(self) -> list[Registration]:
        """Return other entries with the same NIK, or the same name and birth date, newest first."""
        ring = vault.ring
        nik = Registration.nik_index.in_(ring.blinds("nik", self.nik))
        person = Registration.person_index.in_(ring.blinds("person", person_text(self.name, self.birth_date.isoformat())))
        query = select(Registration).where(nik | person, Registration.id != self.id)
        return list(db.session.scalars(query.order_by(Registration.submitted_at.desc()).limit(10)))


def rank_of(codes: Iterable[str]) -> int:
    """Return the queue rank: 1 is looked at first, 9 has nothing to look at."""
    return CALM - min(8, max((RISKS.get(code, OTHER_RISK) for code in codes), default=0))


def checked_reasons(codes: Sequence[str], kind: str) -> list[dict[str, Any]]:
    """Return [{field, code}] for the chosen codes. Raise WrongInput for none and for an unknown one."""
    if not codes:
        raise WrongInput(NO_REASON, code="reason_missing")
    known = {code: reason for code, reason in reasons().items() if reason.kind == kind}
    if any(code not in known for code in codes):
        raise WrongInput(UNKNOWN_REASON, code="reason_unknown")
    return [{"field": known[code].field, "code": code} for code in dict.fromkeys(codes)]


def registrations_seen_by(account: Account) -> Any:
    """The one scoped query: what is out of a person's region, or not the own work, does not exist for them."""
    return select(Registration).where(seen_by(account, Registration))


def find_registration(account: Account, entry_id: uuid.UUID) -> Registration:
    """Raise NotFound for what this person does not see."""
    found: Registration | None = db.session.scalar(registrations_seen_by(account).where(Registration.id == entry_id))
    if found is None:
        raise NotFound()
    return found


def seen_by(account: Account, of: Any) -> Any:
    """The condition of that query, for Registration and for what is counted or searched by the same columns."""
    return of.author_id == account.id if account.role == "officer" else lies_in(account.region_code, of)


def lies_in(code: str, of: Any) -> Any:
    """The condition for what lies in a region, whoever wrote it."""
    if len(code) == 13:
        return of.village_code == code
    if len(code) == 8:
        return of.district_code == code
    return of.district_code.startswith(code + ".", autoescape=True)
