"""The office. So far: what arrived and could not become an entry. Programmes and files with the insurer come here."""

from flask import Blueprint

from ..kit.access import only

room = Blueprint("exchange", __name__, url_prefix="/exchange")
only(room, "office")

from . import views  # noqa: E402, F401 (the views hang themselves on the room)
