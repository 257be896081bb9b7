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
Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]  # heads, `#` before one with numbers below, `@` with days; rows


def table_answer(name: str, title: str, table: Table, ending: str) -> Response:
    """Return the table as a download; `ending` is csv or xlsx."""
    heads, rows = table
    columns = [Column(head[1:], KINDS[head[0]]) if head[:1] in KINDS else Column(head) for head in heads]
    if ending == "csv":
        data, kind = write_csv([column.header for column in columns], rows), "text/csv"
    else:
        data, kind = write_sheet(NOT_IN_A_NAME.sub(" ", title)[:31], columns, rows), XLSX
    headers = {"Content-Disposition": f'attachment; filename="{name}-{today().isoformat()}.{ending}"'}
    return Response(data, mimetype=kind, headers=headers)
