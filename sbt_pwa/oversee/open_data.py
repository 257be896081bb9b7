"""Open data, when the office switches it on: sums per district for everybody, as a page, CSV and JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, make_response, render_template, request
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from ..kit.errors import NotFound
from ..kit.i18n import LANGUAGES, show_day, today
from ..kit.spreadsheets import write_csv
from ..kit.throttle import limiter
from ..records.coverage import FEW
from ..records.open_data import COLUMNS, STEP, Edition, Group, edition_of, rows_of
from ..records.publishing import open_data_is_on
from ..records.reference import CATEGORIES
from ..records.region import known_regions
from . import open_room
from .drawn import percent

FIELDS = ("code", "district", "category", *COLUMNS, "target", "target_counts")
RULE = _l(
    "Sums are rounded down to a multiple of %(step)s; below %(step)s they are left out. "
    "A total is the true one, rounded in the same way. Left out is null in the JSON and empty in the CSV. "
    "A target counts all of a district, or a part of its villages; of a part no share can be reckoned. "
    "What is told stands until the month is over.",
    step=STEP,
)
KEPT_FOR = 3_600  # seconds

sparing = limiter.shared_limit("60 per minute", scope="open data")  # for each address; it changes once a month


@open_room.before_request
def keep_closed() -> None:
    """What the office has not switched on does not exist."""
    if not open_data_is_on():
        raise NotFound()


@open_room.after_request
def let_it_be_kept(response: Response) -> Response:
    """Files are the same for everybody; the page carries the reader's language. Of who is signed in nothing is kept."""
    if response.status_code == 200 and not current_user.is_authenticated:
        by_whom = "private" if response.mimetype == "text/html" else "public"
        response.headers["Cache-Control"] = f"{by_whom}, max-age={KEPT_FOR}"
        response.add_etag()
        response.make_conditional(request)
    return response


@open_room.get("/open")
@sparing
def page() -> str:
    edition = _edition()
    regency = known_regions()[current_app.config["SBT_REGENCY"]]
    when = {"day": show_day(edition.made_on), "year": edition.made_on.year}
    groups = [_shown(group) for group in edition.groups]
    return render_template("oversee/open.html", groups=groups, regency=regency, step=STEP, **when)


@open_room.get("/open.csv")
@sparing
def as_csv() -> Response:
    edition = _edition()
    rows = [(code, name, group.category, *numbers) for group in edition.groups for code, name, *numbers in rows_of(group)]
    response = make_response(write_csv(FIELDS, rows))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = f'attachment; filename="open-{edition.made_on.isoformat()}.csv"'
    return response


@open_room.get("/open.json")
@sparing
def as_json() -> Response:
    edition, code = _edition(), current_app.config["SBT_REGENCY"]
    told = {
        "regency": {"code": code, "name": known_regions()[code]},
        "day": edition.made_on.isoformat(),
        "year_of_targets": edition.made_on.year,
        "rule": {language: _rule_in(language) for language in LANGUAGES},
        "rows": [
            dict(zip(FIELDS, (code, name, group.category, *numbers), strict=True))
            for group in edition.groups
            for code, name, *numbers in rows_of(group)
        ],
        "totals": [
            {"category": group.category} | {name: one.total for name, one in group.columns.items()} for group in edition.groups
        ],
    }
    return jsonify(told)


def _rule_in(language: str) -> str:
    """The file is the same for everybody, so it tells its rule in each language and not in the reader's."""
    with force_locale(language):
        return str(RULE)


def _edition() -> Edition:
    return edition_of(current_app.config["SBT_REGENCY"], today())


def _shown(group: Group) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "covered": covered,
            "on_the_way": on_the_way,
            "target": target,
            "counts": counts,
            "share": _share(covered, target, counts),
        }
        for _code, name, covered, on_the_way, target, counts in rows_of(group)
    ]
    totals = {name: one.total for name, one in group.columns.items()}
    targets = [row["target"] for row in rows if row["target"] is not None]
    target, counts = sum(targets) if targets else None, {row["counts"] for row in rows}
    share = _share(totals["covered"], target, "all" if counts == {"all"} else "part")
    return {"words": CATEGORIES[group.category], "rows": rows, "whole": {**totals, "target": target, "share": share}}


def _share(covered: int | None, target: int | None, counts: str) -> str:
    """Of the target that counts all of a place; of all districts together only where each has such a one."""
    return percent(covered / target) if counts == "all" and covered is not None and target and target >= FEW else ""
