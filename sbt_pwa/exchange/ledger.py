"""The office's first page, and the one page on which everybody is accounted for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l

from ..kit.background import start_work
from ..kit.errors import WrongInput
from ..kit.i18n import local, show_day, today
from ..records.answer import OPEN_FILES, AnswerFile
from ..records.batch import open_summary
from ..records.coverage import late_before
from ..records.job import work_is_waiting
from ..records.ledger import BACK, PAGE, STAGES, Person, gone_back_count, people_in, stage_counts
from ..records.messages import UNKNOWN_FILTER
from ..records.programme import Programme, all_programmes, find_programme
from ..records.quarantine import kept_count
from ..records.queue import LONGEST_TEXT
from ..records.reference import reasons
from ..records.region import region_names
from ..records.registration import Registration
from ..records.statuses import status_word
from ..records.worker import in_list
from . import room

STAGE_WORDS = {
    "waitlisted": _l("wait for a place"),
    "approved": _l("wait for a batch"),
    "sent": _l("wait for the insurer"),
    "active": _l("are members"),
    "declined": _l("not taken by the insurer"),
    "ended": _l("have left"),
    BACK: _l("approved before, not now"),
}


@room.get("")
def home() -> str:
    """Where everybody stands, and what there is to do."""
    if work_is_waiting():
        start_work()
    return render_template(
        "exchange/home.html",
        stages=stages_of(None),
        programmes=[(programme, stage_counts(programme)) for programme in all_programmes()],
        unanswered=open_summary(),
        files=AnswerFile.in_states(OPEN_FILES),
        kept=kept_count(),
    )


@room.get("/people")
def people() -> str:
    programme = programme_of(request.args.get("programme", ""))
    stage = request.args.get("state", "")
    if stage not in ("", *STAGES, BACK):
        raise WrongInput(UNKNOWN_FILTER)
    text = " ".join(request.args.get("text", "").replace("\0", "").split())[:LONGEST_TEXT]
    late = request.args.get("late") == "yes"
    found = people_in(programme, stage, _place(request.args.get("after", ""), late), text)
    names = region_names()
    following = found[PAGE - 1].entry if len(found) > PAGE else None
    return render_template(
        "exchange/people.html",
        choices=programme_choices(),
        programme=programme,
        stage=stage,
        text=text,
        late=late,
        stages=stages_of(programme),
        stage_words=STAGE_WORDS,
        rows=[_row(person, names) for person in found[:PAGE]],
        after=_told_place(following) if following else "",
    )


def stages_of(programme: Programme | None) -> list[tuple[str, Any, int]]:
    """Return (stage, words, people) in the order of a person's way."""
    counts = stage_counts(programme)
    return [
        *((stage, STAGE_WORDS[stage], counts[stage]) for stage in STAGES),
        (BACK, STAGE_WORDS[BACK], gone_back_count(programme)),
    ]


def programme_choices() -> list[tuple[str, str]]:
    return [(str(programme.id), programme.name) for programme in all_programmes()]


def programme_of(told: str) -> Programme | None:
    """Return the chosen programme, or None where none was chosen. Raise NotFound."""
    return find_programme(told) if told else None


def name_and_nik(entry: Registration) -> dict[str, str]:
    return {"name": in_list(entry, "name"), "nik": in_list(entry, "masked_nik")}


def _row(person: Person, names: dict[str, str]) -> dict[str, Any]:
    entry = person.entry
    return name_and_nik(entry) | {
        "id": entry.id,
        "village": names.get(entry.village_code, entry.village_code),
        "district": names.get(entry.district_code, entry.district_code),
        "status": entry.status,
        "status_word": status_word(entry.status),
        "since": show_day(local(entry.status_at).date()),
        "batch": person.batch,
        "kpj": entry.kpj if entry.status == "active" else None,
        "why": [reasons()[code].label for code in person.reason_codes if code in reasons()],
    }


def _told_place(entry: Registration) -> str:
    return f"{entry.status_at.isoformat()}_{entry.id.hex}"


def _place(told: str, late: bool) -> tuple[dt.datetime, uuid.UUID] | None:
    """Return the place after which people follow. The list of the late begins where lateness does."""
    first = (late_before(today()), uuid.UUID(int=0)) if late else None
    if not told:
        return first
    at, _dash, entry_id = told.rpartition("_")
    try:
        moment, entry = dt.datetime.fromisoformat(at), uuid.UUID(entry_id)
    except ValueError:
        raise WrongInput(UNKNOWN_FILTER) from None
    place = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)), entry
    return min(place, first) if first else place
