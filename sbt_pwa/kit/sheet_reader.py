"""Reads one spreadsheet, as a program of its own: file on standard input, JSON on standard output, little may be used.

Run by spreadsheets.py with `python -I`; imports nothing of ours, so it starts in a twentieth of a second and knows no keys.
The file is looked at before it is opened. Measured: the sheet of a normal file of 10,000 or 100,000 rows is packed 12 to 18
times smaller, so 100 times is never a person's work.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

MEGABYTE = 1_000_000
MEMORY = 600 * MEGABYTE
SECONDS = 20
ENTRIES = 200
UNZIPPED = 100 * MEGABYTE
RATIO = 100
SMALL = MEGABYTE  # what unpacks to less than this may be packed as tightly as it likes
CELLS = 1_000_000
LINES = 200_000
WIDEST = 16_384  # columns that Excel has
ANSWER = 64 * MEGABYTE
MACROS = ("vbaproject", "macrosheets/", "activex/")
OTHER_FILES = ("externallinks/", "xl/connections.xml", "xl/querytables/")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Refused(Exception):
    """The only argument is a code that spreadsheets.py has words for."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        answer = json.dumps(read(sys.stdin.buffer.read(), sys.argv[1]))
    except Refused as refusal:
        answer = json.dumps({"refused": str(refusal)})
    except MemoryError:
        answer = json.dumps({"refused": "too_large"})
    sys.stdout.write(answer)


def read(data: bytes, suffix: str) -> dict[str, Any]:
    if data.startswith(b"PK"):
        from_1904 = look_into_zip(data, suffix)
        return {"sheets": sheets_of(data), "from_1904": from_1904}
    if data.startswith(OLE):
        look_into_ole(data)
        return {"sheets": sheets_of(data), "from_1904": False}
    budget = Budget()
    return {"sheets": [{"name": "", "lines": budget.spend(enumerate(csv_rows(data), start=1))}], "from_1904": False}


# ---- before a workbook is opened


def look_into_zip(data: bytes, suffix: str) -> bool:
    """Refuse what no honest sheet has. Return whether the workbook counts its days from 1904."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            entries = pack.infolist()
            look_at_sizes(entries)
            names = [entry.filename.lower().replace("\\", "/") for entry in entries]
            look_at_names(names, suffix)
            from_1904 = False
            for entry in entries:
                from_1904 |= look_at_xml(pack, entry)
            return from_1904
    except (Refused, MemoryError):
        raise
    except Exception as trouble:  # a forged zip makes the decoders raise nearly anything, zlib.error among it
        raise Refused("broken") from trouble


def look_at_sizes(entries: list[zipfile.ZipInfo]) -> None:
    packed = sum(entry.compress_size for entry in entries)
    unzipped = sum(entry.file_size for entry in entries)
    tight = any(e.file_size > SMALL and e.file_size > RATIO * e.compress_size for e in entries)
    if len(entries) > ENTRIES or unzipped > UNZIPPED or tight or unzipped > max(SMALL, RATIO * packed):
        raise Refused("too_large")


def look_at_names(names: list[str], suffix: str) -> None:
    if suffix in (".xlsm", ".xltm", ".xlam") or any(part in name for name in names for part in MACROS):
        raise Refused("macro")
    if any(part in name for name in names for part in OTHER_FILES):
        raise Refused("external")
    if "xl/workbook.xml" not in names:
        raise Refused("type")
    if len(set(names)) < len(names):
        raise Refused("broken")


def look_at_xml(pack: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Read it through once, which also holds its size and checksum against what the zip says."""
    from_1904, before = False, b""
    with pack.open(entry) as file:
        while piece := file.read(MEGABYTE):
            window = (before + piece).replace(b"\0", b"")  # UTF-16 hides letters between zeros
            before = piece[-64:]
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise Refused("broken")
            if b"macroEnabled" in window and entry.filename == "[Content_Types].xml":
                raise Refused("macro")
            from_1904 |= b'date1904="1"' in window or b'date1904="true"' in window
    return from_1904 and entry.filename.lower() == "xl/workbook.xml"


def look_into_ole(data: bytes) -> None:
    """An old .xls, or a new file under a password."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as pack:
            names = ["/".join(path).lower() for path in pack.listdir()]
    except Exception as trouble:
        raise Refused("broken") from trouble
    if "encryptedpackage" in names:
        raise Refused("password")
    if any("_vba_project" in name for name in names):
        raise Refused("macro")
    if not {"workbook", "book"} & set(names):
        raise Refused("type")


# ---- reading


class Budget:
    """Counts what was read, over all sheets of a file."""

    def __init__(self) -> None:
        self.cells = self.lines = self.characters = 0

    def spend(self, rows: Iterable[tuple[int, list[Any]]]) -> list[tuple[int, list[Any]]]:
        """Return (number, cells) of the rows that hold something. Raise Refused when it is more than anyone needs."""
        kept = []
        for number, row in rows:
            if len(row) > WIDEST:
                raise Refused("too_large")
            cells = [plain(value) for value in row]
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                continue
            self.lines += 1
            self.cells += len(cells)
            self.characters += sum(len(cell) if isinstance(cell, str) else 20 for cell in cells)
            if self.lines > LINES or self.cells > CELLS or self.characters > ANSWER:
                raise Refused("too_large")
            kept.append((number, cells))
        return kept


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**63 else value if value - value == 0 else str(value)
    if isinstance(value, dt.date):  # a moment is one as well; its time of day says nothing here
        return {"date": f"{value:%Y-%m-%d}".rjust(10, "0")}
    return value if value is None or isinstance(value, int) else str(value)


def sheets_of(data: bytes) -> list[dict[str, Any]]:
    """Read the sheets that a person sees; a hidden one must not decide about anybody."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = [
            position
            for position, sheet in enumerate(book.sheets_metadata)
            if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        budget = Budget()
        return [read_sheet(book.get_sheet_by_index(position), budget) for position in shown]
    except calamine.PasswordError as trouble:
        raise Refused("password") from trouble
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as trouble:
        raise Refused("broken") from trouble


def read_sheet(sheet: Any, budget: Budget) -> dict[str, Any]:
    before = [None] * (sheet.start[1] if sheet.start else 0)  # empty columns at the left are left out by the library
    rows = ((number, before + row) for number, row in enumerate(sheet.iter_rows(), start=1))
    return {"name": sheet.name, "lines": budget.spend(rows)}


# ---- CSV


def csv_rows(data: bytes) -> Iterator[list[str]]:
    text = decoded(data)
    start = text.lstrip()[:200].lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "<head", "<meta", "<style", "<div")):
        raise Refused("html")
    if any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text[:10_000]):
        raise Refused("type")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    except csv.Error as trouble:
        raise Refused("broken") from trouble


def decoded(data: bytes) -> str:
    """Read UTF-8, UTF-16 with its mark, or what old Windows programs write."""
    if data[:5] == b"%PDF-" or data[:4] in (b"\x89PNG", b"GIF8", b"{\\rt", b"Rar!") or data[:2] in (b"\xff\xd8", b"\x1f\x8b"):
        raise Refused("type")
    guesses = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for guess in guesses:
        try:
            return data.decode(guess)
        except UnicodeDecodeError:
            continue
    raise Refused("type")


def delimiter_of(text: str) -> str:
    """Take the sign that the first lines have most of; Excel may name it itself (`sep=;`)."""
    first = text.lstrip()[:6].lower()
    if first.startswith("sep=") and first[4:5] in (";", ",", "\t"):
        return first[4]
    lines = "\n".join(text[:20_000].splitlines()[:20])
    return max(";\t,", key=lines.count)


if __name__ == "__main__":
    main()
