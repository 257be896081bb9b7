"""Answers in: the insurer's file is read, shown, confirmed by a second person, and applied."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.access import me
from ..kit.background import start_work
from ..kit.errors import WrongInput, WrongState
from ..kit.i18n import show_day
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
    missing_from_file,
    rows_of_file,
    take_suggestions,
    verdict_counts,
)
from ..records.answer_judge import take_file
from ..records.messages import UNKNOWN_FILTER
from ..records.reference import reasons
from ..records.region import region_names
from . import room
from .work import followed_job

SHOWN = 50
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
STATE_WORDS = {
    "reading": _l("is being read"),
    "preview": _l("waits for confirmation"),
    "confirmed": _l("is being applied"),
    "applied": _l("applied"),
    "dropped": _l("laid aside"),
    "refused": _l("could not be read"),
}
PROBLEM_WORDS = {
    "spoiled": _l("The spreadsheet cut the NIK off. Ask for a file in which the NIK is text."),
    "not_16": _l("The NIK does not have 16 digits."),
    "empty": _l("There is no NIK."),
    "contradicts": _l("The file says two different things of this NIK. Ask the insurer which one holds."),
    "repeats": _l("The file says the same in another row. That row counts."),
    "by_name": _l("Taken by name and birth date."),
    "accepted": _l("This person is a member already."),
    "declined": _l("This person was declined before."),
    "ended": _l("This person has left. The answer changes nothing; tell the insurer."),
    "kpj_not_11": _l("The number does not have the usual 11 digits."),
    "kpj_spoiled": _l("The spreadsheet cut the number off. Ask for a file in which the number is text."),
    "kpj_too_long": _l("The number is too long."),
    "kpj_is_nik": _l("A NIK stands where the number belongs."),
    "kpj_contradicts": _l("There is a number, and words that deny it. Ask the insurer which one holds."),
    "said_before": _l("An earlier file said the same of this person and took effect. Tick it only if it is a new answer."),
    "not_later": _l("It tells no cover beyond the one that there is already. Tick it only if it is a new answer."),
    "no_words": _l("It does not say whether this person is taken."),
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
    after = request.args.get("after", "0")
    rows = _rows(file, show, int(after) if after.isdigit() and len(after) < 9 else 0)
    page = {
        "file": file, "job": job, "kinds": kinds, "show": show, "rows": rows[:SHOWN], "state_word": STATE_WORDS[file.state],
        "after": rows[SHOWN]["number"] - 1 if len(rows) > SHOWN else 0, "batches": batches_in(file),
        "may_confirm": file.by_id != me().id, "suggests": show in OPEN_TO_SUGGESTION and file.state == "preview",
        "undecided": AnswerRow.undecided_in(file) if file.state in ("preview", "applied") else 0, "errors": {},
    }  # fmt: skip
    return render_template(template, **page | more)


def _rows(file: AnswerFile, show: str, after: int) -> list[dict[str, Any]]:
    names = region_names()
    if show == "missing":
        return [_missing_row(row, names) for row in missing_from_file(file, SHOWN)]
    return [_answer_row(row, names) for row in rows_of_file(file, show, after, SHOWN + 1)] if show else []


def _missing_row(row: Any, names: dict[str, str]) -> dict[str, Any]:
    entry = row.registration
    village = names.get(entry.village_code, entry.village_code)
    return {"number": row.position, "name": entry.name, "nik": entry.masked_nik, "said": village, "why": [], "id": None}


def _answer_row(row: AnswerRow, names: dict[str, str]) -> dict[str, Any]:
    told = row.told
    why = [str(PROBLEM_WORDS[row.problem])] if row.problem in PROBLEM_WORDS else []
    if row.reason_code in reasons() and row.verdict == "declined":
        why.append(reasons()[row.reason_code].label)
    if told["reason_text"]:
        why.append(f"“{told['reason_text']}”")
    covered_to = row.suggested.registration.covered_to if row.suggested else None
    if row.problem == "not_later" and covered_to:
        days = {"so_far": show_day(covered_to), "told": _shown(told["covered_to"])}
        why.append(_("Covered until %(so_far)s so far, by this file until %(told)s.", **days))
    ours = row.batch_row.registration if row.batch_row else None
    if ours and "name" in row.differs:
        why.append(_("We sent the name %(name)s.", name=ours.name))
    if ours and "birth_date" in row.differs:
        why.append(_("We sent the birth date %(day)s.", day=show_day(ours.birth_date)))
    if ours and "kpj" in row.differs and ours.kpj != told["kpj"]:
        why.append(_("So far the number was %(number)s.", number=ours.kpj))
    guess = row.suggested.registration if row.suggested and not row.batch_row else None
    return {
        "id": row.id,
        "number": row.row_number,
        "name": told["name"] or "–",
        "nik": told["nik"] or "–",
        "born": _shown(told["birth_date"]) if told["birth_date"] else "",
        "said": f"KPJ {told['kpj']}" if told["kpj"] else "",
        "why": why,
        "guess": guess and {"name": guess.name, "nik": guess.masked_nik, "village": names.get(guess.village_code, "")},
    }


def _shown(day: str) -> str:
    return show_day(dt.date.fromisoformat(day))


@room.post("/answers/<uuid:file_id>/suggestions")
def believe_suggestions(file_id: uuid.UUID) -> Response:
    """Take the ticked rows for the people whose name and birth date they have."""
    file = find_file(file_id)
    take_suggestions(file, _ticked())
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
    file.drop()
    return _back(file)


def _back(file: AnswerFile) -> Response:
    return make_response(redirect(url_for("exchange.answer", file_id=file.id), 303))
