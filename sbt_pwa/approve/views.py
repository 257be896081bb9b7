"""Views of the approval room."""

from __future__ import annotations

from . import room


@room.get("")
def queue() -> str:
    return "queue"
