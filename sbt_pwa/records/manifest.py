"""Is this the file that we sent? A manifest under our mark goes with each batch, and an uploaded file is held against both.

The mark is a keyed hash (the key ring's index key): whoever lacks the key cannot make one, and we can tell ours again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from ..kit.db import db
from ..kit.errors import WrongState
from ..kit.spreadsheets import Cell, Line, read_table, writable
from ..kit.vault import vault
from .batch import Batch, BatchRow, Download

NIK = re.compile("[0-9]{16}")
MANIFEST = "sbt-manifest/1"
SOME = 20  # lines that a page names
AT_ONCE = 500


@dataclass(frozen=True)
class Found:
    """What an uploaded file is.

    `kind`: handed_out (byte for byte), same_rows (saved again, every row as frozen), changed, manifest, manifest_changed,
    not_ours.
    """

    kind: str
    batch: Batch | None = None
    download: Download | None = None
    lines: list[int] = field(default_factory=list)  # lines of the file that do not stand so in the batch; the first SOME
    line_count: int = 0
    missing_count: int = 0  # rows of the batch that do not stand so in the file
    sheet_count: int = 1  # filled sheets; ours has one


def manifest_of(batch: Batch) -> bytes:
    """Return the manifest as JSON text. Raise WrongState before the freeze."""
    if batch.state != "frozen" or batch.frozen_at is None:
        raise WrongState()
    facts = _facts(batch)
    return json.dumps(facts | {"mark": vault.ring.blind("manifest", _canonical(facts)).hex()}, indent=1).encode()


def _facts(batch: Batch) -> dict[str, Any]:
    frozen_at = f"{batch.frozen_at:%Y-%m-%dT%H:%M:%SZ}"
    facts = {"manifest": MANIFEST, "batch": batch.title, "frozen_at": frozen_at, "rows": batch.row_count}
    return facts | {"rupiah": batch.total_rupiah, "digest": batch.digest}


def _canonical(facts: dict[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"))


def what_is(data: bytes, file_name: str) -> Found:
    """Say what this file is. Raise FileRefused for what is no spreadsheet, no manifest and nothing that we handed out."""
    download = db.session.scalar(select(Download).where(Download.sha256 == hashlib.sha256(data).hexdigest()).limit(1))
    if download:
        return Found("handed_out", db.session.get(Batch, download.batch_id), download)
    told = _as_manifest(data)
    if told is not None:
        return _manifest(told)
    db.session.rollback()  # nobody waits for the database while the file is read
    return _sheets([sheet.lines for sheet in read_table(data, file_name).sheets if sheet.lines])


def _as_manifest(data: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(data) if len(data) < 10_000 else None
    except (ValueError, RecursionError):  # no JSON, or nested deeper than anything of ours
        return None
    return told if isinstance(told, dict) and told.get("manifest") == MANIFEST else None


def _manifest(told: dict[str, Any]) -> Found:
    """The mark first: without it nothing is believed, not even which batch is meant."""
    facts, mark = {name: value for name, value in told.items() if name != "mark"}, str(told.get("mark"))
    marks = [blind.hex() for blind in vault.ring.blinds("manifest", _canonical(facts))]
    if not any(hmac.compare_digest(mark.encode(), one.encode()) for one in marks):
        return Found("manifest_changed")
    # The digest is that of the rows, and the same people may be sent again as they were.
    same_rows = db.session.scalars(select(Batch).where(Batch.digest == str(facts["digest"]), Batch.state == "frozen"))
    batch = next((one for one in same_rows if _facts(one) == facts), None)
    return Found("manifest", batch) if batch else Found("manifest_changed")


def _sheets(sheets: list[list[Line]]) -> Found:
    """Hold the first sheet against the batch that most people of all stand in, cell by cell, in whatever order."""
    cells = (cell for lines in sheets for line in lines for cell in line.cells)
    batch = _batch_of({cell for cell in cells if isinstance(cell, str) and NIK.fullmatch(cell)})
    if batch is None:
        return Found("not_ours")
    ours = Counter([_texts(column["header"] for column in batch.profile["columns"]), *map(_texts, batch.rows())])
    changed = []
    for line in sheets[0]:
        texts = _texts(line.cells)
        if ours[texts] > 0:
            ours[texts] -= 1
        else:
            changed.append(line.number)
    missing = ours.total()
    kind = "changed" if changed or missing or len(sheets) > 1 else "same_rows"
    return Found(kind, batch, None, changed[:SOME], len(changed), missing, len(sheets))


def _batch_of(niks: set[str]) -> Batch | None:
    """Return the frozen batch in which most of these people stand, the newest of several."""
    blinds = [blind for nik in niks for blind in vault.ring.blinds("nik", nik)]
    counts: Counter[Any] = Counter()
    for at in range(0, len(blinds), AT_ONCE):
        some = BatchRow.nik_index.in_(blinds[at : at + AT_ONCE])
        query = select(BatchRow.batch_id, func.count()).where(some).group_by(BatchRow.batch_id)
        counts.update({row[0]: row[1] for row in db.session.execute(query)})
    frozen = select(Batch).where(Batch.id.in_(counts), Batch.state == "frozen")
    return max(db.session.scalars(frozen), key=lambda batch: (counts[batch.id], batch.frozen_at), default=None)


def _texts(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return the cells as a spreadsheet shows them, without the empty ones at the end."""
    texts = [_text(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return writable(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()
