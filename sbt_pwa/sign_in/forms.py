"""What is typed at the door."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from ..records.account import SHORTEST_PASSWORD


class SignInForm(FlaskForm):
    username = StringField(_l("User name"), [InputRequired(_l("Type your user name.")), Length(max=40)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password.")), Length(max=200)])


class NewPasswordForm(FlaskForm):
    password = PasswordField(
        _l("New password"),
        [
            InputRequired(_l("Type a new password.")),
            Length(SHORTEST_PASSWORD, 200, _l("The password must have at least %(min)d characters.")),
        ],
    )
    again = PasswordField(_l("New password once more"), [EqualTo("password", _l("The two passwords are not alike."))])
