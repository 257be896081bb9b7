"""Views that phones keep or ask without an account. None holds anything personal."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli
from flask import Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import text

from ..kit.db import db
from ..kit.i18n import language
from ..kit.throttle import limiter
from ..records.form_lists import form_lists
from ..settings import MINIMUM_CLIENT_VERSION, VERSION
from . import room
from .rules_table import rules_table
from .shell import shell_line


@room.get("/offline/register")
def day() -> Response:
    return _kept(render_template("register/day.html", server_rows=[]))


@room.get("/offline/form")
def form() -> Response:
    return _kept(
        render_template(
            "register/form.html", form={"values": {}, "errors": {}}, confirm=[], **form_lists(current_app.config["SBT_REGENCY"])
        )
    )


@room.get("/offline/page")
def page() -> Response:
    return _kept(render_template("offline/page.html"))


@room.get("/rules.json")
def rules() -> Response:
    table = rules_table()
    response = jsonify(table)
    response.set_etag(f"{table['version']}-{language()}")
    response.headers["Content-Language"] = language()  # the worker sees by it that another one was chosen
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


@room.get("/service-worker.js")
def service_worker() -> Response:
    script = (Path(current_app.root_path) / "static" / "service_worker.js").read_text(encoding="utf-8")
    response = make_response(shell_line() + script)
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response


@room.get("/manifest.webmanifest")
def manifest() -> Response:
    static = current_app.jinja_env.globals["static_url"]
    icon = {"sizes": "192x192", "type": "image/png"}
    shortcut_icon: list[dict[str, Any]] = [{"src": static("icons/icon-192.png"), **icon}]  # type: ignore[operator]
    sizes = [("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any")]
    sizes += [("maskable-192.png", "192x192", "maskable"), ("maskable-512.png", "512x512", "maskable")]
    icons = [{"src": static(f"icons/{n}"), "sizes": s, "type": "image/png", "purpose": p} for n, s, p in sizes]  # type: ignore[operator]
    response = jsonify(
        id="/",
        name=_("SBT Registered: social security for workers"),
        short_name=_("SBT Registered"),
        description=_("Registers workers for work accident and death insurance, with and without signal."),
        lang=language(),
        start_url="/register",
        scope="/",
        display="standalone",
        orientation="any",
        theme_color="#0b5c8a",
        background_color="#ffffff",
        icons=icons,
        shortcuts=[
            {"name": _("Register a worker"), "url": "/register/new", "icons": shortcut_icon},
            {"name": _("Check a status"), "url": "/check", "icons": shortcut_icon},
        ],
    )
    response.content_type = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


@room.get("/ping")
def ping() -> Response:
    """Say that this is our server: a captive portal answers 200 too, but not this."""
    response = jsonify(sbt="pong")
    response.headers["X-Sbt-Version"] = VERSION
    response.headers["X-Sbt-Minimum-Version"] = MINIMUM_CLIENT_VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@room.get("/health")
@limiter.exempt
def health() -> Response:
    """Say whether the database can be written: the lock is taken and given back, nothing changes."""
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
        connection.execute(text("UPDATE throttle_count SET count = count WHERE key = ''"))
        transaction.rollback()
    return jsonify(database="writable", version=VERSION)


def _kept(page: str) -> Response:
    """A page that is the same for everybody is worth the best compression, once."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    if "br" in request.accept_encodings:
        response.set_data(_packed(page))
        response.headers["Content-Encoding"] = "br"
        response.vary.add("Accept-Encoding")
    return response


@lru_cache(maxsize=8)
def _packed(page: str) -> bytes:
    return brotli.compress(page.encode(), quality=11)
