"""What is typed at the door."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from ..records.account import SHORTEST_PASSWORD

LONGEST = 200
TOO_LONG = _l("This is too long.")


class HouseForm(FlaskForm):
    @property
    def slips(self) -> dict[str, str]:
        """The first sentence for each field that is not right, as the page shows it."""
        return {name: str(sentences[0]) for name, sentences in self.errors.items() if name and sentences}


class SignInForm(HouseForm):
    username = StringField(
        validators=[InputRequired(_l("Type your user name."))],
        filters=[lambda typed: (typed or "").replace("\0", "")],  # PostgreSQL takes no NUL in a text
    )
    password = PasswordField(validators=[InputRequired(_l("Type your password."))])


class NewPasswordForm(HouseForm):
    current = PasswordField()
    password = PasswordField(
        validators=[
            InputRequired(_l("Type a new password.")),
            Length(min=SHORTEST_PASSWORD, message=_l("The password must have at least %(min)d characters.")),
            Length(max=LONGEST, message=TOO_LONG),
        ]
    )
    again = PasswordField(validators=[EqualTo("password", _l("The two passwords are not alike."))])

    def validate_password(self, field: Any) -> None:
        if current_user.has_password(field.data):
            raise ValidationError(_l("This is the password you have already. Choose another one."))
        if current_user.username in field.data.lower():
            raise ValidationError(_l("The password must not hold your user name."))
