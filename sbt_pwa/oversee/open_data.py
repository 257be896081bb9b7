"""Open data, when the office switches it on: sums per district for everybody, as a page, CSV and JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, render_template

from ..kit.errors import NotFound
from ..kit.i18n import show_day, today
from ..kit.spreadsheets import write_csv
from ..records.open_data import COLUMNS, LEAST, Group, open_groups, rows_of
from ..records.reference import CATEGORIES
from ..records.region import known_regions
from . import open_room

FIELDS = ("code", "district", "category", *COLUMNS, "target")
RULE = (
    "Sums below 5 are left out. Where that leaves out one district only, the smallest others are left out too. "
    "A total is exact, and left out where it would give a hidden sum away. Left out is null here and empty in the CSV."
)


@open_room.before_request
def keep_closed() -> None:
    """What the office has not switched on does not exist."""
    if not current_app.config["SBT_OPEN_DATA"]:
        raise NotFound()


@open_room.get("/open")
def page() -> str:
    groups = [_shown(group) for group in _groups()]
    regency = known_regions()[current_app.config["SBT_REGENCY"]]
    when = {"day": show_day(today()), "year": today().year}
    return render_template("oversee/open.html", groups=groups, regency=regency, least=LEAST, **when)


@open_room.get("/open.csv")
def as_csv() -> Response:
    rows = [(code, name, group.category, *numbers) for group in _groups() for code, name, *numbers in rows_of(group)]
    headers = {"Content-Disposition": f'attachment; filename="open-{today().isoformat()}.csv"'}
    return Response(write_csv(FIELDS, rows), mimetype="text/csv", headers=headers)


@open_room.get("/open.json")
def as_json() -> Response:
    groups, code = _groups(), current_app.config["SBT_REGENCY"]
    told = {
        "regency": {"code": code, "name": known_regions()[code]},
        "day": today().isoformat(),
        "year_of_targets": today().year,
        "rule": RULE,
        "rows": [
            dict(zip(FIELDS, (code, name, group.category, *numbers), strict=True))
            for group in groups
            for code, name, *numbers in rows_of(group)
        ],
        "totals": [{"category": group.category} | {name: one.total for name, one in group.columns.items()} for group in groups],
    }
    return jsonify(told)


def _groups() -> list[Group]:
    return open_groups(current_app.config["SBT_REGENCY"], today().year, today())


def _shown(group: Group) -> dict[str, Any]:
    rows = [
        {
            "name": name,
            "covered": covered,
            "on_the_way": on_the_way,
            "target": target,
            "share": f"{covered * 100 // target} %" if covered is not None and target else "",
        }
        for _code, name, covered, on_the_way, target in rows_of(group)
    ]
    totals = {name: one.total for name, one in group.columns.items()}
    targets = [row["target"] for row in rows if row["target"] is not None]
    return {"words": CATEGORIES[group.category], "rows": rows, "totals": totals, "target": sum(targets) if targets else None}
