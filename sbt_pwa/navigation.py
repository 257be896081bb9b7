"""The doors that a page shows: at most four for each role, and words that every template needs."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from .kit.i18n import language

DOORS: dict[str, list[tuple[str, Any]]] = {
    "officer": [
        ("/register", _l("Today")),
        ("/register/new", _l("Register")),
        ("/register#outbox", _l("Outbox")),
        ("/me", _l("Me")),
    ],
    "supervisor": [
        ("/approve", _l("To decide")),
        ("/approve/phones", _l("Phones")),
        ("/check", _l("Check a code")),
        ("/me", _l("Me")),
    ],
    "office": [("/exchange", _l("Office")), ("/oversee", _l("Coverage")), ("/check", _l("Check a code")), ("/me", _l("Me"))],
    "leader": [("/oversee", _l("Coverage")), ("/check", _l("Check a code")), ("/me", _l("Me"))],
    "admin": [("/start", _l("Start")), ("/check", _l("Check a code")), ("/me", _l("Me"))],
}


SHELL_OF = {"/offline/register": "/register", "/offline/form": "/register/new"}


def doors_for(role: str) -> list[dict[str, Any]]:
    here = SHELL_OF.get(request.path, request.path)
    return [{"url": url, "label": label, "current": url == here} for url, label in DOORS[role]]


def init_app(app: Flask) -> None:
    @app.context_processor
    def offer_doors() -> dict[str, Any]:
        shell = request.path.startswith("/offline/")
        visiting = shell or request.path.startswith("/check") or g.get("without_doors", False)
        known = not visiting and current_user.is_authenticated
        role = "officer" if shell else (current_user.role if known else None)
        return {"nav": doors_for(role) if role else [], "lang": language(), "shell": shell}
