"""A change of a file profile in sentences."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.i18n import show_day
from ..records.profile import KINDS, sources
from ..records.profile_change import Difference

PART_WORDS = {
    "title": _l("Name"),
    "sheet": _l("Sheet"),
    "source_of_form": _l("Known from"),
    "valid_from": _l("Valid from"),
    "source": _l("Comes from"),
    "kind": _l("Kind"),
    "value": _l("Value"),
    "width": _l("Width"),
    "required": _l("Must be filled"),
    "to_confirm": _l("To be confirmed"),
}


def told_change(difference: Difference | None) -> list[str]:
    if difference is None:
        return [_("Made as a copy.")]
    told = [_("Column added: %(header)s", header=header) for header in difference.added]
    told += [_("Column taken out: %(header)s", header=header) for header in difference.taken_out]
    told += [_changed(*one) for one in difference.changed]
    return told + ([_("The columns stand in another order.")] if difference.is_moved else [])


def _changed(header: str, part: str, before: Any, after: Any) -> str:
    """`KODE_PAKET, value: T → P`."""
    key = "source_of_form" if part == "source" and not header else part
    what = f"{header}, {PART_WORDS[key]}" if header else str(PART_WORDS[key])
    return f"{what}: {_shown(key, before)} → {_shown(key, after)}"


def _shown(part: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if part == "source" and value in sources():
        return str(sources()[value].label)
    if part == "valid_from":
        return show_day(dt.date.fromisoformat(value))
    return str(KINDS.get(value, value)) if part == "kind" else str(value) or "–"
