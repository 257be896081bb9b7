"""Spreadsheets: written so that nothing in them ever comes alive, read in a process of its own with limits."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from flask_babel import lazy_gettext as _l
from msoffcrypto.format.ooxml import OOXMLFile

from .errors import WrongInput

Cell = str | int | float | dt.date | None
MAX_FILE = 20_000_000  # bytes; a file of 100,000 rows has about 5 MB
LONGEST_TEXT = 32_767  # what a cell of Excel holds
EXACT_DIGITS = 15  # Excel turns the further digits of a number into zeros
READER = Path(__file__).with_name("sheet_reader.py")
SECONDS = 30
# Control characters, halves of surrogate pairs and non-characters have no place in XML.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

REFUSALS: dict[str, Any] = {
    "empty": _l("This file is empty. Choose the file again."),
    "type": _l("This is not a spreadsheet. Open it in a spreadsheet program and save it as .xlsx or .csv."),
    "html": _l("This is a web page that is only called a spreadsheet. Open it in a spreadsheet program and save it as .xlsx."),
    "macro": _l("This file carries macros. Open it in a spreadsheet program and save it as .xlsx without macros."),
    "external": _l("This file draws on other files. Copy its cells as values into a new file and save that as .xlsx."),
    "password": _l("This file has a password. Open it in a spreadsheet program and save it without the password."),
    "broken": _l("This file is damaged or cut off. Ask for it again, or save it anew as .xlsx."),
    "too_large": _l("This file is too large to be read. Keep only the rows with people, at most 200,000, and save it anew."),
}


class FileRefused(WrongInput):
    """A file that is not read. `code` is one of REFUSALS; the message says what to do."""

    def __init__(self, code: str):
        super().__init__(REFUSALS[code], code=code)


@dataclass(frozen=True)
class Column:
    header: str
    kind: str = "text"  # text | date (a text dd-mm-yyyy) | integer | day (a date that can be reckoned with)
    width: int = 16  # in characters


class Line(NamedTuple):
    number: int  # as the spreadsheet program shows it
    cells: list[Cell]


@dataclass(frozen=True)
class Sheet:
    name: str
    lines: list[Line]  # those that hold something


@dataclass(frozen=True)
class Table:
    sheets: list[Sheet]
    from_1904: bool = False  # the workbook counts its days from 1904


# ---- writing


def write_sheet(
    sheet: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    password: str | None = None,
    made_at: dt.datetime | None = None,
) -> bytes:
    """Return an xlsx with one sheet; with a password it is encrypted as Office does it (AES-256).

    With a moment of making, the same cells are the same bytes whenever they are written. A password salts them each time.
    """
    file = io.BytesIO()
    with tempfile.TemporaryDirectory(dir=_memory_folder()) as folder:
        options = {**WORKBOOK_OPTIONS, "tmpdir": folder}
        with xlsxwriter.Workbook(file, options) as book:  # closed also when the rows break off
            if made_at:
                book.set_properties({"created": made_at})
            _fill(book, sheet, columns, rows)
    return _encrypt(file, password) if password else file.getvalue()


def _fill(book: Any, sheet: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    page = book.add_worksheet(sheet)
    text, head = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
    day = book.add_format({"num_format": "dd-mm-yyyy"})
    for position, column in enumerate(columns):  # the format of a column also serves who types into its empty cells
        page.set_column(position, position, column.width, {"integer": None, "day": day}.get(column.kind, text))
    page.freeze_panes(1, 0)
    for position, column in enumerate(columns):
        page.write_string(0, position, writable(column.header), head)
    for line, row in enumerate(rows, start=1):
        for position, (column, value) in enumerate(zip(columns, row, strict=True)):
            if column.kind == "integer" and isinstance(value, int) and abs(value) < 10**EXACT_DIGITS:
                page.write_number(line, position, value)
            elif column.kind == "day" and isinstance(value, dt.date):
                page.write_datetime(line, position, dt.datetime.combine(value, dt.time()), day)
            elif value is not None and value != "":
                page.write_string(line, position, writable(value), text)


def _memory_folder() -> str | None:
    """Return a folder that is no disk: the writer keeps rows in plain files meanwhile, and they name people."""
    memory = Path("/dev/shm")  # noqa: S108 (each use makes a folder of its own in it)
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 200_000_000 else None


def writable(value: Cell) -> str:
    """Return the text of a cell: line ends become LF, what XML cannot hold becomes U+FFFD, and 32,767 characters fit."""
    text = f"{value:%d-%m-%Y}" if isinstance(value, dt.date) else str(value)
    if text.startswith("<r>"):
        text = " " + text  # XlsxWriter takes what begins so for its own markup, and writes it as it stands
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT:
        return text  # nearly every cell
    text = UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    while len(text.encode("utf-16-le")) > 2 * LONGEST_TEXT:
        text = text[: min(LONGEST_TEXT, len(text) - 1)]
    return text


def _encrypt(file: io.BytesIO, password: str) -> bytes:
    shut = io.BytesIO()
    OOXMLFile(file).encrypt(password, shut)
    return shut.getvalue()


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a CSV that spreadsheet programs open as it is meant: UTF-8 with its mark, semicolons, nothing that computes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(map(_harmless, headers))
    writer.writerows(map(_harmless, row) for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _harmless(value: Cell) -> str:
    """Put an apostrophe before what a spreadsheet program would compute, full-width signs and leading blanks included."""
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    text = f"{value:%d-%m-%Y}" if isinstance(value, dt.date) else str(value).replace("\0", "\ufffd")
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])[:1]
    return "'" + text if first in set("=+-@") or text[:1] in set("\t\r\n") else text


# ---- reading


def read_table(data: bytes, file_name: str) -> Table:
    """Return what stands in an xlsx, xls or csv. Raise FileRefused.

    Merged cells give their value once and None for the rest. Dates come as the file holds them: a date, a text, a number.
    """
    if not data:
        raise FileRefused("empty")
    if len(data) > MAX_FILE:
        raise FileRefused("too_large")
    answer = _ask_reader(data, Path(file_name).suffix.lower())
    if "refused" in answer:
        raise FileRefused(answer["refused"])
    sheets = [Sheet(one["name"], [Line(n, [_cell(c) for c in cells]) for n, cells in one["lines"]]) for one in answer["sheets"]]
    return Table(sheets, answer["from_1904"])


def _ask_reader(data: bytes, suffix: str) -> dict[str, Any]:
    """Let a process of its own read: a hostile file costs that one its life, and us nothing."""
    command = [sys.executable, "-I", str(READER), suffix]
    try:
        done = subprocess.run(  # noqa: S603 (our own program; the suffix is only compared)
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise FileRefused("too_large") from None
    if done.returncode == 0:
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
    raise FileRefused("too_large" if done.returncode < 0 else "broken")  # below zero: stopped at a limit


def _cell(value: Any) -> Cell:
    """Give back what JSON cannot say: a date travels as {"date": "2026-08-17"}."""
    return dt.date.fromisoformat(value["date"]) if isinstance(value, dict) else value
