"""What a phone keeps to work without signal: shell pages, rules, worker, manifest; and the pings. Anyone may enter."""

from flask import Blueprint

from ..kit.access import ANYONE, only

room = Blueprint("offline", __name__)
only(room, ANYONE)

from . import views  # noqa: E402, F401 (the views hang themselves on the room)
