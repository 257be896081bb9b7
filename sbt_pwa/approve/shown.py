"""What the pages of this room show of an entry, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from flask_babel import gettext as _

from ..kit.i18n import local, show_day, show_moment, show_number, today
from ..records import rules
from ..records.account import Account
from ..records.entry_line import Line
from ..records.history import FIELD_WORDS
from ..records.messages import say
from ..records.names import name_key
from ..records.nik import read_nik
from ..records.phone_number import show_phone
from ..records.programme import Allotment
from ..records.queue import is_clean, photo_states
from ..records.reference import CATEGORIES, HEIR_RELATIONS, SEXES, occupations
from ..records.registration import Registration
from ..records.statuses import status_word
from ..records.worker import in_list
from .words import WARNING_WORDS

Fact = tuple[str, Any] | tuple[str, Any, str]


def rows_of(
    entries: Sequence[Line | Registration], names: dict[str, str], officers: dict[Any, str], me: Account
) -> list[SimpleNamespace]:
    """One row of the list for each entry; nothing but the name is decrypted.

    Namespaces: Jinja looks for an attribute first, and a page of rows asks for 400 of them.
    """
    photos = photo_states([e.photo_sha256 for e in entries if e.photo_sha256])
    works = {code: occupations()[code].label for code in {e.occupation for e in entries}}
    moments = short_moments(entries)
    flags = {code: str(WARNING_WORDS.get(code, code)) for code in {code for e in entries for code in e.warnings}}
    return [
        SimpleNamespace(
            id=entry.id,
            version=entry.version,
            name=in_list(entry, "name"),
            village=names.get(entry.village_code, entry.village_code),
            occupation=works[entry.occupation],
            officer=officers.get(entry.author_id, ""),
            at=moments[entry.submitted_at],
            status=entry.status,
            status_word=status_word(entry.status) if entry.status != "submitted" else "",
            warnings=[flags[code] for code in entry.warnings],
            photo=(photo := photo_state(entry, photos)),
            clean=is_clean(entry) and entry.author_id != me.id and photo in ("stored", "none"),
        )
        for entry in entries
    ]


def photo_state(entry: Line | Registration, states: dict[str | None, str]) -> str:
    """Return none, receiving, sealed, stored or unreadable."""
    return states.get(entry.photo_sha256, "receiving") if entry.photo_sha256 else "none"


def short_moments(entries: Sequence[Line | Registration]) -> dict[dt.datetime, str]:
    """`14.20` today, `3 Oktober 2026` before: a list is read by its left edge."""
    days = {moment: local(moment).date() for moment in {entry.submitted_at for entry in entries}}
    shown, now = {day: show_day(day) for day in set(days.values())}, today()
    return {m: show_moment(m).rpartition(", ")[2] if day == now else shown[day] for m, day in days.items()}


def facts_of(entry: Registration, names: dict[str, str]) -> list[tuple[str, list[Fact]]]:
    """All that was typed, under the headings of the form."""
    answers = entry.answers
    income = answers["monthly_income_rupiah"]
    whose = {True: _("Own number"), False: _("Somebody else's number")}.get(answers["phone_is_own"], "")
    values: dict[str, Any] = answers | {
        "category": CATEGORIES.get(entry.category, entry.category),
        "nik": grouped(entry.nik),
        "family_card_no": grouped(entry.family_card_no) if entry.family_card_no else None,
        "birth_date": show_day(entry.birth_date),
        "sex": SEXES.get(entry.sex, entry.sex),
        "phone": show_phone(entry.phone),
        "heir_phone": show_phone(entry.heir_phone),
        "district": names.get(entry.district_code, entry.district_code),
        "village": names.get(entry.village_code, entry.village_code),
        "occupation": occupations()[entry.occupation].label,
        "monthly_income_rupiah": show_number(income) if income is not None else None,
        "heir_relation": HEIR_RELATIONS.get(entry.heir_relation or "", entry.heir_relation),
    }
    notes = {"phone": whose, "birth_date": _("%(age)s years old", age=rules.age_on(today(), entry.birth_date))}
    parts = {
        _("Who"): "birth_date sex birth_place family_card_no mother_name phone",
        _("Where"): "district village address",
        _("Work"): "category occupation workplace monthly_income_rupiah agency position",
        _("Heir"): "heir_name heir_relation heir_phone",
    }
    return [
        (title, [(str(FIELD_WORDS[n]), values[n], notes.get(n, "")) for n in fields.split() if values[n] not in (None, "")])
        for title, fields in parts.items()
    ]


def key_facts(entry: Registration, names: dict[str, str]) -> list[Fact]:
    """What is compared with the card when several are approved together."""
    return [
        (_("NIK"), grouped(entry.nik)),
        (_("Birth date"), show_day(entry.birth_date)),
        (_("Sex"), SEXES.get(entry.sex, entry.sex)),
        (_("Village"), names.get(entry.village_code, entry.village_code)),
        (_("Occupation"), occupations()[entry.occupation].label),
    ]


def nik_says(entry: Registration) -> list[dict[str, Any]]:
    """What the NIK tells, beside what was typed."""
    reading = read_nik(entry.nik, local(entry.submitted_at).date())
    typed, typed_sex = show_day(entry.birth_date), SEXES.get(entry.sex, entry.sex)
    born = show_day(reading.birth_date) if reading.birth_date else _("no date")
    sex = SEXES.get(reading.sex or "", _("not told"))
    own = current_app.config["SBT_REGENCY"].replace(".", "")
    return [
        {
            "label": _("Birth date"),
            "nik": born,
            "typed": typed,
            "same": reading.birth_date == entry.birth_date,
        },
        {"label": _("Sex"), "nik": sex, "typed": typed_sex, "same": reading.sex == entry.sex},
        {
            "label": _("Region"),
            "nik": f"{reading.region[:2]}.{reading.region[2:4]}.{reading.region[4:]}",
            "typed": entry.district_code,
            "same": reading.region.startswith(own),
        },
    ]


def warnings_of(entry: Registration) -> list[dict[str, Any]]:
    """Each warning as a sentence, with whether the officer looked at it and went on."""
    at = rules.Circumstances.on(
        local(entry.submitted_at).date(), current_app.config["SBT_REGENCY"], current_app.config["SBT_MINIMUM_AGE"]
    )
    found = {finding.code: finding for finding in rules.warnings(entry.answers, at)}
    told = []
    for code in entry.warnings:
        finding = found.get(code)
        if finding:
            sentence = say(finding.field, code, dict(finding.values))
        else:
            sentence = str(WARNING_WORDS[code]) if code in ("age_young", "age_near_limit") else say(None, code)
        told.append({"sentence": sentence, "confirmed": code in entry.confirmed, "is_empty": code.endswith("_wanted")})
    return told


def twins_of(entry: Registration, me: Account, names: dict[str, str]) -> list[dict[str, Any]]:
    """Entries of likely the same person. Of another region only that there is one, where, and how it stands."""
    return [_twin(entry, other, me, names) for other in entry.likely_same()]


def _twin(entry: Registration, other: Registration, me: Account, names: dict[str, str]) -> dict[str, Any]:
    told = {
        "status": other.status,
        "status_word": status_word(other.status),
        "district": names.get(other.district_code, other.district_code),
        "same_nik": entry.nik == other.nik,
        "id": None,
    }
    if not me.sees(other.village_code):
        return told
    mothers, works = (
        (entry.mother_name or "", other.mother_name or ""),
        (occupations()[e.occupation].label for e in (entry, other)),
    )
    pairs = [
        (_("Name"), (entry.name, other.name), name_key(entry.name) == name_key(other.name)),
        (_("NIK"), (grouped(entry.nik), grouped(other.nik)), entry.nik == other.nik),
        (_("Birth date"), (show_day(entry.birth_date), show_day(other.birth_date)), entry.birth_date == other.birth_date),
        (_("Mother's name"), mothers, name_key(mothers[0]) == name_key(mothers[1])),
        (_("Phone number"), (show_phone(entry.phone), show_phone(other.phone)), entry.phone == other.phone),
        (_("Village"), (names.get(entry.village_code), names.get(other.village_code)), entry.village_code == other.village_code),
        (_("Occupation"), works, entry.occupation == other.occupation),
        (_("Sent in"), (show_moment(entry.submitted_at), show_moment(other.submitted_at)), True),
        (_("Officer"), (entry.author.name, other.author.name), True),
    ]
    rows = [{"label": label, "this": this or "–", "that": that or "–", "same": same} for label, (this, that), same in pairs]
    return told | {"id": other.id, "rows": rows}


def limits_of(limits: Sequence[Allotment], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Places and rupiah that are left in each limit."""
    return [
        {
            "places": _("%(count)s of %(all)s places left", count=show_number(limit.places_left), all=show_number(limit.places)),
            "rupiah": _("Rp%(sum)s left", sum=show_number(limit.rupiah_left)),
            "of": f"{limit.programme.name}, {names.get(limit.region_code, limit.region_code)}",
        }
        for limit in limits
    ]


def is_full(limits: Sequence[Allotment]) -> bool:
    """Say whether each programme has a limit here in which nothing is left."""
    with_room = {limit.programme_id: True for limit in limits}
    for limit in limits:
        with_room[limit.programme_id] &= limit.places_left > 0 and limit.rupiah_left > 0
    return bool(with_room) and not any(with_room.values())


def place_of(entry: Registration) -> dict[str, Any] | None:
    """Where it was taken: for reading and for the phone's own map."""
    place = entry.place
    if place is None:
        return None
    latitude, longitude, accuracy = place
    return {"text": f"{latitude:.5f}, {longitude:.5f}", "accuracy": accuracy, "geo": f"geo:{latitude},{longitude}"}


def grouped(number: str) -> str:
    """`8105 0157 0890 0003`: four by four, as on the card's photo it is compared with."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def address(path: str, **query: Any) -> str:
    """A link with only those parameters that say something."""
    told = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    return f"{path}?{told}" if told else path
