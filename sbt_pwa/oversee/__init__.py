"""Leaders see how far each district and village has come. Nobody's name stands here."""

from flask import Blueprint

from ..kit.access import only

room = Blueprint("oversee", __name__, url_prefix="/oversee")
only(room, "leader", "office", "supervisor")

from . import report, tables, views  # noqa: E402, F401 (the views hang themselves on the room)
