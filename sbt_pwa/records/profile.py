"""File profiles: which columns a file for the insurer has and where each comes from. Data, edited by the office."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ColumnElement, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Record, db
from ..kit.errors import AlreadyThere, NotFound
from ..kit.i18n import today
from ..kit.spreadsheets import Cell, Column
from .programme import Programme
from .reference import occupations
from .registration import Registration

DATA = Path(__file__).parent / "data" / "profiles"
KINDS = {"text": _l("Text"), "date": _l("Date (dd-mm-yyyy)"), "integer": _l("Whole number")}
CONSTANT = "constant"
MOST_MONTHS = 12  # the insurer takes at most a year of contributions at once
FACTS = ("code", "title", "category", "sheet", "columns", "source")
CODE_TAKEN = _l("There is a profile with this code already. Choose another code.")


class FileProfile(Record):
    """`columns`: a list of {header, source, kind, value, required, to_confirm, width}; `value` is that of a constant."""

    __tablename__ = "file_profile"
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(20))
    sheet: Mapped[str] = mapped_column(String(31))
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(200), default="")  # where the form of the file is known from
    valid_from: Mapped[dt.date]

    @property
    def told(self) -> dict[str, Any]:
        """The profile as a batch keeps it."""
        return {name: getattr(self, name) for name in FACTS} | {"valid_from": self.valid_from.isoformat()}

    @classmethod
    def of(cls, told: dict[str, Any]) -> FileProfile:
        """Return a profile as it was told once. It is not stored."""
        return cls(**{name: told[name] for name in FACTS}, valid_from=dt.date.fromisoformat(told["valid_from"]))

    @property
    def sheet_columns(self) -> list[Column]:
        """What the writer of spreadsheets wants to know."""
        return [Column(one["header"], one["kind"], one["width"]) for one in self.columns]

    def copy(self, code: str, title: str) -> FileProfile:
        """Store the same columns under a new code. Raise AlreadyThere when the code is taken."""
        if profile_with(code):
            raise AlreadyThere(CODE_TAKEN)
        copied = FileProfile.of(self.told | {"code": code, "title": title, "valid_from": today().isoformat()})
        db.session.add(copied)
        db.session.flush()
        return copied


# ---- where a column may come from


@dataclass(frozen=True)
class Source:
    """`may_lack`: what of a person may be empty here. Where another thing stands in for it, nothing is lacking."""

    label: LazyString
    of_person: Callable[[Registration], Cell] | None = None
    of_programme: Callable[[Programme], Cell] | None = None
    may_lack: str = ""


def sources() -> dict[str, Source]:
    """Return what a column may hold, by name. A constant is neither of the person nor of the programme."""
    return SOURCES


def _may_lack(name: str, label: LazyString) -> Source:
    """Something that a person may have told or not, as it was told."""
    return Source(label, attrgetter(name), may_lack=name)


def _phone(entry: Registration) -> str | None:
    """`6281234567890`: a leading plus would be read as a sum."""
    return (entry.phone or "").lstrip("+") or None


def _income(entry: Registration) -> int | None:
    return int(entry.monthly_income_rupiah) if entry.monthly_income_rupiah else None


def _occupation(entry: Registration) -> str:
    return _indonesian_occupations().get(entry.occupation, entry.occupation)


@cache
def _indonesian_occupations() -> dict[str, str]:
    """The file is Indonesian, whatever language the office reads."""
    with force_locale("id"):
        return {code: occupation.label for code, occupation in occupations().items()}


def _address(entry: Registration) -> str:
    return ", ".join(part for part in (entry.address, entry.village.name) if part)


def _first_month(programme: Programme) -> dt.date:
    """Return the month in which cover can begin for whom a file of today names."""
    return programme.first_month(today())


def _months_left(programme: Programme) -> int:
    return min(MOST_MONTHS, len(programme.month_list(since=_first_month(programme))))


SOURCES = {
    CONSTANT: Source(_l("Always the same (see the value)")),
    "nik": Source(_l("NIK"), lambda entry: entry.nik),
    "name": Source(_l("Name"), lambda entry: entry.name),
    "birth_date": Source(_l("Birth date"), lambda entry: entry.birth_date),
    "birth_place": _may_lack("birth_place", _l("Place of birth")),
    "sex": Source(_l("Sex (L or P)"), lambda entry: {"male": "L", "female": "P"}.get(entry.sex)),
    "phone": Source(_l("Phone (62...)"), _phone, may_lack="phone"),
    "family_card_no": _may_lack("family_card_no", _l("Family card number")),
    "mother_name": _may_lack("mother_name", _l("Mother's name")),
    "heir_name": _may_lack("heir_name", _l("Heir's name")),
    "address": Source(_l("Address with village"), _address),
    "village": Source(_l("Village"), lambda entry: entry.village.name),
    "occupation": Source(_l("Work, in Indonesian"), _occupation),
    "occupation_code": Source(_l("Work, our code"), lambda entry: entry.occupation),
    "workplace": Source(_l("Workplace, or else the village"), lambda entry: entry.workplace or entry.village.name),
    "income": Source(_l("Income that the person told"), _income, may_lack="monthly_income_rupiah"),
    "agency": _may_lack("agency", _l("Agency")),
    "position": _may_lack("position", _l("Position")),
    "kpj": _may_lack("kpj", _l("KPJ number")),
    "wage": Source(_l("Income base of the programme"), None, lambda programme: programme.income_base_rupiah),
    "months_left": Source(_l("Months left in the programme, at most 12"), None, _months_left),
    "start_day": Source(_l("First day of cover"), None, _first_month),
    "end_day": Source(_l("Last day of the programme"), None, lambda programme: programme.end_on),
    "agreement_no": Source(_l("Agreement number"), None, lambda programme: programme.agreement_no),
    "enrollment_group_no": Source(_l("Group number (wadah)"), None, lambda programme: programme.enrollment_group_no),
}


# ---- rows


def cells_of(profile: FileProfile, entry: Registration, programme: Programme) -> list[str | int | None]:
    """Return the cells of a person's row; a date is a text by now, so that the row can be kept as JSON."""
    return [_cell(column, _value(column, entry, programme)) for column in profile.columns]


def _value(column: dict[str, Any], entry: Registration, programme: Programme) -> Cell:
    source = SOURCES.get(column["source"])
    if source and source.of_person:
        return source.of_person(entry)
    if source and source.of_programme:
        return source.of_programme(programme)
    return column["value"]


def _cell(column: dict[str, Any], value: Cell) -> str | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, dt.date):
        return f"{value:%d-%m-%Y}"
    text = str(value)
    is_whole = column["kind"] == "integer" and text.isascii() and text.isdigit()
    return int(text) if is_whole else text


def lacking_names(profile: FileProfile, entry: Registration) -> list[str]:
    """Return the fields that the file needs of this person and that are empty."""
    needed = [SOURCES[one["source"]].may_lack for one in profile.columns if one["required"] and one["source"] in SOURCES]
    return [name for name in dict.fromkeys(needed) if name and getattr(entry, f"{name}_sealed") is None]


def lacking(profile: FileProfile) -> dict[str, ColumnElement[bool]]:
    """Return, for each column that must be filled and that a person may leave empty, the condition that it is."""
    needed = {one["header"]: SOURCES.get(one["source"]) for one in profile.columns if one["required"]}
    names = {header: source.may_lack for header, source in needed.items() if source and source.may_lack}
    return {header: getattr(Registration, f"{name}_sealed").is_(None) for header, name in names.items()}


# ---- the profiles that are here


def load_profiles() -> int:
    """Store the profiles that come with the app where there are none; return how many were stored."""
    if db.session.scalar(select(FileProfile.id).limit(1)):
        return 0
    files = sorted(DATA.glob("*.json"))
    db.session.add_all(FileProfile.of(json.loads(file.read_text(encoding="utf-8"))) for file in files)
    db.session.flush()
    return len(files)


def profiles() -> list[FileProfile]:
    return list(db.session.scalars(select(FileProfile).order_by(FileProfile.category.desc(), FileProfile.code)))


def profile_with(code: str) -> FileProfile | None:
    return db.session.scalar(select(FileProfile).where(FileProfile.code == code))


def profile_of(code: str, to_change: bool = False) -> FileProfile:
    """Return the profile, held until this transaction ends where it is to change. Raise NotFound."""
    query = select(FileProfile).where(FileProfile.code == code)
    profile = db.session.scalar(query.with_for_update() if to_change else query)
    if profile is None:
        raise NotFound()
    return profile
