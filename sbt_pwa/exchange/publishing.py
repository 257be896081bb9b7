"""The switch for open data."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from ..kit.access import me
from ..kit.i18n import show_moment
from ..records.open_data import STEP
from ..records.publishing import last_switch, switch_open_data
from . import room


@room.get("/open-data")
def open_data() -> str:
    last = last_switch()
    told = {"is_on": last.is_on, "by": last.by.name, "at": show_moment(last.at)} if last else {"is_on": False}
    return render_template("exchange/open_data.html", switch=told, step=STEP)


@room.post("/open-data")
def turn_open_data() -> Response:
    switch_open_data(request.form.get("on") == "1", me())
    return make_response(redirect(url_for("exchange.open_data"), 303))
