"""A worker reads the own status with the receipt code. Anyone may enter."""

from flask import Blueprint

from ..kit.access import ANYONE, only

room = Blueprint("check", __name__, url_prefix="/check")
only(room, ANYONE)

from . import views  # noqa: E402, F401 (the views hang themselves on the room)
