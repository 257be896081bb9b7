"""Views of the status page."""

from __future__ import annotations

from . import room


@room.get("")
def page() -> str:
    return "check"
