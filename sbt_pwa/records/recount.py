"""Reckons the counters anew from registrations and events, and says where they differ. Told a second time, in other words
than the triggers, so that one finds the other's slips.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, String, case, cast, delete, func, insert, literal, select, text, union_all

from ..kit.db import db, now
from . import counters
from .counters import KINDS, NO_PROGRAMME, CoverageClock, CoverageCount, FlowCount, OfficerCount, PortraitCount, StandingCount
from .event import Event
from .registration import Registration

OVER = ("refused", "withdrawn", "ended")
LEVELS = {"regency": 5, "district": 8, "village": 13}  # characters of a code
R: Any = Registration


def rebuild(zone: str) -> int:
    """Write every counter anew, in one transaction: stopped in between, nothing has changed. Return how many rows."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE registration, event IN SHARE MODE"))
    db.session.merge(CoverageClock(id=1, offset_minutes=offset_of(zone)))
    db.session.flush()
    counters.fold(db.session.connection())  # what moved in this transaction is counted with the rest
    rows = 0
    for model in (CoverageCount, PortraitCount, StandingCount, FlowCount, OfficerCount):
        db.session.execute(delete(model))
    for model, fresh in counted():
        columns = [column.name for column in fresh.selected_columns]
        with_slot = fresh.add_columns(literal(0).label("slot"))
        rows += db.session.execute(insert(model).from_select([*columns, "slot"], with_slot)).rowcount  # type: ignore[attr-defined]
    return rows


def differences(zone: str) -> list[tuple[str, int]]:
    """Return (table, how many keys differ) for each counter that is not what registrations and events say."""
    found = []
    counters.fold(db.session.connection())
    for model, fresh in counted():
        sums = [column.name for column in fresh.selected_columns if column.name in ("n", "rupiah")]
        keys = [getattr(model, column.name) for column in fresh.selected_columns if column.name not in sums]
        totals = [cast(func.sum(getattr(model, name)), db.BigInteger).label(name) for name in sums]
        kept = select(*keys, *totals).group_by(*keys).having(func.sum(model.n) != 0)
        new = fresh.subquery()
        told = select(*(new.c[key.name] for key in keys), *(cast(new.c[name], db.BigInteger).label(name) for name in sums))
        wrong = union_all(select(kept.except_(told).subquery()), select(told.except_(kept).subquery())).subquery()
        count = db.session.scalar(select(func.count()).select_from(wrong)) or 0
        if count:
            found.append((model.__tablename__, count))
    if db.session.scalar(select(CoverageClock.offset_minutes)) != offset_of(zone):
        found.append((CoverageClock.__tablename__, 1))
    return found


def offset_of(zone: str) -> int:
    """Return the minutes of a time zone ahead of UTC."""
    ahead = now().astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta()
    return ahead // dt.timedelta(minutes=1)


def counted() -> Iterator[tuple[Any, Any]]:
    """Yield (counter, a query for what it should hold)."""
    yield CoverageCount, _coverage()
    yield PortraitCount, _portrait()
    yield StandingCount, _standing()
    yield FlowCount, _of_everything("kind", "week")
    yield OfficerCount, _of_everything("kind", "week", "author_id")


def _whose() -> list[Any]:
    return [R.category, func.coalesce(R.programme_id, NO_PROGRAMME).label("programme_id")]


def _of_entries(levels: Sequence[str], keys: list[Any], *sums: Any, where: Any = True) -> Any:
    return _by_region(select(R.village_code, *_whose(), *keys, *sums).where(where), levels, len(keys) + 3)


def _by_region(query: Any, levels: Sequence[str], keys: int) -> Any:
    """Count by the first columns, a village in front; the rows are read once, and districts and regency summed up from that."""
    villages = query.group_by(*_first(keys)).cte()
    parts = []
    for level in levels:
        region = func.substr(villages.c.village_code, 1, LEVELS[level]).label("region_code")
        told, sums = list(villages.c)[1:keys], list(villages.c)[keys:]
        totals = [func.sum(column).label(column.name) for column in sums]
        parts.append(select(region, *told, *totals).group_by(*_first(keys)))
    return _whole(union_all(*parts))


def _first(count: int) -> list[Any]:
    return [text(str(n + 1)) for n in range(count)]


def _whole(query: Any) -> Any:
    rows = query.subquery()
    return select(*rows.c)


def _coverage() -> Any:
    days = [_day_text(R.covered_from).label("covered_from"), _day_text(R.covered_to).label("covered_to")]
    sums = [func.count().label("n"), func.coalesce(func.sum(R.committed_rupiah), 0).label("rupiah")]
    return _of_entries(["district", "village"], [R.status, *days], *sums)


def _day_text(day: Any) -> Any:
    return case((R.status == "active", func.coalesce(cast(day, String(10)), "")), else_="")


def _portrait() -> Any:
    stage = case((R.status == "active", "active"), (R.status.in_(OVER), "over"), else_="work").label("stage")
    born = R.sex + " " + func.substr(cast(R.birth_date, String(10)), 1, 4)
    kinds = (("occupation", R.occupation), ("born", born))
    parts = [
        _of_entries(list(LEVELS), [stage, literal(kind).label("kind"), value.label("value")], func.count().label("n"))
        for kind, value in kinds
    ]
    return _whole(union_all(*parts))


def _standing() -> Any:
    on_the_way = R.status.not_in(("active", *OVER))
    day = _local_day(R.status_at).label("day")
    return _of_entries(["district", "village"], [R.status, day], func.count().label("n"), where=on_the_way)


def _everything() -> Any:
    """Every arrival and every counted event, with its week. Of approvals and memberships a person's first (`Event.is_again`)."""
    about = [*_whose(), R.village_code, R.author_id]
    arrived = select(literal("registered").label("kind"), _week(R.made_at).label("week"), *about)
    moved = select(Event.kind, _week(Event.at).label("week"), *about).join(R, R.id == Event.registration_id)
    return union_all(arrived, moved.where(Event.kind.in_(KINDS), ~Event.is_again)).subquery()


def _of_everything(*keys: str) -> Any:
    rows = _everything()
    columns = [rows.c.village_code, rows.c.category, rows.c.programme_id, *(rows.c[key] for key in keys)]
    return _by_region(select(*columns, func.count().label("n")), list(LEVELS), len(columns))


def _minutes() -> Any:
    return select(CoverageClock.offset_minutes).scalar_subquery()


def _local_day(at: Any) -> Any:
    if db.engine.dialect.name == "sqlite":
        return func.date(at, cast(_minutes(), String) + " minutes", type_=Date)
    return cast(func.timezone("UTC", at) + func.make_interval(0, 0, 0, 0, 0, _minutes()), Date)


def _week(at: Any) -> Any:
    """The Monday of a moment's week."""
    if db.engine.dialect.name == "sqlite":
        return func.date(at, cast(_minutes(), String) + " minutes", "-6 days", "weekday 1", type_=Date)
    return cast(func.date_trunc("week", func.timezone("UTC", at) + func.make_interval(0, 0, 0, 0, 0, _minutes())), Date)
