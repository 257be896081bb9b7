"""Forms of months: a payment, and the end of a membership."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field
from wtforms.validators import DataRequired, InputRequired, ValidationError

from ..kit.fields import ChoiceField, DayField, NumberField, TextField
from ..kit.i18n import today
from ..records.leaving import BEFORE_COVER, LEFT
from ..records.reference import reasons_to
from ..records.registration import Registration

NEEDED = InputRequired(_l("This is missing."))
SAID = DataRequired(_l("This is missing."))  # text that is not only blanks


class PaymentForm(FlaskForm):
    paid_on = DayField(_l("Paid on"), description=_l("Day, month and year, for example 17-8-2026."), validators=[NEEDED])
    reference = TextField(_l("Reference"), description=_l("The number on the transfer or the SP2D."), most=60, validators=(SAID,))
    rupiah = NumberField(
        _l("Amount, in rupiah"),
        description=_l("As the bank says it. Several payments of a month add up."),
        least=1,
        validators=[NEEDED],
    )
    proof = FileField(_l("Proof"), description=_l("PDF, JPEG or PNG, at most 2 MB."))

    def validate_paid_on(self, field: Field) -> None:
        if field.data and field.data > today():
            raise ValidationError(_l("This day has not come yet."))

    def told(self) -> dict[str, Any]:
        upload = self.proof.data
        name = (upload.filename or "") if upload else ""
        values = {"paid_on": self.paid_on.data, "reference": self.reference.data, "rupiah": self.rupiah.data}
        return values | {"proof": upload.read() if name else b"", "proof_name": name}


class TakeBackForm(FlaskForm):
    because = TextField(_l("Why it is taken back"), description=_l("It is kept with the payment."), most=300, validators=(SAID,))


class EndForm(FlaskForm):
    """Who is no member yet leaves without a day of cover, and for fewer reasons."""

    reason = ChoiceField(_l("Reason"), offered=[(one.code, _l(one.text)) for one in reasons_to("end")], validators=[NEEDED])
    last_day = DayField(
        _l("Last day of cover"), description=_l("Day, month and year, for example 17-8-2026."), validators=[NEEDED]
    )
    note = TextField(_l("Note"), description=_l("It is kept with what happened."), most=300)

    def validate_reason(self, field: Field) -> None:
        if field.data not in dict(field.offered):
            raise ValidationError(_l("Choose one of the list."))

    @classmethod
    def of(cls, entry: Registration, **given: Any) -> EndForm:
        form = cls(**given)
        if entry.status in BEFORE_COVER:
            del form.last_day
            form.reason.offered = [one for one in form.reason.offered if one[0] in LEFT]
        return form
