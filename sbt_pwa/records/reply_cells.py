"""Cells of the insurer's files, read as people and Excel leave them: a NIK, a KPJ, a day, words. Nothing is guessed."""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from ..kit.spreadsheets import Cell
from .nik import make_date

WORDS = Path(__file__).parent / "data" / "insurer_words.csv"
EXACT = 2**53  # above it a spreadsheet's number no longer tells neighbours apart
KPJ_LONGEST = 20
SIXTEEN = re.compile("[0-9]{16}")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
POWER_OF_TEN = re.compile(r"[0-9]+([.,][0-9]+)?[Ee]\+?[0-9]+")
WRITTEN_NUMBER = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(\1[0-9]{3})*|[0-9]{16}[.,]0+")
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan januari january", "feb peb februari pebruari february", "mar maret march", "apr april", "mei may",
            "jun juni june", "jul juli july", "agu ags agt agustus aug august", "sep sept september", "okt oktober oct october",
            "nov nop november nopember", "des desember dec december",
        ],
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def text_of(value: Cell) -> str:
    """Return what a person sees, without what nobody sees and without Excel's apostrophe."""
    if value is None:
        return ""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", str(value)))
    return " ".join(text.split()).lstrip("'’‘`´").strip()


def words_of(value: Cell) -> str:
    """Return the words in capitals: `TGL_LAHIR (dd-mm-yyyy)` becomes `TGL LAHIR DD MM YYYY`."""
    return " ".join(re.findall(r"[A-Z0-9]+", text_of(value).upper()))


# ---- numbers that are names


def read_nik_cell(value: Cell) -> tuple[str | None, str | None]:
    """Return the NIK as it stands there, and what is wrong with it: `empty`, `spoiled` or `not_16`.

    Excel keeps 15 digits of a number and writes a zero for the sixteenth, so a number that ends in zero may have been
    another one. Rounded forms such as 8.1E+15 have lost more.
    """
    text = text_of(value)
    if not text or text in ("-", "0"):
        return None, "empty"
    digits = re.sub(r"[ .,'’\-]", "", text)
    if POWER_OF_TEN.fullmatch(text) or isinstance(value, float):
        return text, "spoiled"
    number = isinstance(value, int) or WRITTEN_NUMBER.fullmatch(text)
    if number:
        digits = re.sub(r"[.,]0+", "", text) if re.fullmatch(r"[0-9]{16}[.,]0+", text) else digits
    if not SIXTEEN.fullmatch(digits):
        return text, "not_16"
    if number and (digits.endswith("0") or int(digits) >= EXACT):
        return digits, "spoiled"
    return digits, None


def read_kpj(value: Cell, nik: str | None) -> tuple[str | None, str | None]:
    """Return (kpj, problem). `not_11` is only unusual; with `spoiled`, `too_long` and `is_nik` there is no number."""
    text = text_of(value)
    bare = re.sub(r"[ .\-]", "", text)
    if not bare.strip("0"):
        return None, None
    if POWER_OF_TEN.fullmatch(text) or isinstance(value, float):
        return None, "spoiled"
    if len(bare) > KPJ_LONGEST:
        return None, "too_long"
    if bare == nik or SIXTEEN.fullmatch(bare):
        return None, "is_nik"
    return bare, None if re.fullmatch("[0-9]{11}", bare) else "not_11"


# ---- days


def read_day(value: Cell, from_1904: bool = False) -> dt.date | None:
    """Read a date, a serial number of Excel, 17-08-1990, 1990-08-17, 17081990 or 17 Agustus 1990."""
    if value is None or isinstance(value, dt.date):
        return value
    text = text_of(value).rpartition(",")[2].strip()  # "Bula, 17-08-1990"
    if re.fullmatch(r"[0-9]{1,5}([.,][0-9]+)?", text):
        return _serial(int(re.split("[.,]", text)[0]), from_1904)
    if re.fullmatch(r"[0-9]{7,8}", text):
        return _eight_digits(text.zfill(8))
    parts = re.findall(r"[0-9]+|[A-Za-z]+", re.sub(r"[T ][0-9]{1,2}:[0-9:.]+.*", "", text))
    return _three_parts(parts) if len(parts) == 3 else None


def unread_days(cells: Iterable[Cell], from_1904: bool = False) -> list[str]:
    """Return what stands where a day belongs and is none. Zeros and dashes tell nothing."""
    said = [cell for cell in cells if re.search("[1-9A-Za-z]", text_of(cell))]
    return [text_of(cell) for cell in said if read_day(cell, from_1904) is None]


def _serial(days: int, from_1904: bool) -> dt.date | None:
    """1900 counts a 29 February that never was, so days are counted from 1899-12-30."""
    first = dt.date(1904, 1, 1) if from_1904 else dt.date(1899, 12, 30)
    return first + dt.timedelta(days=days) if 366 < days < 73_000 else None


def _eight_digits(text: str) -> dt.date | None:
    if text[:2] in ("19", "20") and (found := make_date(int(text[:4]), int(text[4:6]), int(text[6:]))):
        return found
    return make_date(int(text[4:]), int(text[2:4]), int(text[:2]))


def _three_parts(parts: list[str]) -> dt.date | None:
    if parts[1].isalpha():
        parts = [parts[0], str(MONTHS.get(parts[1].lower(), 0)), parts[2]]
    if not all(part.isdigit() for part in parts):
        return None
    first, month, last = map(int, parts)
    if len(parts[0]) == 4:
        return make_date(first, month, last)
    year = last if len(parts[2]) == 4 else _century(last)
    return make_date(year, month, first) or make_date(year, first, month)  # the American order, where only it is a day


def _century(short_year: int) -> int:
    return short_year + (1900 if short_year > dt.datetime.now(dt.UTC).year % 100 + 5 else 2000)


# ---- words


@dataclass(frozen=True)
class Meaning:
    says: str | None  # yes, no; None for words that are not known
    code: str | None = None


@cache
def _known_words() -> tuple[dict[str, Meaning], list[tuple[re.Pattern[str], Meaning]]]:
    with WORDS.open(newline="", encoding="utf-8") as file:
        rows = [row | {"meaning": row["meaning"].replace("unclear", "")} for row in csv.DictReader(file)]
    whole = {row["pattern"]: Meaning(row["meaning"] or None, row["code"] or None) for row in rows if row["match"] == "whole"}
    within = [(row["pattern"], Meaning(row["meaning"] or None, row["code"] or None)) for row in rows if row["match"] == "words"]
    return whole, [(re.compile(rf"\b{re.escape(pattern)}\b"), meaning) for pattern, meaning in within]


def meaning_of(value: Cell) -> Meaning:
    """Return what the insurer's words mean; the first line of the list that fits decides."""
    return _meaning(words_of(value))


@lru_cache(maxsize=1_000)
def _meaning(words: str) -> Meaning:
    whole, within = _known_words()
    if words in whole:
        return whole[words]
    return next((meaning for pattern, meaning in within if pattern.search(words)), Meaning(None))
