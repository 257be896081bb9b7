"""A batch's manifest, its file opened once more, and whether an uploaded file is the one that was sent."""

from __future__ import annotations

import uuid

from flask import Response, make_response, redirect, render_template, request, session, url_for

from ..kit.access import me
from ..kit.i18n import show_moment
from ..kit.limits import takes_at_most
from ..kit.spreadsheets import MAX_FILE, FileRefused
from ..records.batch import find_batch
from ..records.manifest import manifest_of, what_is
from . import room
from .batches import frozen, handed_out


@room.post("/batches/<uuid:batch_id>/manifest")
def batch_manifest(batch_id: uuid.UUID) -> Response:
    found = frozen(batch_id)
    return handed_out(found, "manifest", manifest_of(found), "application/json", f"manifest-{found.title}.json")


@room.post("/batches/<uuid:batch_id>/open")
def open_batch_again(batch_id: uuid.UUID) -> Response:
    """Let the file be taken for some days more. Who did that stands in the list of who took it."""
    frozen(batch_id).open_again(me())
    return make_response(redirect(url_for("exchange.batch", batch_id=batch_id), 303))


@room.get("/batches/check")
def file_check() -> str:
    """Say what the file is that was uploaded last, if any was."""
    told = session.pop("file_check", None)
    batch = find_batch(uuid.UUID(told["batch"])) if told and told["batch"] else None
    return render_template("exchange/file_check.html", told=told, batch=batch, errors={})


@room.post("/batches/check")
@takes_at_most(MAX_FILE)
def check_file() -> Response:
    upload = request.files.get("file")
    try:
        found = what_is(upload.read() if upload else b"", (upload and upload.filename) or "")
    except FileRefused as slip:
        return make_response(
            render_template("exchange/file_check.html", told=None, batch=None, errors={"file": slip.message}), 422
        )
    session["file_check"] = {
        "kind": found.kind, "batch": str(found.batch.id) if found.batch else "", "lines": found.lines,
        "more": found.line_count - len(found.lines), "missing": found.missing_count,
        "sheets": found.sheet_count,
        "who": found.download.by.name if found.download else "",
        "at": show_moment(found.download.made_at) if found.download else "",
    }  # fmt: skip
    return make_response(redirect(url_for("exchange.file_check"), 303))
