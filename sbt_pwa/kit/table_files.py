"""A table as a file to take along: CSV, or XLSX with real numbers and days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flask import Response

from .i18n import today
from .spreadsheets import Cell, Column, write_csv, write_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")  # of a sheet
KINDS = {"#": "integer", "@": "day"}  # with which sign a head begins
Head = str | Column  # a word, `#` before one with numbers below, `@` with days
Table = tuple[Sequence[Head], Iterable[Sequence[Cell]]]  # heads, rows


def table_answer(name: str, title: str, table: Table, ending: str) -> Response:
    """Return the table as a download, named with today's date; `ending` is csv or xlsx."""
    return file_answer(f"{name}-{today().isoformat()}.{ending}", title, table)


def file_answer(file_name: str, title: str, table: Table) -> Response:
    """Return the table as a download of this name, which ends in .csv or .xlsx."""
    heads, rows = table
    columns = [head if isinstance(head, Column) else _column(head) for head in heads]
    if file_name.endswith(".csv"):
        data, kind = write_csv([column.header for column in columns], rows), "text/csv"
    else:
        data, kind = write_sheet(NOT_IN_A_NAME.sub(" ", title)[:31], columns, rows), XLSX
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(data, mimetype=kind, headers=headers)


def _column(head: str) -> Column:
    return Column(head[1:], KINDS[head[0]]) if head[:1] in KINDS else Column(head)
