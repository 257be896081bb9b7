"""The office: programmes and places, files to and from the insurer, months, and what phones sent that could not be read."""

from flask import Blueprint

from ..kit.access import only

room = Blueprint("exchange", __name__, url_prefix="/exchange")
only(room, "office")

# The views hang themselves on the room.
from . import (  # noqa: E402, F401
    answers,
    batches,
    cards,
    file_check,
    kept_aside,
    ledger,
    months,
    moves,
    people,
    profiles,
    programmes,
    publishing,
    quality,
    quality_files,
    rates,
    renewal,
    targets,
    unanswered,
    work,
)
