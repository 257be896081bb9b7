"""The app: settings, kit, rooms. A table of contents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_compress import Compress
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from . import commands, navigation, readiness
from .kit import access, background, db, errors, headers, i18n, limits, photos, static_version, throttle, transactions, turns
from .kit.htmx import htmx
from .kit.vault import vault
from .records.job import do_next
from .settings import read_settings

HOUSE = Path(__file__).resolve().parent
csrf = CSRFProtect()
migrate = Migrate(directory=str(HOUSE / "migrations"))


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Return the app. `overrides` are settings that win over the environment. Raise readiness.NotReady."""
    app = Flask(__name__, root_path=str(HOUSE.parent), static_folder=None)
    app.config.update(read_settings(overrides=overrides))
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = db.engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(HOUSE / "translations")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["SBT_DATA_DIR"].mkdir(parents=True, exist_ok=True)

    db.db.init_app(app)
    migrate.init_app(app, db.db, render_as_batch=True, compare_type=True)
    for tool in (vault, headers, limits, i18n, htmx, csrf, errors, photos, access, turns):  # in the order of a request
        tool.init_app(app)
    Compress(app)
    background.init_app(app, do_next)
    static_version.init_app(app, HOUSE.parent / "static")
    _open_rooms(app)
    # Transactions end before anything else touches the answer, but for the throttle, which may count in them.
    for tool in (transactions, throttle, navigation, commands):
        tool.init_app(app)
    if hops := app.config["SBT_TRUSTED_PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    readiness.refuse_unsafe_start(app)
    return app


def _open_rooms(app: Flask) -> None:
    from . import approve, check, exchange, offline, oversee, recheck, register, sign_in, sync

    csrf.exempt(sync.phone)
    csrf.exempt("sbt_pwa.sign_in.views.choose_language")  # harms nobody, and pages without a session stay without one
    phones = (sync.phone, sync.enrolment, offline.room)
    for room in (sign_in.room, register.room, approve.room, *recheck.rooms, check.room, exchange.room, oversee.room, *phones):
        app.register_blueprint(room)
