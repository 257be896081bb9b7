"""How much a request may bring: a small default for all, more for the few views that take files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, request

View = TypeVar("View", bound=Callable[..., Any])


def takes_at_most(size: int) -> Callable[[View], View]:
    """Let this view take a body of `size` bytes instead of MAX_CONTENT_LENGTH."""

    def mark(view: View) -> View:
        view.max_content_length = size  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    @app.before_request
    def set_limit() -> None:
        view = app.view_functions.get(request.endpoint or "")
        request.max_content_length = getattr(view, "max_content_length", app.config["MAX_CONTENT_LENGTH"])
