"""Reading a NIK: region (6 digits), birth date DDMMYY with the day + 40 for women, serial (4). Pure functions.

Source: Permendagri 73/2022 and Dukcapil practice. A NIK keeps its first region after moving or a split, and keeps a
wrong birth date after a correction, so nothing read from it ever refuses an entry; it only warns.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

LENGTH = 16


@dataclass(frozen=True)
class NikReading:
    region: str  # six digits
    birth_date: dt.date | None  # None when the digits are no date
    sex: str | None  # male | female; None with the date
    serial: str


def read_nik(nik: str, as_of: dt.date) -> NikReading:
    """Read a cleaned NIK of 16 digits; years above the current two-digit year are of the last century."""
    day = int(nik[6:8])
    short_year = int(nik[10:12])
    century = 1900 if short_year > as_of.year % 100 else 2000
    birth_date = make_date(century + short_year, int(nik[8:10]), day - 40 if day > 40 else day)
    sex = ("female" if day > 40 else "male") if birth_date else None
    return NikReading(nik[:6], birth_date, sex, nik[12:])


def make_date(year: int, month: int, day: int) -> dt.date | None:
    """Return the day, or None when there is none such between 1900 and 2100."""
    try:
        return dt.date(year, month, day) if 1900 <= year <= 2100 else None
    except ValueError:
        return None


def nik_warnings(
    nik: str, birth_date: str | None, sex: str | None, *, as_of: dt.date, regency: str, provinces: frozenset[str]
) -> list[tuple[str, str]]:
    """Return (field, code) of all that the NIK says otherwise. `birth_date` is ISO, `regency` has no dots (`8105`)."""
    reading = read_nik(nik, as_of)
    found = []
    if reading.region[:2] not in provinces:
        found.append(("nik", "nik_unknown_region"))
    elif not reading.region.startswith(regency):
        found.append(("nik", "nik_other_region"))
    if reading.birth_date is None:
        found.append(("nik", "nik_no_date"))
    if reading.serial == "0000":
        found.append(("nik", "nik_serial_zero"))
    if reading.birth_date and birth_date and reading.birth_date.isoformat() != birth_date:
        found.append(("birth_date", "nik_birth_date_differs"))
    if reading.sex and sex and reading.sex != sex:
        found.append(("sex", "nik_sex_differs"))
    return found
