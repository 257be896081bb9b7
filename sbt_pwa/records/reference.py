"""Lists that are data, not code: occupations, reasons, relations. Each row of a file has its date and source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

DATA = Path(__file__).parent / "data"
CATEGORIES = {"vulnerable": _l("Vulnerable worker"), "non_civil_servant": _l("Non-ASN staff")}
SEXES = {"male": _l("Male"), "female": _l("Female")}
HEIR_RELATIONS = {
    "spouse": _l("Husband or wife"),
    "child": _l("Child"),
    "parent": _l("Father or mother"),
    "grandparent": _l("Grandfather or grandmother"),
    "grandchild": _l("Grandchild"),
    "sibling": _l("Brother or sister"),
    "parent_in_law": _l("Father-in-law or mother-in-law"),
    "other": _l("Somebody else"),
}


@dataclass(frozen=True)
class Occupation:
    code: str
    category: str  # empty: for every category
    sector: str
    name: str  # a msgid

    @property
    def label(self) -> str:
        return _(self.name)


@dataclass(frozen=True)
class Reason:
    code: str
    kind: str  # return, refuse, hold, invalid
    field: str | None
    text: str  # a msgid

    @property
    def label(self) -> str:
        return _(self.text)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def occupations() -> dict[str, Occupation]:
    return {r["code"]: Occupation(r["code"], r["category"], r["sector"], r["name"]) for r in _rows("occupations.csv")}


@cache
def reasons() -> dict[str, Reason]:
    return {r["code"]: Reason(r["code"], r["kind"], r["field"] or None, r["text"]) for r in _rows("reasons.csv")}


def reasons_to(kind: str) -> list[Reason]:
    """Return the reasons a person may choose from when returning (`return`) or refusing (`refuse`)."""
    return [reason for reason in reasons().values() if reason.kind == kind]
