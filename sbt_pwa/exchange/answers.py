"""Answers in: the insurer's file is read, shown, confirmed by a second person, and applied."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from ..kit.access import me
from ..kit.background import start_work
from ..kit.errors import WrongInput, WrongState
from ..kit.limits import takes_at_most
from ..kit.spreadsheets import MAX_FILE, FileRefused
from ..records import answer_effect
from ..records.answer import (
    OPEN_TO_SUGGESTION,
    VERDICTS,
    AnswerFile,
    AnswerRow,
    batches_in,
    find_file,
    missing_count,
    take_suggestions,
    verdict_counts,
)
from ..records.answer_judge import take_file
from ..records.messages import UNKNOWN_FILTER
from . import room
from .answer_rows import page_of_rows
from .work import followed_job, trouble_of

VERDICT_WORDS = {
    "accepted": _l("become members"),
    "eligible": _l("may become members"),
    "declined": _l("are not taken"),
    "changed": _l("differ in name, birth date or number"),
    "unclear": _l("are unclear"),
    "spoiled": _l("have a spoiled NIK"),
    "unknown": _l("stand in no open batch"),
    "twice": _l("stand there twice"),
    "already": _l("were answered before"),
    "missing": _l("are missing from the file"),
}
WORKED_ON = ("reading", "confirmed", "refused")  # states in which work is not done, or could not be
STATE_WORDS = {
    "reading": _l("is being read"),
    "preview": _l("waits for confirmation"),
    "confirmed": _l("is being applied"),
    "applied": _l("applied"),
    "dropped": _l("laid aside"),
    "refused": _l("could not be read"),
}


@room.get("/answers")
def answers() -> str:
    return _list_page()


def _list_page(**more: Any) -> str:
    page = {"files": AnswerFile.in_states(), "state_words": STATE_WORDS, "errors": {}}
    return render_template("exchange/answers.html", **page | more)


@room.post("/answers")
@takes_at_most(MAX_FILE)
def take_answer() -> Response:
    upload = request.files.get("file")
    data = upload.read() if upload else b""
    try:
        if not data or upload is None:
            raise FileRefused("empty")
        file = take_file(data, upload.filename or "", me())
    except (WrongInput, WrongState) as slip:
        return make_response(_list_page(errors={"file": slip.message}), 422)
    start_work()
    return make_response(redirect(url_for("exchange.answer", file_id=file.id), 303))


@room.get("/answers/<uuid:file_id>")
def answer(file_id: uuid.UUID) -> str:
    return _answer_page(find_file(file_id), "exchange/answer.html")


@room.get("/answers/<uuid:file_id>/progress")
def answer_progress(file_id: uuid.UUID) -> str:
    return _answer_page(find_file(file_id), "exchange/_answer.html")


def _answer_page(file: AnswerFile, template: str, **more: Any) -> str:
    job, counts = followed_job(file.id), verdict_counts(file)
    show = request.args.get("show", "")
    if show not in ("", "missing", "changed", *VERDICTS):
        raise WrongInput(UNKNOWN_FILTER)
    kinds = [(verdict, VERDICT_WORDS[verdict], count) for verdict in (*VERDICTS, "changed") if (count := counts[verdict])]
    missing = missing_count(file) if file.state in ("preview", "confirmed", "applied") else 0
    kinds += [("missing", VERDICT_WORDS["missing"], missing)] if missing else []
    show = show or (kinds[0][0] if kinds else "")
    rows, after = page_of_rows(file, show, request.args.get("after", ""))
    page = {
        "file": file, "job": job, "trouble": trouble_of(job) if file.state in WORKED_ON else None,
        "kinds": kinds, "show": show, "rows": rows, "state_word": STATE_WORDS[file.state],
        "after": after, "batches": batches_in(file),
        "tickers": [one.name for one in file.tickers], "is_mine": file.by_id == me().id,
        "may_confirm": file.may_be_confirmed_by(me()), "suggests": show in OPEN_TO_SUGGESTION and file.state == "preview",
        "undecided": AnswerRow.undecided_in(file) if file.state in ("preview", "applied") else 0, "errors": {},
    }  # fmt: skip
    return render_template(template, **page | more)


@room.post("/answers/<uuid:file_id>/suggestions")
def believe_suggestions(file_id: uuid.UUID) -> Response:
    """Take the ticked rows for the people whose name and birth date they have."""
    file = find_file(file_id)
    take_suggestions(file, _ticked(), me())
    return _back(file)


def _ticked() -> list[uuid.UUID]:
    try:
        return [uuid.UUID(told) for told in request.form.getlist("row")]
    except ValueError:
        raise WrongInput(UNKNOWN_FILTER) from None


@room.post("/answers/<uuid:file_id>/confirm")
def confirm_answer(file_id: uuid.UUID) -> Response:
    file = find_file(file_id)
    answer_effect.confirm(file, me())
    start_work()
    return _back(file)


@room.post("/answers/<uuid:file_id>/drop")
def drop_answer(file_id: uuid.UUID) -> Response:
    file = find_file(file_id)
    answer_effect.lay_aside(file, me())
    return _back(file)


def _back(file: AnswerFile) -> Response:
    return make_response(redirect(url_for("exchange.answer", file_id=file.id), 303))
