"""The lists that the registration form is made of; the same for everybody, so that phones may keep the page."""

from __future__ import annotations

from typing import Any

from .reference import HEIR_RELATIONS, occupations
from .region import districts_with_villages


def form_lists(regency: str) -> dict[str, Any]:
    places = districts_with_villages(regency)
    return {
        "regions": [
            {"code": d.code, "name": d.name, "villages": [{"code": v.code, "name": v.name} for v in villages]}
            for d, villages in places
        ],
        "occupations": [{"code": o.code, "label": o.label, "category": o.category} for o in occupations().values()],
        "relations": [{"code": code, "label": label} for code, label in HEIR_RELATIONS.items()],
    }
