"""Who stands in a batch and has no answer: the page, and the list as a spreadsheet to ask the insurer with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from ..kit.access import me
from ..kit.db import now
from ..kit.spreadsheets import Column
from ..kit.table_files import table_answer
from ..records.batch import open_rows, open_summary
from ..records.chased_list import chased_lines, note_chased
from ..records.region import region_names
from . import room
from .batches import SHOWN, row_before


@room.get("/unanswered")
def unanswered() -> str:
    """The longest waiting first."""
    found = open_rows(SHOWN + 1, after=row_before())
    rows = [(row, (now() - (row.batch.frozen_at or now())).days) for row in found[:SHOWN]]
    return render_template(
        "exchange/unanswered.html",
        rows=rows,
        names=region_names(),
        count=sum(count for _batch, count in open_summary()),
        after=found[SHOWN - 1].id if len(found) > SHOWN else "",
        is_first=not request.args.get("after"),
    )


@room.post("/unanswered/list.<any(csv, xlsx):ending>")
def unanswered_file(ending: str) -> Response:
    """All of them. NIKs do not stand in it: batch and row name a person in the file that the insurer has."""
    columns = [
        Column(_("No."), "integer", 6), Column(_("Name"), "text", 32), Column(_("District"), "text", 22),
        Column(_("Village"), "text", 22), Column(_("Batch"), "text", 12), Column(_("Row"), "integer", 8),
        Column(_("Frozen"), "text", 12), Column(_("Days"), "integer", 8), Column(_("Said so far"), "text", 24),
    ]  # fmt: skip
    answer = table_answer("belum-dijawab", _("Without answer"), (columns, _cells()), ending)
    note_chased(hashlib.sha256(answer.get_data()).hexdigest(), me())
    return answer


def _cells() -> Iterator[list[Any]]:
    names = region_names()
    for number, line in enumerate(chased_lines(), 1):
        places = (names.get(line.district_code, line.district_code), names.get(line.village_code, line.village_code))
        said = _("may become a member, the number has not come yet") if line.may_be_taken else ""
        yield [number, line.name, *places, line.batch, line.row, line.frozen_on, line.days, said]
