"""Rows put into a workbook that XlsxWriter made without any, straight into its packed sheet.

Its own way costs three times as much, keeps the rows in plain files meanwhile, and takes a text like `<r>..</r>` for its markup.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter.utility import xl_col_to_name

Value = str | int | dt.date | None  # each in the look that the model has for its kind
SHEET = "xl/worksheets/sheet1.xml"
MODEL = re.compile('<row r="1".*</row>', re.DOTALL)  # a line that shows the looks of a head, a text, a number and a day
LOOK = re.compile('<c r="[A-D]1"( s="[0-9]+")')
DIMENSION = re.compile("<dimension [^>]*/>")  # would have to be known before the rows are
LIKE_AN_ESCAPE = re.compile("_(?=x[0-9a-fA-F]{4}_)")  # Excel reads _x0041_ as A
DAY_0 = dt.date(1899, 12, 30).toordinal()


def fill(book: bytes, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return the workbook with heads and rows in place of the model. The same cells are the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as empty, zipfile.ZipFile(file, "w") as full:
        for old in empty.infolist():
            part = zipfile.ZipInfo(old.filename, old.date_time)
            part.compress_type = zipfile.ZIP_DEFLATED
            with full.open(part, "w") as place:
                if old.filename != SHEET:
                    place.write(empty.read(old))
                    continue
                for piece in _sheet(empty.read(old).decode(), heads, rows):
                    place.write(piece.encode())
    return file.getvalue()


def _sheet(model: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    before, after = MODEL.split(DIMENSION.sub("", model))
    head, *looks = LOOK.findall(model)
    names = [xl_col_to_name(position) for position in range(len(heads))]
    yield before + _line(1, names, heads, [head] * 3)
    for number, row in enumerate(rows, 2):
        yield _line(number, names, row, looks)
    yield after


def _line(number: int, names: Sequence[str], values: Sequence[Value], looks: Sequence[str]) -> str:
    text, whole, day = looks
    cells = []
    for name, value in zip(names, values, strict=True):
        if isinstance(value, str):
            cells.append(f'<c r="{name}{number}"{text} t="inlineStr"><is>{_told(value)}</is></c>')
        elif isinstance(value, dt.date):
            cells.append(f'<c r="{name}{number}"{day}><v>{value.toordinal() - DAY_0}</v></c>')
        elif value is not None:
            cells.append(f'<c r="{name}{number}"{whole}><v>{value:d}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def _told(text: str) -> str:
    escaped = html.escape(LIKE_AN_ESCAPE.sub("_x005F_", text), quote=False)
    return f"<t>{escaped}</t>" if text == text.strip() else f'<t xml:space="preserve">{escaped}</t>'
