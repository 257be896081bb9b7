"""How well the work is done: what comes back and why, how long it takes, what is doubled, which phones fall silent.

What a page asks is bounded, whatever the size of the tables: sums come from the counters, and what has to be read of events
is the newest SAMPLE of a kind in the period, by an index that holds nothing else. A file asks for the `whole` period.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, and_, case, func, select, text
from sqlalchemy.orm import aliased

from ..kit.db import db, now
from .account import Account
from .counters import OfficerCount
from .coverage import FEW
from .device import Device, DeviceUser
from .envelope import Envelope
from .event import TELLING, Event
from .queue import QueueCount
from .registration import Registration

SAMPLE = 1_000  # more would tell the same half and nine of ten
SILENT_AFTER = dt.timedelta(days=7)
LOOKED_BACK = 500  # numbers of a phone's counter in which one that never came is looked for
MOST_PHONES = 50
COMPARED = ("registered", "returned")
DOUBLED = ("same_nik", "same_person")


@dataclass(frozen=True)
class Reasons:
    """How often each reason was told in `events` moves, the most frequent first. A move may have several reasons."""

    events: int
    counts: list[tuple[str, int]]
    is_sample: bool = False

    def of(self, *codes: str) -> int:
        return sum(n for code, n in self.counts if code in codes)


@dataclass(frozen=True)
class Spell:
    """How long something took: for how many people, the median, and what nine of ten did not exceed."""

    people: int
    median: dt.timedelta | None
    p90: dt.timedelta | None


@dataclass(frozen=True)
class SentBack:
    """Of an officer's entries: registered and sent back in the weeks that were asked for."""

    officer_id: uuid.UUID
    officer: str
    registered: int
    returned: int

    @property
    def share(self) -> float | None:
        return self.returned / self.registered if self.registered >= FEW else None


@dataclass(frozen=True)
class PhoneTrouble:
    label: str
    officers: list[str]
    sent_at: dt.datetime | None  # when the newest of its records came
    contact_at: dt.datetime  # it may ask for news and send nothing
    lost: int
    is_silent: bool


def sent_back_by_officer(region: str, monday: dt.date) -> list[SentBack]:
    """Return what each officer registered and got back in a region since a Monday, the busiest first."""
    registered, returned = (func.sum(case((OfficerCount.kind == kind, OfficerCount.n), else_=0)) for kind in COMPARED)
    query = select(Account.id, Account.name, registered, returned).join(OfficerCount, OfficerCount.author_id == Account.id)
    query = query.where(OfficerCount.region_code == region, OfficerCount.kind.in_(COMPARED), OfficerCount.week >= monday)
    query = query.group_by(Account.id, Account.name)
    found = [SentBack(who, name, int(new), int(back)) for who, name, new, back in db.session.execute(query) if new or back]
    return sorted(found, key=lambda one: (-one.registered, one.officer))


def reasons_of(kind: str, since: dt.datetime, whole: bool = False) -> Reasons:
    """Count the reasons of the newest moves of this kind."""
    query = select(Event.reasons).where(*of_kind(kind, since)).order_by(Event.at.desc()).limit(None if whole else SAMPLE)
    told = list(db.session.scalars(query))
    counts = Counter(code for reasons in told for code in {reason["code"] for reason in reasons})
    return Reasons(len(told), counts.most_common(), not whole and len(told) == SAMPLE)


def of_kind(kind: str, since: dt.datetime) -> list[Any]:
    """The condition for moves of a kind. It repeats the index's own words, or SQLite would not know that the index may serve."""
    return [Event.kind == kind, Event.at >= since, text(TELLING)]


def time_to_approval(since: dt.datetime, whole: bool = False) -> Spell:
    """From saving on the phone to the first approval."""
    event = _newest("approved", since, whole)
    query = select(Registration.saved_at, event.c.at).join(event, event.c.registration_id == Registration.id)
    return _spell([(saved, at) for saved, at in db.session.execute(query)])


def time_to_number(since: dt.datetime, whole: bool = False) -> tuple[Spell, Spell]:
    """From the last approval to the first membership number, and from saving on the phone to it."""
    event = _newest("active", since, whole)
    earlier = aliased(Event)
    approved = select(func.max(earlier.seq)).where(
        earlier.registration_id == event.c.registration_id, earlier.kind == "approved", earlier.seq < event.c.seq
    )
    one = aliased(Event)
    query = select(Registration.saved_at, one.at, event.c.at).join(event, event.c.registration_id == Registration.id)
    rows = list(db.session.execute(query.join(one, one.seq == approved.scalar_subquery())))
    return _spell([(approval, at) for _saved, approval, at in rows]), _spell([(saved, at) for saved, _approval, at in rows])


def _newest(kind: str, since: dt.datetime, whole: bool) -> Subquery:
    """The newest moves to a status. Whoever came to it a second time is not counted again."""
    query = select(Event.registration_id, Event.seq, Event.at).where(*of_kind(kind, since), ~Event.is_again)
    return query.order_by(Event.at.desc()).limit(None if whole else SAMPLE).subquery()


def _spell(pairs: Sequence[tuple[dt.datetime, dt.datetime]]) -> Spell:
    """A phone's clock may run ahead of ours: less than nothing counts as nothing."""
    spans = sorted(max(end - start, dt.timedelta()) for start, end in pairs)
    return Spell(len(spans), _at(spans, 0.5), _at(spans, 0.9))


def _at(spans: Sequence[dt.timedelta], share: float) -> dt.timedelta | None:
    """Nearest rank: a time that somebody really waited."""
    return spans[math.ceil(len(spans) * share) - 1] if spans else None


def doubled_waiting() -> dict[str, int]:
    """Return how many entries wait that carry the same NIK, or name and birth date, as another one."""
    return {code: _waiting_with(code) for code in DOUBLED}


def _waiting_with(code: str) -> int:
    query = select(func.sum(QueueCount.n)).where(QueueCount.warnings.contains(f'"{code}"', autoescape=True))
    return int(db.session.scalar(query) or 0)


def phones_in_trouble(whole: bool = False) -> tuple[int, list[PhoneTrouble]]:
    """Return how many phones sent no record for a week or lack numbers, and the first of them, the longest silent in front.

    A number that never came is looked for among a phone's newest LOOKED_BACK. Who never sent is silent since the first day.
    """
    any_one = aliased(Envelope)
    highest = select(func.max(any_one.device_seq)).where(any_one.device_id == Device.id).correlate(Device).scalar_subquery()
    inside = and_(Envelope.device_id == Device.id, Envelope.device_seq > highest - LOOKED_BACK)
    came, newest = (
        select(told).where(inside).correlate(Device).scalar_subquery()
        for told in (func.count(func.distinct(Envelope.device_seq)), func.max(Envelope.received_at))
    )
    silent_before, found = now() - SILENT_AFTER, []
    for device, top, there, sent_at in db.session.execute(
        select(Device, highest, came, newest).where(Device.revoked_at.is_(None))
    ):
        lost, since = min(top or 0, LOOKED_BACK) - (there or 0), sent_at or device.made_at
        if lost > 0 or since < silent_before:
            found.append((since, device, sent_at, max(lost, 0)))
    found.sort(key=lambda one: (one[0], one[1].id))
    told = found if whole else found[:MOST_PHONES]
    users = _users([device for _since, device, *_more in told])
    rows = [
        PhoneTrouble(device.label, users.get(device.id, []), sent_at, device.contact_at, lost, since < silent_before)
        for since, device, sent_at, lost in told
    ]
    return len(found), rows


def _users(devices: Sequence[Device]) -> dict[object, list[str]]:
    query = select(DeviceUser.device_id, Account.name).join(Account, Account.id == DeviceUser.account_id).order_by(Account.name)
    users: dict[object, list[str]] = {}
    for device_id, name in db.session.execute(query.where(DeviceUser.device_id.in_([device.id for device in devices]))):
        users.setdefault(device_id, []).append(name)
    return users
