"""What phones say to the server. Two credentials: the upload token for `phone`, the session for `enrolment`.

`phone` reads no cookie, so no other site can make a browser use it; docs/protocol.md tells every byte.
"""

from flask import Blueprint

from ..kit.access import ANYONE, only

phone = Blueprint("sync", __name__, url_prefix="/sync")
only(phone, ANYONE)  # guarded by the upload token, see token.py
enrolment = Blueprint("enrolment", __name__, url_prefix="/sync")
only(enrolment, "officer")

from . import views  # noqa: E402, F401 (the views hang themselves on the room)
