"""How far a region has come: read from the counters only, so that it costs the same with 300 and 1,000,000 entries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import case, func, select

from ..kit.db import db
from ..kit.i18n import midnight
from .account import Account
from .counters import CoverageCount, FlowCount, OfficerCount, PortraitCount, StandingCount
from .payment import Payment
from .programme import Allotment, Programme
from .region import covers, known_regions, level_of
from .spent import spent_by_village, spent_in
from .target import Targets

ON_THE_WAY = ("submitted", "held", "returned", "approved", "waitlisted", "sent", "declined")
WHO_ACTS = {
    "submitted": "supervisor", "held": "supervisor", "returned": "officer", "declined": "officer",
    "approved": "office", "waitlisted": "office", "sent": "insurer",
}  # fmt: skip
STUCK_AFTER = dt.timedelta(days=7)
FEW = 20  # of fewer people no share is told, and they are not ranked
AGES = ((0, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 200))
COUNTED_AS = {"occupation": "occupation", "sex": "born", "age": "born"}  # what is told of people: the kind of its counter
HAPPENED = ("registered", "returned", "approved", "active", "ended")  # what is told of a week
WORK = ("registered", "returned", "active")  # what is told of an officer
LEVEL_BELOW = {5: 8, 8: 13}  # characters of a code


@dataclass(frozen=True)
class Choice:
    """What is looked at: a region in a year, of one category or programme or of all, over some weeks back."""

    region: str
    year: int
    weeks: int = 8
    category: str = ""
    programme_id: uuid.UUID | None = None


@dataclass
class Figures:
    """One region, counted. `covered`: members whose cover runs today; `later`: it has not begun; `run_out`: it is over.

    Like is compared with like: `aimed` counts only those whom the target counts, people of the categories and places for which
    a number was set. A number lacks who is not covered of it, and what is over in one place or category fills no other. So
    what a region lacks is the sum of what is lacking below, unless it has a number of its own: then it is the rest of that one.
    """

    code: str
    name: str = ""
    target: int | None = None
    missing: int | None = None
    aimed: Counter[str] = field(default_factory=Counter)  # the same keys as `counts`
    counts: Counter[str] = field(default_factory=Counter)
    old: Counter[str] = field(default_factory=Counter)  # by status: standing there for more than STUCK_AFTER
    rupiah: int = 0

    @property
    def covered(self) -> int:
        return self.counts["covered"]

    @property
    def members(self) -> int:
        """Whenever their cover runs."""
        return self.counts["covered"] + self.counts["later"] + self.counts["run_out"]

    @property
    def reached(self) -> int:
        """Covered of those whom the target counts."""
        return self.aimed["covered"]

    @property
    def beside_target(self) -> int:
        """Covered, and of a category or place for which nobody set a target."""
        return 0 if self.target is None else self.covered - self.reached

    @property
    def above(self) -> int:
        """Covered over what was aimed at in their own place and category."""
        return 0 if self.target is None else self.reached + (self.missing or 0) - self.target

    @property
    def on_the_way(self) -> int:
        """Registered, and no member yet."""
        return on_the_way_in(self.counts)

    @property
    def parts(self) -> tuple[int, int, int]:
        """Of the target: covered, on the way, and members whose cover does not run today."""
        return self.reached, on_the_way_in(self.aimed), self.aimed["later"] + self.aimed["run_out"]

    @property
    def stuck(self) -> int:
        return sum(self.old.values())

    @property
    def is_few(self) -> bool:
        """Too few people to say anything by a share."""
        return (self.covered + self.on_the_way if self.target is None else self.target) < FEW

    @property
    def share(self) -> float | None:
        """Covered of the target, 0 to 1 and above; None without a target and for a handful of people."""
        return None if not self.target or self.is_few else self.reached / self.target


def ranked(places: Iterable[Figures], by: Callable[[Figures], int]) -> list[Figures]:
    """Sort by a number, the greatest in front. Places with a handful of people are not ranked: they follow by name."""
    return sorted(places, key=lambda place: (place.is_few, 0 if place.is_few else -by(place), place.name))


def on_the_way_in(counts: Counter[str]) -> int:
    return sum(counts[status] for status in ON_THE_WAY)


@dataclass(frozen=True)
class Money:
    """Rupiah. `paid` is None where nobody can say: payments are made for a whole programme."""

    budget: int | None
    committed: int
    paid: int | None = None
    elsewhere: int = 0  # committed here by programmes that have no limit here, and so not against this budget

    @property
    def free(self) -> int | None:
        """What is in the budget and promised to nobody."""
        return None if self.budget is None else self.budget - self.committed

    @property
    def unspent(self) -> int | None:
        """What is in the budget and not paid out."""
        return None if self.budget is None or self.paid is None else self.budget - self.paid


@dataclass(frozen=True)
class Stuck:
    """A stage on the way: who acts next, how many stand there, how many of them for too long, and where most of those."""

    status: str
    who: str
    now: int
    old: int
    most_in: str


@dataclass(frozen=True)
class OfficerWork:
    id: uuid.UUID
    username: str
    name: str
    region_code: str
    counts: Counter[str]  # by kind, in the weeks chosen
    this_week: int  # registered

    @property
    def returned_share(self) -> float | None:
        return self.counts["returned"] / self.counts["registered"] if self.counts["registered"] >= FEW else None


def whose(choice: Choice, of: Any) -> list[Any]:
    """The conditions for the category and the programme of a choice."""
    conditions = []
    if choice.category:
        conditions.append(of.category == choice.category)
    if choice.programme_id:
        conditions.append(of.programme_id == choice.programme_id)
    return conditions


def late_before(today: dt.date) -> dt.datetime:
    """Return the moment before which an entry must have come to where it stands, to stand there for too long."""
    return midnight(today - STUCK_AFTER)


class Coverage:
    """All figures of one choice on one day. Each is read once, when it is first asked for."""

    def __init__(self, choice: Choice, today: dt.date):
        self.choice, self.today = choice, today

    # ---- places

    @cached_property
    def targets(self) -> Targets:
        return Targets(self.choice.year, self.choice.category)

    @cached_property
    def places(self) -> list[Figures]:
        """The regions right below the chosen one, by code; of a village, itself."""
        found = {code: self._aimed_at(code) for code in self._codes}
        for code, status, n, rupiah in db.session.execute(self._counted()):
            found[code].counts[status] += int(n)
            found[code].rupiah += int(rupiah)
        for place in found.values():
            place.old.update({status: place.counts[status] for status in ON_THE_WAY})
        for code, status, n in db.session.execute(self._fresh()):
            found[code].old[status] -= int(n)
        return list(found.values())

    @cached_property
    def whole(self) -> Figures:
        whole = self._aimed_at(self.choice.region)
        for place in self.places:
            whole.rupiah += place.rupiah
            whole.counts.update(place.counts)
            whole.old.update(place.old)
        return whole

    def _aimed_at(self, code: str) -> Figures:
        """A region with its target only. Targets count everybody, so under a programme nothing is compared with them."""
        figures = Figures(code, known_regions()[code])
        aims = [] if self.choice.programme_id else self.targets.aims_of(code)
        if aims:
            figures.target, figures.missing = sum(aim.people for aim in aims), 0
        for aim in aims:
            counts = self._states[aim.region, aim.category]
            figures.missing = (figures.missing or 0) + max(aim.people - counts["covered"], 0)
            figures.aimed.update(counts)
        return figures

    @cached_property
    def _states(self) -> dict[tuple[str, str], Counter[str]]:
        """What `counts` of a region says, by category: of each region for which a number was set, the chosen one too."""
        of, chosen, below, state = CoverageCount, self.choice.region, set(self._codes), self._state()
        found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        codes = below | {aim.region for code in (chosen, *below) for aim in self.targets.aims_of(code)} - {chosen}
        query = select(of.region_code, of.category, state, func.sum(of.n)).where(of.region_code.in_(codes), *self._chosen(of))
        for code, category, status, n in db.session.execute(query.group_by(of.region_code, of.category, state)):
            for one in {code} | ({chosen} if code in below else set()):
                found[one, category][status] += int(n)
        return found

    @cached_property
    def _codes(self) -> list[str]:
        region = self.choice.region
        length = LEVEL_BELOW.get(len(region), len(region))
        return sorted(code for code in known_regions() if len(code) == length and covers(region, code))

    def _counted(self) -> Any:
        of, state = CoverageCount, self._state()
        query = select(of.region_code, state, func.sum(of.n), func.sum(of.rupiah)).where(of.region_code.in_(self._codes))
        return query.where(*self._chosen(of)).group_by(of.region_code, state)

    def _state(self) -> Any:
        """The status, and of members whether their cover runs today."""
        of, today = CoverageCount, self.today.isoformat()
        return case(
            (of.status != "active", of.status),
            (of.covered_from > today, "later"),
            ((of.covered_to != "") & (of.covered_to < today), "run_out"),
            else_="covered",
        ).label("state")

    def _fresh(self) -> Any:
        """Entries that came where they stand in the last days: those are few days, and the rest stands for too long."""
        of = StandingCount
        query = select(of.region_code, of.status, func.sum(of.n)).where(of.region_code.in_(self._codes))
        return query.where(of.day >= self.today - STUCK_AFTER, *self._chosen(of)).group_by(of.region_code, of.status)

    def _chosen(self, of: Any) -> list[Any]:
        return whose(self.choice, of)

    @cached_property
    def stuck(self) -> list[Stuck]:
        """The stages in the order of the way."""
        return [self._stuck(status) for status in ON_THE_WAY]

    def _stuck(self, status: str) -> Stuck:
        most = max(self.places, key=lambda place: place.old[status], default=None)
        where = most.name if most and most.old[status] and len(self.places) > 1 else ""
        return Stuck(status, WHO_ACTS[status], self.whole.counts[status], self.whole.old[status], where)

    # ---- weeks

    @cached_property
    def weeks(self) -> list[tuple[dt.date, Counter[str]]]:
        """What happened, by the Mondays of the weeks, oldest first; the last is the week that runs."""
        of = FlowCount
        weeks: dict[dt.date, Counter[str]] = {monday: Counter() for monday in self.mondays}
        query = select(of.week, of.kind, func.sum(of.n)).where(of.region_code == self.choice.region)
        query = query.where(of.kind.in_(HAPPENED), of.week >= self.mondays[0])
        for week, kind, n in db.session.execute(query.where(*self._chosen(of)).group_by(of.week, of.kind)):
            if week in weeks:
                weeks[week][kind] += int(n)
        return list(weeks.items())

    def two_weeks_of(self, kind: str, this: dt.date) -> dict[str, tuple[int, int]]:
        """How often something happened in each place in the week from this Monday on and in the one before, by code."""
        of, last = FlowCount, this - dt.timedelta(weeks=1)
        found = {code: Counter[dt.date]() for code in self._codes}
        query = select(of.region_code, of.week, func.sum(of.n)).where(of.region_code.in_(self._codes), of.kind == kind)
        query = query.where(of.week.in_((last, this)), *self._chosen(of)).group_by(of.region_code, of.week)
        for code, week, n in db.session.execute(query):
            found[code][week] += int(n)
        return {code: (weeks[this], weeks[last]) for code, weeks in found.items()}

    @cached_property
    def mondays(self) -> list[dt.date]:
        monday = self.today - dt.timedelta(days=self.today.weekday())
        return [monday - dt.timedelta(weeks=back) for back in reversed(range(max(self.choice.weeks, 2)))]

    # ---- people, without any of their names

    @cached_property
    def _portrait(self) -> list[tuple[str, str, str, int]]:
        of = PortraitCount
        query = select(of.stage, of.kind, of.value, func.sum(of.n))
        query = query.where(of.region_code == self.choice.region, of.stage != "over")
        rows = db.session.execute(query.where(*self._chosen(of)).group_by(of.stage, of.kind, of.value))
        return [(stage, kind, value, int(n)) for stage, kind, value, n in rows]

    def portrait_by_place(self, asked: str) -> dict[tuple[str, Any], Counter[str]]:
        """Counts by stage by place and what is told there of the `occupation`, the `sex` or the `age`, as of the whole region."""
        of, kind = PortraitCount, COUNTED_AS[asked]
        query = select(of.region_code, of.stage, of.value, func.sum(of.n))
        query = query.where(of.region_code.in_(self._codes), of.stage != "over", of.kind == kind, *self._chosen(of))
        rows = db.session.execute(query.group_by(of.region_code, of.stage, of.value))
        return _by_stage(((code, self._told(asked, value)), stage, int(n)) for code, stage, value, n in rows)

    def _portrait_of(self, asked: str) -> dict[Any, Counter[str]]:
        rows = (row for row in self._portrait if row[1] == COUNTED_AS[asked])
        return _by_stage((self._told(asked, value), stage, n) for stage, _kind, value, n in rows)

    def _told(self, asked: str, value: str) -> Any:
        """Make of what is counted what is told: an occupation's code, of `female 1980` the sex or the band of ages."""
        if asked == "occupation":
            return value
        sex, year = value.split()
        return sex if asked == "sex" else _band(self.today.year - int(year))

    @cached_property
    def occupations(self) -> dict[str, Counter[str]]:
        """Counts by stage (`active`, `work`) by occupation code, the most frequent first."""
        return dict(sorted(self._portrait_of("occupation").items(), key=lambda item: (-item[1].total(), item[0])))

    @cached_property
    def sexes(self) -> dict[str, Counter[str]]:
        return self._portrait_of("sex")

    @cached_property
    def ages(self) -> dict[tuple[int, int], Counter[str]]:
        """By the age that is reached this year, in the bands of AGES."""
        found = self._portrait_of("age")
        return {band: found.get(band, Counter()) for band in AGES}

    # ---- officers

    @cached_property
    def officers(self) -> list[OfficerWork]:
        """Who registered somebody here in these weeks, or whose entries came back or became members; the busiest first."""
        of = OfficerCount
        this_week_too = func.sum(case((of.week == self.mondays[-1], of.n), else_=0))
        query = select(of.author_id, of.kind, func.sum(of.n), this_week_too).where(of.region_code == self.choice.region)
        query = query.where(of.kind.in_(WORK), of.week >= self.mondays[0])
        counts: dict[uuid.UUID, Counter[str]] = {}
        this_week: Counter[uuid.UUID] = Counter()
        for author, kind, n, n_now in db.session.execute(query.where(*self._chosen(of)).group_by(of.author_id, of.kind)):
            counts.setdefault(author, Counter())[kind] += int(n)
            this_week[author] += int(n_now) if kind == "registered" else 0
        people = {one.id: one for one in db.session.scalars(select(Account).where(Account.id.in_(counts)))}
        work = [
            OfficerWork(one, people[one].username, people[one].name, people[one].region_code, told, this_week[one])
            for one, told in counts.items()
            if told.total()
        ]
        return sorted(work, key=lambda one: (-one.counts["registered"], one.username))

    # ---- money

    @cached_property
    def programmes(self) -> list[Programme]:
        """The chosen programme, or those of the year and category."""
        query = select(Programme).where(Programme.state != "draft")
        if self.choice.programme_id:
            query = query.where(Programme.id == self.choice.programme_id)
        else:
            query = query.where(Programme.budget_year == self.choice.year)
        if self.choice.category:
            query = query.where(Programme.category == self.choice.category)
        return list(db.session.scalars(query.order_by(Programme.start_on, Programme.id)))

    @property
    def money_year(self) -> int:
        """The year whose budget `money` tells: a programme that was chosen has one of its own."""
        return self.programmes[0].budget_year if self.choice.programme_id and self.programmes else self.choice.year

    @cached_property
    def money(self) -> Money:
        """Of the regency the programmes' own limits; below it what places cost, against the limits that stand just there."""
        if level_of(self.choice.region) == "regency":
            return _together(money_of(programme) for programme in self.programmes)
        ids = [programme.id for programme in self.programmes]
        limits, of = self._limits, CoverageCount
        held = select(of.programme_id, func.sum(of.rupiah)).where(of.region_code == self.choice.region, of.programme_id.in_(ids))
        cost = {one: int(rupiah) for one, rupiah in db.session.execute(held.group_by(of.programme_id))}
        for one, rupiah in spent_in(ids, self.choice.region).items():  # of people who left: in no place that is counted
            cost[one] = cost.get(one, 0) + rupiah
        inside = sum(rupiah for one, rupiah in cost.items() if one in limits)
        if not limits:
            return Money(None, sum(cost.values()))
        return Money(sum(limits.values()), inside, elsewhere=sum(cost.values()) - inside)

    @cached_property
    def _limits(self) -> dict[uuid.UUID, int]:
        """What programmes may cost, by the limits that stand just here."""
        of, ids = Allotment, [programme.id for programme in self.programmes]
        query = select(of.programme_id, of.budget_rupiah).where(of.programme_id.in_(ids), of.region_code == self.choice.region)
        return {one: int(rupiah) for one, rupiah in db.session.execute(query)}

    def committed_by_place(self) -> dict[str, tuple[int, int]]:
        """What `money` tells as `committed` and as `elsewhere`, by the code of a place."""
        of, ids, length = CoverageCount, [programme.id for programme in self.programmes], len(self._codes[0])
        held = select(of.region_code, of.programme_id, func.sum(of.rupiah)).where(of.region_code.in_(self._codes))
        held = held.where(of.programme_id.in_(ids)).group_by(of.region_code, of.programme_id)
        rows = [*db.session.execute(held), *spent_by_village(ids, self.choice.region)]
        limits = self._limits if level_of(self.choice.region) != "regency" else {}
        found = {code: [0, 0] for code in self._codes}
        for code, one, rupiah in rows:
            found[code[:length]][bool(limits) and one not in limits] += int(rupiah)
        return {code: (here, elsewhere) for code, (here, elsewhere) in found.items()}


def money_of(programme: Programme) -> Money:
    """Return what a programme may cost, what its places cost, and what has been paid."""
    counts = (Payment.programme_id == programme.id) & Payment.taken_back_at.is_(None)
    paid = db.session.scalar(select(func.sum(Payment.rupiah)).where(counts))
    if not programme.allotments:
        return Money(0, 0, int(paid or 0))
    return Money(programme.whole.budget_rupiah, programme.whole.committed_rupiah, int(paid or 0))


def _together(parts: Iterable[Money]) -> Money:
    parts = list(parts)
    return Money(*(sum(getattr(part, name) or 0 for part in parts) for name in ("budget", "committed", "paid")))


def _by_stage(rows: Iterable[tuple[Any, str, int]]) -> dict[Any, Counter[str]]:
    found: dict[Any, Counter[str]] = {}
    for value, stage, n in rows:
        found.setdefault(value, Counter())[stage] += n
    return {value: counts for value, counts in found.items() if counts.total()}


def _band(age: int) -> tuple[int, int]:
    return next(band for band in AGES if band[0] <= age <= band[1])
