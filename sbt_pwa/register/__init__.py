"""Officers register workers: the own day, the form, the receipt."""

from flask import Blueprint

from ..kit.access import only

room = Blueprint("register", __name__, url_prefix="/register")
only(room, "officer")

from . import cards, views  # noqa: E402, F401 (the views hang themselves on the room)
