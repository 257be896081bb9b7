"""Forms of a file profile: its facts, one row of fields for each column, and a copy under a new code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.validators import InputRequired

from ..kit.fields import DayField, TextField
from ..records.profile import CONSTANT, KINDS, sources

MOST_COLUMNS = 80
SPARE_ROWS = 3
LONGEST_HEADER, LONGEST_VALUE = 60, 100
WIDTHS = range(4, 101)
SMALL_NUMBER = re.compile("[0-9]{1,3}")
NEEDED = InputRequired(_l("This is missing."))


class ProfileForm(FlaskForm):
    title = TextField(_l("Name"), most=120, validators=(NEEDED,))
    sheet = TextField(_l("Name of the sheet in the file"), most=31, validators=(NEEDED,))
    source = TextField(_l("Where the form is known from"), description=_l("Letter, page or person, with the day."), most=200)
    valid_from = DayField(_l("Valid from"), validators=[NEEDED])

    def validate_sheet(self, typed: TextField) -> None:
        if re.search(r"[\[\]:*?/\\]", typed.data) or typed.data.startswith("'") or typed.data.endswith("'"):
            raise ValidationError(_l("A sheet's name has none of these signs: [ ] : * ? / \\ and no apostrophe at its ends."))


class CopyForm(FlaskForm):
    code = TextField(
        _l("New code"), description=_l("Small letters, digits and dashes, for example bpu-2027."), most=20, validators=(NEEDED,)
    )
    title = TextField(_l("Name"), most=120, validators=(NEEDED,))

    def validate_code(self, typed: TextField) -> None:
        if not re.fullmatch("[a-z0-9-]+", typed.data):
            raise ValidationError(_l("A code has small letters, digits and dashes only."))


@dataclass
class ColumnRow:
    """The fields of one column as they were typed. `n` numbers the row on the page."""

    n: int
    place: str = ""
    header: str = ""
    source: str = CONSTANT
    value: str = ""
    kind: str = "text"
    width: str = "16"
    required: bool = False
    to_confirm: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Note what cannot be taken, in words."""
        if len(self.header) > LONGEST_HEADER or len(self.value) > LONGEST_VALUE:
            self.errors["header"] = _("Column %(n)d: this is too long.", n=self.n + 1)
        if self.source not in sources() or self.kind not in KINDS:
            self.errors["source"] = _("Column %(n)d: choose one of the list.", n=self.n + 1)
        if not SMALL_NUMBER.fullmatch(self.width) or int(self.width) not in WIDTHS:
            self.errors["width"] = _("Column %(n)d: a width between 4 and 100 belongs here.", n=self.n + 1)
        if self.place and not SMALL_NUMBER.fullmatch(self.place):
            self.errors["place"] = _("Column %(n)d: the order is a number.", n=self.n + 1)
        if self.source == CONSTANT and self.kind == "integer" and self.value and not re.fullmatch("[0-9]{1,15}", self.value):
            self.errors["value"] = _("Column %(n)d: the value is no whole number.", n=self.n + 1)
        if self.required and self.source == CONSTANT and not self.value:
            self.errors["value"] = _("Column %(n)d: it must be filled. Give the value that is always the same.", n=self.n + 1)

    @property
    def column(self) -> dict[str, Any]:
        """The row as a profile keeps it."""
        return {
            "header": self.header,
            "source": self.source,
            "kind": self.kind,
            "value": self.value if self.source == CONSTANT else "",
            "required": self.required,
            "to_confirm": self.to_confirm,
            "width": int(self.width),
        }


def rows_of_profile(columns: list[dict[str, Any]]) -> list[ColumnRow]:
    """Return the rows to show, with spare ones for what is added."""
    rows = [ColumnRow(n, str(n + 1), **{**one, "width": str(one["width"])}) for n, one in enumerate(columns)]
    return [*rows, *(ColumnRow(len(rows) + n) for n in range(SPARE_ROWS))]


def rows_typed(form: Mapping[str, str]) -> list[ColumnRow]:
    """Return the rows as they were sent. A row without a header is no column."""
    rows = []
    for n in range(MOST_COLUMNS):
        if f"header-{n}" not in form:
            break
        told = {name: _typed(form, name, n) for name in ("place", "header", "source", "value", "kind", "width")}
        row = ColumnRow(n, required=f"required-{n}" in form, to_confirm=f"to_confirm-{n}" in form, **told)  # type: ignore[arg-type]
        if row.header:
            row.check()
        rows.append(row)
    return rows


def _typed(form: Mapping[str, str], name: str, n: int) -> str:
    return " ".join(form.get(f"{name}-{n}", "").replace("\0", "").split())


def columns_typed(rows: list[ColumnRow]) -> list[dict[str, Any]]:
    """Return the columns by their places; equal places keep the order of the page."""
    used = [row for row in rows if row.header]
    return [row.column for row in sorted(used, key=lambda row: int(row.place or MOST_COLUMNS))]
