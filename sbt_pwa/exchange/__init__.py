"""The office: programmes and places, files to and from the insurer, months, and what phones sent that could not be read."""

from flask import Blueprint

from ..kit.access import only

room = Blueprint("exchange", __name__, url_prefix="/exchange")
only(room, "office")

# The views hang themselves on the room.
from . import answers, batches, cards, kept_aside, ledger, months, people, profiles, programmes, quality, rates, renewal, targets  # noqa: E402, F401, I001
from . import file_check, publishing  # noqa: E402, F401
