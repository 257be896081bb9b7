"""Targets: how many people of each district and village should be covered in a year, typed or from a spreadsheet."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired

from ..kit.access import me
from ..kit.errors import WrongInput
from ..kit.fields import NumberField, TextField
from ..kit.i18n import local, show_moment, show_number, today
from ..kit.limits import takes_at_most
from ..kit.spreadsheets import MAX_FILE, FileRefused, read_table
from ..kit.table_files import table_answer
from ..records.messages import UNKNOWN_FILTER
from ..records.reference import CATEGORIES
from ..records.region import Region, all_districts, districts_with_villages, known_regions
from ..records.target_list import MOST_ERRORS, MOST_PEOPLE, Reading, names_of_setters, read_targets, set_targets, targets_of
from . import room

NEEDED = InputRequired(_l("This is missing."))
LONGEST_SOURCE = 200


@room.get("/targets")
def targets() -> str:
    year, category, district, regions = _chosen(request.args)
    return _page(year, category, district, regions, _form(year, category, regions), saved=request.args.get("saved", ""))


@room.post("/targets/numbers")
def type_targets() -> Response:
    """Set the targets of the districts, or of the villages of one; an empty row has none."""
    year, category, district, regions = _chosen(request.form)
    form = _form(year, category, regions)
    if not form.validate():
        return make_response(_page(year, category, district, regions, form), 422)
    wanted = {region.code: form[_field(region.code)].data for region in regions}
    return _to(year, category, district, set_targets(wanted, year, category, form.source.data, me()))


@room.post("/targets/file")
@takes_at_most(MAX_FILE)
def preview_targets() -> Response:
    """Read a spreadsheet and show what it would set. Nothing is set yet."""
    year, category, district, regions = _chosen(request.form)
    upload, source = request.files.get("file"), " ".join(request.form.get("source", "").split())
    errors = {} if source else {"file_source": _("Say where these numbers come from.")}
    if len(source) > LONGEST_SOURCE:
        errors["file_source"] = _("This is too long. At most %(max)d characters fit.", max=LONGEST_SOURCE)
    reading = Reading()
    try:
        reading = read_targets(read_table(upload.read() if upload else b"", upload.filename or "" if upload else ""))
    except FileRefused as refused:
        errors["file"] = str(refused.message)
    for number, sentence in reading.errors[:MOST_ERRORS]:
        errors[f"row-{number}"] = _("Row %(number)s: %(sentence)s", number=show_number(number), sentence=sentence)
    if errors:
        form = _form(year, category, regions, formdata=None)  # the file's form brings no numbers: they stay as they are
        more = {"file_source": source, "file_errors": errors, "more_errors": max(len(reading.errors) - MOST_ERRORS, 0)}
        return make_response(_page(year, category, district, regions, form, **more), 422)
    return make_response(_preview(year, category, source, reading.people))


@room.post("/targets/rows")
def take_targets() -> Response:
    """Set what the preview showed, all of it. What came back changed is refused."""
    year, category, _district, _regions = _chosen(request.form)
    source = " ".join(request.form.get("source", "").split())
    try:
        wanted = json.loads(request.form.get("rows", ""))
        right = all(code in known_regions() and type(n) is int and 0 <= n <= MOST_PEOPLE for code, n in wanted.items())
    except (ValueError, AttributeError):
        right = False
    if not right or not 0 < len(source) <= LONGEST_SOURCE:
        raise WrongInput(UNKNOWN_FILTER)
    return _to(year, category, None, set_targets(wanted, year, category, source, me()))


@room.get("/targets.<any(csv, xlsx):ending>")
def targets_sheet(ending: str) -> Response:
    """Every district and village with its code, target and source: to take along, to fill in and to bring back."""
    year, category, _district, _regions = _chosen(request.args)
    now, rows = targets_of(year, category), []
    for district, villages in districts_with_villages(current_app.config["SBT_REGENCY"]):
        for region in (district, *villages):
            name, one = region.name if region is not district else "", now.get(region.code)
            set_on = local(one.changed_at).date() if one else None
            rows.append((region.code, district.name, name, one.people if one else None, one.source if one else None, set_on))
    heads = [_("Code"), _("District"), _("Village"), "#" + _("Target"), _("Source"), "@" + _("Set on")]
    return table_answer(f"target-{year}-{category}", str(year), (heads, rows), ending)


def _chosen(told: Any) -> tuple[int, str, Region | None, list[Region]]:
    """Return year, category, the district whose villages are meant, and the regions. Raise WrongInput."""
    year, category = told.get("year", "") or str(today().year), told.get("category", "") or "vulnerable"
    if not (year.isascii() and year.isdigit() and 2000 <= int(year[:9]) <= 2100) or category not in CATEGORIES:
        raise WrongInput(UNKNOWN_FILTER)
    for district, villages in districts_with_villages(current_app.config["SBT_REGENCY"]):
        if district.code == told.get("district", ""):
            return int(year), category, district, villages
    return int(year), category, None, all_districts()


def _field(code: str) -> str:
    return f"people_{code.replace('.', '')}"


def _form(year: int, category: str, regions: list[Region], **more: Any) -> Any:
    """Return a form with a number for each of these regions, as they are now or as they were typed."""

    class TargetsForm(FlaskForm):
        source = TextField(
            _l("Where these numbers come from"),
            description=_l("For example SK Bupati 120/2027, or a count of the villages in March."),
            most=LONGEST_SOURCE,
            validators=(NEEDED,),
        )

    now = targets_of(year, category)
    for region in regions:
        setattr(TargetsForm, _field(region.code), NumberField(most=MOST_PEOPLE))
    return TargetsForm(data={_field(code): one.people for code, one in now.items()}, **more)


def _page(year: int, category: str, district: Region | None, regions: list[Region], form: Any, **more: Any) -> str:
    now, this_year = targets_of(year, category), today().year
    setters = names_of_setters(now)
    rows = [
        {
            "region": region,
            "field": form[_field(region.code)],
            "source": now[region.code].source if region.code in now else "",
            "when": show_moment(now[region.code].changed_at) if region.code in now else "",
            "who": setters.get(region.code, ""),
            "below": sum(one.people for code, one in now.items() if code.startswith(region.code + ".")),
        }
        for region in regions
    ]
    errors = {name: str(said[0]) for name, said in form.errors.items() if name}
    page = {
        "year": year, "category": category, "district": district, "rows": rows, "form": form, "errors": errors,
        "years": range(this_year + 1, this_year - 3, -1), "categories": CATEGORIES, "file_errors": {}, "saved": "",
        "own": now.get(district.code) if district else None, "total": sum(row["field"].data or 0 for row in rows),
    }  # fmt: skip
    return render_template("exchange/targets.html", **page | more)


def _preview(year: int, category: str, source: str, people: dict[str, int]) -> str:
    names, now = known_regions(), targets_of(year, category)
    rows = [
        {
            "name": names[code] if len(code) == 8 else f"{names[code]}, {names[code[:8]]}",
            "code": code,
            "people": n,
            "before": now[code].people if code in now else None,
        }
        for code, n in sorted(people.items())
    ]
    changed = sum(row["people"] != row["before"] for row in rows)
    told = {"year": year, "category": category, "word": CATEGORIES[category], "source": source, "rows": rows, "changed": changed}
    return render_template("exchange/targets_preview.html", **told, kept=json.dumps(people, separators=(",", ":")))


def _to(year: int, category: str, district: Region | None, changed: int) -> Response:
    code = district.code if district else None
    address = url_for("exchange.targets", year=year, category=category, district=code, saved=changed)
    return make_response(redirect(address, 303))
