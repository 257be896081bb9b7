"""Leaders see how far each district and village has come. Nobody's name stands here."""

from flask import Blueprint

from ..kit.access import ANYONE, only

room = Blueprint("oversee", __name__, url_prefix="/oversee")
only(room, "leader", "office", "supervisor")
open_room = Blueprint("open", __name__)  # within it, for everybody
only(open_room, ANYONE)

# The views hang themselves on their room.
from . import behind, open_data, report, tables, views  # noqa: E402, F401

room.register_blueprint(open_room)
