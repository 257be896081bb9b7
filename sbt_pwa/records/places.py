"""Places: an approval takes one, or waits for one. What is taken never passes a limit, whatever happens at once.

Whoever was declined or ended gives the place to the next of the waiting list; `waiting_list` tells its order. What was used of
its rupiah stays committed (`spent`). Who takes, frees or waits for places of a category, or sets their limits, does so one after
the other: `hold_places` comes first.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager

from ..kit.bulk import update_together
from ..kit.db import db, now
from ..kit.hold import hold
from ..kit.i18n import today
from .account import Account
from .contributions import cost_of_place
from .job import begin, job_of
from .programme import Allotment, Programme, open_programmes
from .registration import Registration
from .spent import keep_spent, unused_after, unused_month
from .waiting_list import next_waiting, others_come_first


def hold_places(category: str) -> None:
    """Be the only one who moves places of this category until the transaction ends."""
    hold(f"places of {category}")


def take_place(entry: Registration, day: dt.date | None = None) -> bool:
    """Take a place for this person in the first open programme that has one to give; say whether there was one.

    What is free belongs to those who came before and wait: then this person waits too.
    """
    day = day or today()
    for programme, cost in _with_room(entry, day):
        if not others_come_first(entry, programme, _limits_now(programme), day) and _take(programme, entry.village_code, cost):
            entry.programme_id, entry.committed_rupiah = programme.id, cost
            return True
    return False


def let_in_soon(entry: Registration, by: Account) -> None:
    """Put it on the list of work to let the waiting list move up, when somebody was put on it although there is room."""
    for programme, _cost in _with_room(entry, today()):
        last = job_of(programme.whole.id)
        if last is None or last.state != "waiting":
            begin("places", programme.whole.id, by)


def _with_room(entry: Registration, day: dt.date) -> Iterator[tuple[Programme, int]]:
    """Yield each open programme with room for this person, and what the place costs."""
    hold_places(entry.category)
    for programme in open_programmes(entry.category):
        cost = cost_of_place(programme, entry.occupation, day)
        over = [limit for limit in _limits_now(programme) if limit.covers(entry.village_code)]
        if cost is not None and over and all(limit.has_room_for(cost) for limit in over):
            yield programme, cost


def _limits_now(programme: Programme) -> list[Allotment]:
    query = select(Allotment).where(Allotment.programme_id == programme.id).order_by(Allotment.region_code)
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))


def take_places(entries: Sequence[Registration]) -> list[Registration]:
    """Take places for people of one category, in this order, as far as there are any; return who has one now.

    The same as `take_place` for one after the other, and each limit is held and counted once.
    """
    placed: list[Registration] = []
    for programme in open_programmes(entries[0].category) if entries else ():
        placed += _take_many(programme, [one for one in entries if one.committed_rupiah is None])
    return placed


def _take_many(programme: Programme, people: list[Registration]) -> list[Registration]:
    occupations_here = {one.occupation for one in people}
    costs = {occupation: cost_of_place(programme, occupation, today()) for occupation in occupations_here}
    limits = _held_limits(programme) if people and any(costs.values()) else []
    given: dict[Allotment, list[int]] = {limit: [] for limit in limits}
    placed = []
    for one in people:
        cost, over = costs[one.occupation], [limit for limit in limits if limit.covers(one.village_code)]
        if cost is None or any(not _has_room(limit, given[limit], cost) for limit in over):
            continue
        for limit in over:
            given[limit].append(cost)
        one.programme_id, one.committed_rupiah = programme.id, cost
        placed.append(one)
    for limit, costs_here in given.items():
        if costs_here:
            _count(limit, len(costs_here), sum(costs_here), Allotment.id == limit.id)
    return placed


def _held_limits(programme: Programme) -> list[Allotment]:
    """Return the limits as they are, held until this transaction ends: the whole first, and then what there is under it."""
    db.session.refresh(programme.whole, with_for_update=True)
    query = select(Allotment).where(Allotment.programme_id == programme.id).order_by(Allotment.region_code)
    return list(db.session.scalars(query.with_for_update(), execution_options={"populate_existing": True}))


def _has_room(limit: Allotment, given: list[int], cost: int) -> bool:
    return len(given) < limit.places_left and sum(given) + cost <= limit.rupiah_left


def carry_over(entry: Registration, programme: Programme) -> bool:
    """Move a member's place into the programme that follows, open or not yet; say whether there was one.

    The cover stays as it is until the insurer has answered.
    """
    hold_places(programme.category)
    cost = cost_of_place(programme, entry.occupation, programme.start_on - dt.timedelta(days=1))
    if cost is None or not _take(programme, entry.village_code, cost):
        return False
    free_place(entry)
    entry.programme_id, entry.committed_rupiah = programme.id, cost
    return True


def _take(programme: Programme, village_code: str, cost: int) -> bool:
    """Count one more in every limit over this village, or in none. Wider regions first, so that nobody waits crosswise."""
    if not all(limit.has_room_for(cost) for limit in _limits_over(programme, village_code)):
        return False  # as far as this transaction has seen; what decides is the statement below
    with db.session.begin_nested() as attempt:
        for allotment in _limits_in_turn(programme, village_code):
            room = (Allotment.taken < Allotment.places) & (Allotment.committed_rupiah + cost <= Allotment.budget_rupiah)
            if not _count(allotment, 1, cost, room):
                attempt.rollback()
                return False
    return True


def free_place(entry: Registration) -> Programme | None:
    """Give the place back, if there is one; return its programme. Call `move_up` when all that is freed is free."""
    programme = entry.programme if entry.committed_rupiah is not None else None
    free_places([entry])
    return programme


def free_places(entries: Iterable[Registration]) -> set[str]:
    """Give back the places of all who have one, each limit counted once; return the categories that have room now.

    Of their rupiah only those go back that were not used.
    """
    held: dict[uuid.UUID, list[Registration]] = defaultdict(list)
    for entry in entries:
        if entry.committed_rupiah is not None and entry.programme_id is not None:
            held[entry.programme_id].append(entry)
    for category in sorted({entry.category for people in held.values() for entry in people}):
        hold_places(category)
    for programme_id in sorted(held):
        people, programme = held[programme_id], db.session.get_one(Programme, programme_id)
        stays = keep_spent(programme, people)
        for limit in _limits_in_turn(programme, *{one.village_code for one in people}):
            rupiah = [(one.committed_rupiah or 0) - stays[one.id] for one in people if limit.covers(one.village_code)]
            _count(limit, -len(rupiah), -sum(rupiah), Allotment.taken >= len(rupiah))
        for one in people:
            one.committed_rupiah = None
    return {one.category for people in held.values() for one in people}


def give_back_after(entry: Registration, on: dt.date) -> None:
    """Give back what stays spent for who left a place before, as far as the cover was made shorter since."""
    for programme, village_code, rupiah in unused_after(entry, on):
        _give_back(programme, village_code, rupiah)


def give_back_month(programme: Programme, month: dt.date, ids: Sequence[uuid.UUID]) -> None:
    """Give back what stays spent of a month that these people were not covered in. Call `move_up` when all is given back."""
    hold_places(programme.category)
    for village_code, rupiah in unused_month(programme, month, ids).items():
        _give_back(programme, village_code, rupiah)


def _give_back(programme: Programme, village_code: str, rupiah: int) -> None:
    hold_places(programme.category)
    db.session.flush()
    for limit in _limits_in_turn(programme, village_code):
        _count(limit, 0, -rupiah, Allotment.committed_rupiah >= rupiah)


def free_declined(entries: Sequence[Registration]) -> set[str]:
    """Give back the places of people whom the insurer declined; return the categories that have room now.

    Members whose cover goes on stand in the programme that covers them again.
    """
    from .batch import covering_programmes

    freed = free_places(entries)
    members = [entry for entry in entries if entry.status == "active"]
    programmes = covering_programmes(members)
    for entry in members:
        if programme := programmes[entry.id]:
            entry.programme_id = programme.id
    return freed


def _limits_in_turn(programme: Programme, *village_codes: str) -> Iterator[Allotment]:
    """Yield the limit of the whole, and once its row is held by being counted, the narrower ones as they are then.

    Who sets limits holds that row first too: a limit that was made or taken away in between would else go uncounted.
    """
    yield programme.whole
    db.session.expire(programme, ["allotments"])
    yield from _limits_over(programme, *village_codes)[1:]


def _limits_over(programme: Programme, *village_codes: str) -> list[Allotment]:
    return sorted((a for a in programme.allotments if any(map(a.covers, village_codes))), key=lambda a: a.region_code)


def _count(allotment: Allotment, people: int, rupiah: int, condition: object) -> bool:
    counted = (
        update(Allotment)
        .where(Allotment.id == allotment.id, condition)  # type: ignore[arg-type]
        .values(taken=Allotment.taken + people, committed_rupiah=Allotment.committed_rupiah + rupiah, changed_at=now())
        .execution_options(synchronize_session=False)
    )
    counted_rows = db.session.execute(counted).rowcount  # type: ignore[attr-defined]
    db.session.expire(allotment, ["taken", "committed_rupiah"])
    return bool(counted_rows)


def move_up(category: str) -> int:
    """Give the places that are free to the waiting list, in its order; return how many moved up."""
    return sum(moving_up(category))


def moving_up(category: str) -> Iterator[int]:
    """The same step by step: yield after each how many have moved up in it."""
    last = None
    hold_places(category)
    while places_left(category) and (rows := next_waiting(category, last)):
        last = (rows[-1].made_at, rows[-1].id)
        with db.session.no_autoflush:  # all of a step are written together
            placed = take_places(rows)
            for entry in placed:
                entry.move_up()
            update_together(placed)
        db.session.flush()
        yield len(placed)
        hold_places(category)  # the steps may be transactions of their own


def places_left(category: str) -> int:
    """Return how many places the open programmes of this category have in all."""
    return sum(max(programme.whole.places_left, 0) for programme in open_programmes(category))


def left_for(account: Account, category: str = "") -> list[Allotment]:
    """Return the limits of open programmes that hold in this person's region, widest first (of one category, if told)."""
    query = select(Allotment).join(Programme).where(Programme.state == "open").options(contains_eager(Allotment.programme))
    if category:
        query = query.where(Programme.category == category)
    found = db.session.scalars(query.order_by(Programme.start_on, Programme.id, Allotment.region_code))
    return [limit for limit in found if limit.covers(account.region_code) or account.sees(limit.region_code)]
