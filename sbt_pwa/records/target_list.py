"""Targets of many regions at once: set together, with who and when, and read from a spreadsheet, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..kit.db import db
from ..kit.spreadsheets import Cell, Line, Table
from .account import Account
from .region import level_of, region_names
from .target import Target, set_target

MOST_PEOPLE = 1_000_000
HEADER_WITHIN = 15  # rows from the top
MOST_ERRORS = 20
HEADERS = {
    "code": {"kode", "kodewilayah", "code", "regioncode"},
    "district": {"kecamatan", "district"},
    "village": {"negeri", "desa", "negeridesa", "desanegeri", "kelurahan", "village"},
    "people": {"target", "sasaran", "orang", "jumlah", "jumlahorang", "people"},
}
BEFORE_A_NAME = ("kecamatan", "kec", "negeriadministratif", "negeri", "neg", "desa", "district", "village")
NUMBER = re.compile(r"[0-9]{1,3}(?:[., ][0-9]{3})+|[0-9]{1,9}")
CODE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}(?:\.[0-9]{4})?")

NO_HEADER = _l("No row names the columns. One row needs Kecamatan, Negeri or Kode, and Target.")
NO_ROWS = _l("No row below the headers holds a number.")
NOT_A_NUMBER = _l("The number of people must be a whole number between 0 and 1.000.000.")
NO_REGION = _l("There is no district or village of this name or code here.")
TWO_REGIONS = _l("More than one region has this name. Give its code, or the district too.")
REPEATED = _l("This region stands in an earlier row already.")


@dataclass
class Reading:
    """What a file says: people by region code, or what is wrong with it, as (row number, sentence)."""

    people: dict[str, int] = field(default_factory=dict)
    errors: list[tuple[int, LazyString]] = field(default_factory=list)


def targets_of(year: int, category: str) -> dict[str, Target]:
    """Return the targets of a year by region code, with who set them."""
    query = select(Target).where(Target.year == year, Target.category == category)
    return {one.region_code: one for one in db.session.scalars(query)}


def names_of_setters(targets: Mapping[str, Target]) -> dict[str, str]:
    """Return by region code the name of the account that set its target."""
    ids = {one.by_id for one in targets.values() if one.by_id}
    people = {one.id: one.name for one in db.session.scalars(select(Account).where(Account.id.in_(ids)))}
    return {code: people.get(one.by_id, "") for code, one in targets.items() if one.by_id}


def set_targets(wanted: Mapping[str, int | None], year: int, category: str, source: str, by: Account) -> int:
    """Set these targets, and drop those that are None. What stays as it is keeps its source. Return how many changed."""
    before, changed = targets_of(year, category), 0
    for code, people in wanted.items():
        old = before.get(code)
        if (old.people if old else None) == people:
            continue
        changed += 1
        if people is None and old:
            db.session.delete(old)
        elif people is not None:
            set_target(code, year, category, people, source, by)
    return changed


# ---- a spreadsheet


def read_targets(table: Table) -> Reading:
    """Read the first sheet. A row names its region by code, or by district and village; one without a number is passed over."""
    lines = table.sheets[0].lines if table.sheets else []
    reading, names = Reading(), _Names()
    columns, body = _columns(lines)
    if not columns:
        return Reading(errors=[(1, NO_HEADER)])
    for line in body:
        cells = {name: line.cells[at] if at < len(line.cells) else None for name, at in columns.items()}
        if cells["people"] in (None, ""):
            continue
        people, found = whole_number(cells["people"]), names.find(cells)
        if people is None:
            reading.errors.append((line.number, NOT_A_NUMBER))
        elif isinstance(found, LazyString):
            reading.errors.append((line.number, found))
        elif found in reading.people:
            reading.errors.append((line.number, REPEATED))
        else:
            reading.people[found] = people
    if not reading.people and not reading.errors:
        reading.errors.append((1, NO_ROWS))
    return reading


def _columns(lines: Sequence[Line]) -> tuple[dict[str, int], Sequence[Line]]:
    """Return the place of each column that a row near the top names, and the rows below it."""
    for number, line in enumerate(lines[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for at, cell in enumerate(line.cells):
            for name, words in HEADERS.items():
                if folded(cell) in words:
                    columns.setdefault(name, at)
        if "people" in columns and len(columns) > 1:
            return columns, lines[number + 1 :]
    return {}, []


class _Names:
    """The districts and villages, by code and by folded name."""

    def __init__(self) -> None:
        self.codes = {code for code in region_names() if len(code) > 5}
        self.by_name: dict[str, list[str]] = {}
        for code, name in region_names().items():
            if code in self.codes:
                self.by_name.setdefault(folded(name), []).append(code)

    def find(self, cells: Mapping[str, Cell]) -> str | LazyString:
        if code := str(cells.get("code") or "").strip():
            digits = re.sub(r"[^0-9]", "", code)
            code = ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)
            return code if CODE.fullmatch(code) and code in self.codes else NO_REGION
        districts = self._named(cells.get("district"), "district")
        if not cells.get("village"):
            return self._one(districts)
        villages = self._named(cells.get("village"), "village")
        if cells.get("district"):
            villages = [code for code in villages if code[:8] in districts]
        return self._one(villages)

    def _named(self, cell: Cell, level: str) -> list[str]:
        names = {folded(cell), _bare(folded(cell))}
        return sorted({code for name in names for code in self.by_name.get(name, []) if level_of(code) == level})

    def _one(self, found: list[str]) -> str | LazyString:
        if not found:
            return NO_REGION
        return found[0] if len(found) == 1 else TWO_REGIONS


def folded(cell: Cell) -> str:
    return re.sub(r"[^a-z0-9]", "", str(cell or "").lower())


def _bare(name: str) -> str:
    return next((name.removeprefix(word) for word in BEFORE_A_NAME if name.startswith(word) and name != word), name)


def whole_number(cell: Cell) -> int | None:
    """`1.250`, `1,250` and 1250.0 are the same; None for anything else and for what is too many."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    people = int(re.sub(r"[., ]", "", text)) if NUMBER.fullmatch(text) else -1
    return people if 0 <= people <= MOST_PEOPLE else None
