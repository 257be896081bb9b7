"""Who may enter a room. A room that does not say so is closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from .errors import NotAllowed, SignInNeeded

ANYONE = "anyone"
login_manager = LoginManager()


def only(room: Blueprint, *roles: str) -> None:
    """Open `room` to the accounts of these roles, and to nobody else. `ANYONE` opens it without an account."""
    room.opened_to = frozenset(roles)  # type: ignore[attr-defined]


def roles_of(app: Flask, endpoint: str | None) -> frozenset[str]:
    """Return who may call this endpoint; empty for one whose room forgot to say."""
    room = app.blueprints.get((endpoint or "").rpartition(".")[0])
    return getattr(room, "opened_to", frozenset())


def init_app(app: Flask) -> None:
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user  # a proxy: asked only where a page says so
    login_manager.session_protection = None  # the session is a row of ours, checked at each request

    @app.before_request
    def guard_door() -> Response | None:
        if request.endpoint is None:
            return None  # no such address: the 404 follows
        allowed = roles_of(app, request.endpoint)
        if ANYONE in allowed:
            return None
        if not allowed:
            raise NotAllowed()
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        if current_user.role not in allowed:
            raise NotAllowed()
        return ask_for_own_password() if current_user.must_change_password else None


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Guard one view of a room that is open to anyone."""

    @wraps(view)
    def guarded(*args: Any, **more: Any) -> Any:
        return view(*args, **more) if current_user.is_authenticated else ask_to_sign_in()

    return guarded


def me() -> Any:
    """Return the account of this request itself, not Flask-Login's stand-in."""
    return current_user._get_current_object()


def ask_to_sign_in() -> Response:
    """Send a person to the sign-in page and back; tell a program that it has to."""
    if not _wants_page():
        raise SignInNeeded()
    return redirect(url_for("sign_in.page", next=request.full_path.rstrip("?")), 303)


def ask_for_own_password() -> Response:
    """Whoever came in with a one-time password does nothing before it is changed."""
    if not _wants_page():
        raise NotAllowed(_l("Choose your own password first."), code="one_time_password")
    return redirect(url_for("sign_in.new_password"), 303)


def _wants_page() -> bool:
    return request.method == "GET" and not request.headers.get("HX-Request") and not request.path.startswith("/sync/")
