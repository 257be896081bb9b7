"""The rows of the insurer's file in words: what each says, what is odd about it, and the days that would be stored."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.errors import NotFound
from ..kit.i18n import show_day, show_moment
from ..records.answer import AnswerFile, AnswerRow, missing_from_file, rows_of_file
from ..records.batch import BatchRow
from ..records.cover_days import PROBLEMS, days_of_cover, may_have_programme_days, programme_days
from ..records.reference import reasons
from ..records.region import region_names
from .ledger import name_and_nik

SHOWN = 50
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
    "days_unread": _l("A day of cover cannot be read. Tick it to take the programme's days, or ask for a corrected file."),
    "days_backward": _l("The cover would end before it begins. Tick it for the programme's days, or ask for a corrected file."),
    "days_far": _l("The days of cover lie far from the programme's. Tick it to take these, or ask for a corrected file."),
    "days_long": _l("The cover ends long after the programme. Tick it for the programme's days, or ask for a corrected file."),
    "programme_days": _l("Somebody ticked the programme's days."),
    "no_words": _l("It does not say whether this person is taken."),
}


def page_of_rows(file: AnswerFile, show: str, after: str) -> tuple[list[dict[str, Any]], str]:
    """Return a page of rows behind a place, and the place behind which the next page begins, empty on the last one."""
    names = region_names()
    if show == "missing":
        missing = missing_from_file(file, SHOWN + 1, _row_id(after))
        return [_missing_row(row, names) for row in missing[:SHOWN]], str(missing[SHOWN - 1].id) if len(missing) > SHOWN else ""
    number = int(after) if after.isdecimal() and len(after) < 9 else 0
    rows = rows_of_file(file, show, number, SHOWN + 1) if show else []
    return [_answer_row(row, names) for row in rows[:SHOWN]], str(rows[SHOWN - 1].row_number) if len(rows) > SHOWN else ""


def _row_id(told: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(told) if told else None
    except ValueError:
        raise NotFound() from None


def _missing_row(row: BatchRow, names: dict[str, str]) -> dict[str, Any]:
    entry = row.registration
    village = names.get(entry.village_code, entry.village_code)
    return {"number": row.position, "said": village, "why": [], "id": None} | name_and_nik(entry)


def _answer_row(row: AnswerRow, names: dict[str, str]) -> dict[str, Any]:
    told = row.told
    return {
        "id": row.id,
        "number": row.row_number,
        "name": told["name"] or "–",
        "nik": told["nik"] or "–",
        "born": show_day(_day(told["birth_date"])) if told["birth_date"] else "",
        "said": f"KPJ {told['kpj']}" if told["kpj"] else "",
        "why": _why(row, told),
        "guess": _guess(row, names),
    }


def _guess(row: AnswerRow, names: dict[str, str]) -> dict[str, Any] | None:
    """Whom the row seems to mean, for a box to tick; none where ticking would leave no days of cover."""
    meant = row.suggested
    if meant is None or row.batch_row:
        return None
    told = name_and_nik(meant.registration) | {"village": names.get(meant.registration.village_code, "")}
    if row.problem not in PROBLEMS:
        return told
    first, last = map(show_day, programme_days(meant.batch))
    return told | {"first": first, "last": last} if may_have_programme_days(meant.batch) else None


def _why(row: AnswerRow, told: dict[str, Any]) -> list[str]:
    """What has to be known of this row besides."""
    why = [str(PROBLEM_WORDS[row.problem])] if row.problem in PROBLEM_WORDS else []
    if row.ticked_by and row.ticked_at:
        why.append(_("Ticked by %(who)s, %(moment)s.", who=row.ticked_by.name, moment=show_moment(row.ticked_at)))
    if days := row.days:
        why.insert(0, _("Covered from %(first)s to %(last)s.", first=show_day(days[0]), last=show_day(days[1])))
    if row.reason_code in reasons() and row.verdict == "declined":
        why.append(reasons()[row.reason_code].label)
    if told["reason_text"]:
        why.append(f"“{told['reason_text']}”")
    return why + _doubts(row, told) + _changes(row, told)


def _doubts(row: AnswerRow, told: dict[str, Any]) -> list[str]:
    meant = row.suggested
    if row.problem == "days_unread":
        return [f"“{said}”" for said in told["unread"]]
    if row.problem in PROBLEMS and meant:
        first, last = map(show_day, days_of_cover(told, meant.batch))
        return [_("By this file the cover would run from %(first)s to %(last)s.", first=first, last=last)]
    if row.problem == "not_later" and meant and meant.registration.covered_to:
        days = {"so_far": show_day(meant.registration.covered_to), "told": show_day(_day(told["covered_to"]))}
        return [_("Covered until %(so_far)s so far, by this file until %(told)s.", **days)]
    return []


def _changes(row: AnswerRow, told: dict[str, Any]) -> list[str]:
    """How the row differs from what was sent."""
    ours, why = row.batch_row.registration if row.batch_row else None, []
    if ours and "name" in row.differs:
        why.append(_("We sent the name %(name)s.", name=ours.name))
    if ours and "birth_date" in row.differs:
        why.append(_("We sent the birth date %(day)s.", day=show_day(ours.birth_date)))
    if ours and "kpj" in row.differs and ours.kpj != told["kpj"]:
        why.append(_("So far the number was %(number)s.", number=ours.kpj))
    return why


def _day(told: str) -> dt.date:
    return dt.date.fromisoformat(told)
