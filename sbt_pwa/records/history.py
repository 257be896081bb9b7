"""What happened to a registration, in words; and the words for its fields."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.i18n import show_moment
from .event import Event
from .messages import say_reason
from .registration import Registration
from .statuses import AGAIN_WORDS, EVENT_WORDS

FIELD_WORDS = {
    "category": _l("Group"),
    "nik": _l("NIK"),
    "name": _l("Name as on the KTP"),
    "birth_date": _l("Birth date"),
    "birth_place": _l("Birth place"),
    "sex": _l("Sex"),
    "family_card_no": _l("Family card number (KK)"),
    "mother_name": _l("Mother's name"),
    "phone": _l("Phone number"),
    "phone_is_own": _l("Whose number"),
    "district": _l("District"),
    "village": _l("Village"),
    "address": _l("Address"),
    "occupation": _l("Occupation"),
    "workplace": _l("Place of work"),
    "monthly_income_rupiah": _l("Income in a month, in rupiah"),
    "agency": _l("Agency (OPD)"),
    "position": _l("Position"),
    "heir_name": _l("Name of the heir"),
    "heir_relation": _l("Relation to the worker"),
    "heir_phone": _l("Phone number of the heir"),
    "latitude": _l("Where it was taken"),
    "longitude": _l("Where it was taken"),
    "accuracy_m": _l("Where it was taken"),
    "photo_id_card": _l("Photo of the KTP"),
}


def history_of(entry: Registration) -> list[dict[str, Any]]:
    """Return the newest in front."""
    return [_told(event) for event in reversed(entry.events)]


def _told(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "what": str((AGAIN_WORDS if event.is_again else EVENT_WORDS).get(event.kind, event.kind)),
        "who": event.by.name if event.by else _("The system"),
        "at": show_moment(event.at),
        "reasons": [say_reason(one["code"], one["field"]) for one in event.reasons],
        "note": event.note,
        "fields": list(dict.fromkeys(str(FIELD_WORDS.get(name, name)) for name in event.fields)),
    }
