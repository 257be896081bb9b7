"""Form fields that read what people type: rupiah, shares in percent, months, days. What was typed is shown again as it was."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import Length

from .i18n import language, show_number
from .months import read_month

WHOLE = re.compile(r"[0-9]{1,3}(?:([., ])[0-9]{3}(?:\1[0-9]{3})*)?|[0-9]+")
SHARE = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,4}))? ?%?")
YEAR_FIRST = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})")
DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
MOST_RUPIAH = 10**14
PERCENT = 10_000  # parts of a million


class TypedField(StringField):
    """Text that `read` turns into a value; empty is None."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").replace("\0", "").strip()
        self.data = self.read(typed) if typed else None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def read(self, typed: str) -> Any:
        """Raise ValueError with a sentence for what cannot be read."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)


class TextField(TypedField):
    def __init__(self, *args: Any, most: int, validators: tuple[Any, ...] = (), **more: Any):
        fits = Length(max=most, message=_l("This is too long. At most %(max)d characters fit."))
        super().__init__(*args, validators=[*validators, fits], **more)

    def read(self, typed: str) -> str:
        return " ".join(typed.split())

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or ""


class NumberField(TypedField):
    """A whole number, with or without dots between the thousands. A year is shown without."""

    def __init__(self, *args: Any, least: int = 0, most: int = MOST_RUPIAH, is_year: bool = False, **more: Any):
        super().__init__(*args, **more)
        self.least, self.most, self.told = least, most, str if is_year else show_number

    def read(self, typed: str) -> int:
        bare = typed.removeprefix("Rp").strip()
        if not WHOLE.fullmatch(bare):
            raise ValueError(_l("Only a whole number belongs here, for example 1.000.000."))
        number = int(re.sub(r"[., ]", "", bare)[:18])
        if not self.least <= number <= self.most:
            told = {"least": self.told(self.least), "most": self.told(self.most)}
            raise ValueError(_l("This number must lie between %(least)s and %(most)s.", **told))
        return number

    def show(self, value: int) -> str:
        return self.told(value)


class PercentField(TypedField):
    """A share between 0 and 100 percent, as parts of a million."""

    def read(self, typed: str) -> int:
        found = SHARE.fullmatch(typed)
        share = int(Decimal(f"{found[1]}.{found[2] or 0}") * PERCENT) if found else -1
        if not 0 <= share <= 100 * PERCENT:
            raise ValueError(_l("A share between 0 and 100 percent belongs here, for example 0,24."))
        return share

    def show(self, value: int) -> str:
        return show_share(value)


class MonthField(TypedField):
    """A month, as its first day."""

    def read(self, typed: str) -> dt.date:
        month = read_month(typed)
        if month is None:
            raise ValueError(_l("Give the month as year and month, for example 2027-01."))
        return month

    def show(self, value: dt.date) -> str:
        return f"{value:%Y-%m}"


class DayField(TypedField):
    def read(self, typed: str) -> dt.date:
        day = read_day(typed)
        if day is None:
            raise ValueError(_l("Give the day like 17-8-2026 or 2026-08-17."))
        return day

    def show(self, value: dt.date) -> str:
        return f"{value.day}-{value.month}-{value.year}"


class ChoiceField(TypedField):
    """One of `offered`, pairs of code and label, or what returns them. An empty code is a choice too."""

    def __init__(self, *args: Any, offered: Iterable[tuple[str, Any]] | Callable[[], Iterable[tuple[str, Any]]], **more: Any):
        super().__init__(*args, **more)
        self.offered = list(offered() if callable(offered) else offered)

    def read(self, typed: str) -> str:
        if typed not in dict(self.offered):
            raise ValueError(_l("Choose one of the list."))
        return typed

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or ""


class SeveralField(Field):
    """Boxes to tick: some of `offered`, in the order in which they are offered."""

    def __init__(self, *args: Any, offered: Iterable[tuple[str, Any]], **more: Any):
        super().__init__(*args, **more)
        self.offered = list(offered)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [code for code, _label in self.offered if code in valuelist]


def read_day(typed: str) -> dt.date | None:
    if found := YEAR_FIRST.fullmatch(typed):
        year, month, day = found.groups()
    elif found := DAY_FIRST.fullmatch(typed):
        day, month, year = found.groups()
    else:
        return None
    try:
        return dt.date(int(year), int(month), int(day)) if 2000 <= int(year) <= 2100 else None
    except ValueError:
        return None


def show_share(per_million: int) -> str:
    """`0,24` in Indonesian, `0.24` in English; without a sign."""
    text = f"{Decimal(per_million) / PERCENT:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if language() == "id" else text


def show_rupiah(amount: int) -> str:
    return f"Rp{show_number(amount)}"
