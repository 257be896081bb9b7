"""Supervisors decide: approve, return with reasons, refuse."""

from flask import Blueprint

from ..kit.access import only

room = Blueprint("approve", __name__, url_prefix="/approve")
only(room, "supervisor")

from . import phones, several, views  # noqa: E402, F401 (the views hang themselves on the room)
