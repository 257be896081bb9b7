"""Members are found again before a programme goes on: by officers and by supervisors, on one page with an address for each."""

from flask import Blueprint

from ..kit.access import only

officers = Blueprint("recheck_by_officers", __name__, url_prefix="/register/recheck")
only(officers, "officer")
supervisors = Blueprint("recheck_by_supervisors", __name__, url_prefix="/approve/recheck")
only(supervisors, "supervisor")
rooms = (officers, supervisors)

from . import views  # noqa: E402, F401 (the views hang themselves on both)
