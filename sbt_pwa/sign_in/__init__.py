"""The door: sign in, sign out, the visitor's two doors, the language. Anyone may enter."""

from flask import Blueprint

from ..kit.access import ANYONE, login_manager, only
from ..records.account import account_of_session

room = Blueprint("sign_in", __name__)
only(room, ANYONE)
login_manager.user_loader(account_of_session)

from . import views  # noqa: E402, F401 (the views hang themselves on the room)
