"""Renewal: before a programme goes on, everybody in it is found again. Who is confirmed carries on, the others end.

The programme that follows begins as a draft. Closing may be done more than once: each time it carries over who is confirmed
and finds a place, and once the old programme is over it ends who was not confirmed, each after the last day of the own cover.
From the first one who is carried over, the old programme gives out no places: two people would be covered on one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Uuid, func, insert, literal, or_, select, text

from ..kit.db import db
from ..kit.errors import NotFound, WrongState
from ..kit.i18n import today
from ..kit.months import months_later
from .account import Account
from .job import Job, begin, handles, job_of
from .places import carry_over, move_up
from .profile import lacking_names, profile_of
from .programme import Allotment, Programme
from .recheck import NOT_CONFIRMED, OPEN, Recheck
from .registration import Registration, lies_in
from .rules import Circumstances, Finding, clean, problems

STEP = 200
SOON = 3  # months before the end in which a renewal is offered
# What an officer may say of somebody who was not found.
GONE = (NOT_CONFIRMED, "moved_away", "has_died", "turned_65", "found_employer", "left_the_work")
RENEWED_ALREADY = _l("The renewal of this programme has begun already.")
NO_RENEWAL = _l("The renewal of this programme has not begun yet.")
WORK_GOES_ON = _l("The closing is still going on. Wait until it is done.")
SAME = "budget_year category insurances funding agreement_no enrollment_group_no months income_base_rupiah profile_code".split()
# What a person compares with the KTP, by the field that the insurer's reason is about.
DOUBTFUL = {"nik": ["nik", "name", "birth_date"], "birth_date": ["birth_date"]}


def start_renewal(old: Programme, name: str, by: Account) -> Programme:
    """Make the next programme as a draft, and a row for everybody who is to be found again."""
    if follower_of(old):
        raise WrongState(RENEWED_ALREADY)
    facts = {one: getattr(old, one) for one in SAME}
    start = months_later(old.start_on, old.months)
    new = Programme(**facts | {"budget_year": start.year}, name=name, start_on=start, renewal_of_id=old.id, by_id=by.id)
    db.session.add(new)
    db.session.flush()
    same = [(one.region_code, one.places, one.budget_rupiah) for one in old.allotments]
    new.allotments = [Allotment(region_code=code, places=places, budget_rupiah=rupiah) for code, places, rupiah in same]
    list_members(old)
    return new


def list_members(old: Programme) -> None:
    """Put everybody on the list who is active in this programme and not on it yet."""
    there = select(Recheck.registration_id).where(Recheck.programme_id == old.id)
    people = select(literal(old.id, Uuid), Registration.id, literal("open"), literal("")).where(
        Registration.programme_id == old.id, Registration.status == "active", Registration.id.not_in(there)
    )
    names = ["programme_id", "registration_id", "state", "reason"]
    db.session.execute(insert(Recheck).from_select(names, people, include_defaults=False))


def follower_of(old: Programme) -> Programme | None:
    return db.session.scalar(select(Programme).where(Programme.renewal_of_id == old.id).limit(1))


def may_be_renewed(day: dt.date) -> list[Programme]:
    """Return the programmes that end soon, or have ended with members in them, and have no renewal yet."""
    followed = select(Programme.renewal_of_id).where(Programme.renewal_of_id.is_not(None))
    members = select(Registration.id).where(Registration.programme_id == Programme.id, Registration.status == "active")
    query = select(Programme).where(Programme.id.not_in(followed), Programme.state != "draft", members.exists())
    soon = months_later(day, SOON)
    return [one for one in db.session.scalars(query.order_by(Programme.start_on, Programme.id)) if one.end_on <= soon]


def renewals() -> list[tuple[Programme, Programme]]:
    """Return (old, new) of every renewal, the newest in front."""
    news = db.session.scalars(select(Programme).where(Programme.renewal_of_id.is_not(None)).order_by(Programme.made_at.desc()))
    return [(db.session.get_one(Programme, new.renewal_of_id), new) for new in news]


# ---- the list of people to be found again


def _open_rows() -> Any:
    """The condition for rows that still say something: their person is active and not carried over yet."""
    return (Registration.status == "active") & (Registration.programme_id == Recheck.programme_id)


def _joined(*columns: Any) -> Any:
    return select(*columns).select_from(Recheck).join(Registration, Registration.id == Recheck.registration_id)


def _within(region: str) -> Any:
    """The condition for a region, in words that no index answers: the database shall begin with the list and not with everybody
    of the region, which took it 2 s among 1,000,000 entries."""
    return func.substr(Registration.village_code, 1, len(region)) == region


def villages_to_recheck(account: Account) -> list[tuple[str, int, int]]:
    """Return (village code, people, of them still open) in this person's region."""
    is_open = func.count().filter(Recheck.state == "open")
    query = _joined(Registration.village_code, func.count(), is_open).where(_open_rows(), _within(account.region_code))
    query = query.group_by(Registration.village_code).order_by(Registration.village_code)
    return [(code, people, waiting) for code, people, waiting in db.session.execute(query)]


def count_to_recheck(account: Account, region: str) -> int:
    """Return how many people of a region, and of this person's, are still open."""
    own = _within(account.region_code) & _within(region)
    return db.session.scalar(_joined(func.count()).where(text(f"recheck.{OPEN}"), _open_rows(), own)) or 0


def people_to_recheck(account: Account, village_code: str, after: uuid.UUID | None, limit: int) -> list[Recheck]:
    """Return the rows of a village; none of one that lies in another region."""
    own = lies_in(account.region_code, Registration) & (Registration.village_code == village_code)
    query = _joined(Recheck).where(_open_rows(), own).order_by(Recheck.registration_id).limit(limit)
    return list(db.session.scalars(query.where(Recheck.registration_id > after) if after else query))


def recheck_of(account: Account, registration_id: uuid.UUID) -> Recheck:
    """Return the row of somebody in the own region. Raise NotFound; so it does when the renewal is closed for this person."""
    own = lies_in(account.region_code, Registration) & (Recheck.registration_id == registration_id)
    found = db.session.scalar(_joined(Recheck).where(_open_rows(), own).with_for_update(of=Recheck))
    if found is None:
        raise NotFound()
    return found


def missing_in(row: Recheck) -> list[str]:
    """Return the fields that the next programme's file needs of this person, when that is why somebody looks once more."""
    if row.opened_because is None or row.is_declined:
        return []
    new = follower_of(db.session.get_one(Programme, row.programme_id))
    return lacking_names(profile_of(new.profile_code), row.registration) if new else []


def doubtful_in(row: Recheck) -> list[str]:
    """Return the fields that may be typed anew from the KTP, because the insurer did not find them right."""
    reason = row.opened_because if row.is_declined else None
    return DOUBTFUL.get(reason.field or "", []) if reason else []


def fill_in(account: Account, registration_id: uuid.UUID, typed: Mapping[str, str], at: Circumstances) -> list[Finding]:
    """Write down what was missing of somebody, all of it, or what is to be put right; or return what stands against it.

    Raise NotFound.
    """
    row = recheck_of(account, registration_id)
    missing, entry = missing_in(row), row.registration
    told = {name: clean(name, typed.get(name)) for name in [*missing, *doubtful_in(row)]}
    told = {name: value for name, value in told.items() if name in missing or value not in (None, "")}
    wrong = [Finding(name, "required") for name in missing if told[name] in (None, "")]
    wrong += [one for one in problems(entry.answers | told, at) if one.field in told]
    if not wrong and "nik" in told and entry.is_open_elsewhere(told["nik"]):
        wrong = [Finding("nik", "same_nik")]
    if told and not wrong:
        (entry.complete if missing else entry.put_right)(account, told)
    return wrong


def answer_recheck(account: Account, registration_id: uuid.UUID, found: bool, because: str) -> Recheck:
    """Note that the person was found, or why not. Raise NotFound out of the own region, WrongInput without a reason."""
    row = recheck_of(account, registration_id)
    if found:
        row.confirm(account)
    else:
        row.give_up(account, because if because in GONE else "")
    return row


def recheck_counts(old: Programme) -> Counter[str]:
    """Count open, confirmed (and not carried over yet), gone, carried and ended."""
    carried = _joined(func.count()).where(Recheck.programme_id == old.id, _carried())
    ended = _joined(func.count()).where(Recheck.programme_id == old.id, Registration.status == "ended", ~_carried())
    query = _joined(Recheck.state, func.count()).where(Recheck.programme_id == old.id, _open_rows()).group_by(Recheck.state)
    told = Counter(dict(map(tuple, db.session.execute(query))))
    return told + Counter(carried=db.session.scalar(carried) or 0, ended=db.session.scalar(ended) or 0)


def _carried() -> Any:
    return Registration.programme_id != Recheck.programme_id


def districts_of_recheck(old: Programme) -> list[tuple[str, int, int, int]]:
    """Return (district code, open, confirmed, gone) of who is not carried over or ended yet."""
    counts = [func.count().filter(Recheck.state == state) for state in ("open", "confirmed", "gone")]
    query = _joined(Registration.district_code, *counts).where(Recheck.programme_id == old.id, _open_rows())
    query = query.group_by(Registration.district_code).order_by(Registration.district_code)
    return [tuple(row) for row in db.session.execute(query)]


# ---- closing


def close_renewal(old: Programme, by: Account) -> Job:
    """Put the closing on the list of work."""
    new = follower_of(old)
    if new is None:
        raise WrongState(NO_RENEWAL)
    last = job_of(new.id)
    if last and not last.is_over:
        raise WrongState(WORK_GOES_ON)
    list_members(old)
    return begin("renewal", new.id, by)


@handles("renewal")
def carry_on(job: Job) -> Iterator[None]:
    """Carry over, then end, a step at a time. Whoever was moved or ended is not met again."""
    new = db.session.get_one(Programme, job.subject_id)
    old, by = db.session.get_one(Programme, new.renewal_of_id), db.session.get_one(Account, job.by_id)
    parts = [_of(old, "confirmed"), _over(old)] if today() > old.end_on else [_of(old, "confirmed")]
    job.done_count, job.total_count = 0, db.session.scalar(_joined(func.count()).where(or_(*parts))) or 0
    for part in parts:
        last = None
        while rows := _step(part, last):
            for row in rows:
                _settle(row, old, new, by)
            last, job.done_count = rows[-1].registration_id, job.done_count + len(rows)
            yield
    if today() > old.end_on:
        old.close()
    move_up(old.category)
    yield


def _of(old: Programme, *states: str) -> Any:
    return _open_rows() & (Recheck.programme_id == old.id) & Recheck.state.in_(states)


def _over(old: Programme) -> Any:
    """The condition for who was not found again and whose cover is over: nobody ends on a day of cover that the insurer told."""
    return _of(old, "open", "gone") & (func.coalesce(Registration.covered_to, old.end_on) < today())


def covered_for_longer(old: Programme) -> tuple[int, dt.date | None]:
    """Return how many were not found again and are covered today still, and until when the last of them."""
    longer = _of(old, "open", "gone") & (Registration.covered_to >= today())
    people, until = db.session.execute(_joined(func.count(), func.max(Registration.covered_to)).where(longer)).one()
    return people, until


def _step(condition: Any, last: uuid.UUID | None) -> list[Recheck]:
    query = _joined(Recheck).where(condition).order_by(Recheck.registration_id).limit(STEP)
    query = query.with_for_update(of=(Recheck, Registration))
    return list(db.session.scalars(query.where(Recheck.registration_id > last) if last else query))


def _settle(row: Recheck, old: Programme, new: Programme, by: Account) -> None:
    entry = row.registration
    if row.state == "confirmed":
        if carry_over(entry, new):
            old.close()  # in the same transaction: the cover goes on there, so the place that is free is nobody else's
    else:
        entry.end(by, [row.ends_because], entry.covered_to or old.end_on)
