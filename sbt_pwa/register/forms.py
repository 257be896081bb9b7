"""The form without JavaScript: what came, what is wrong with it, and what has to be confirmed.

The rules are those of records/rules.py, the same that the phone and the sync apply.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField

from ..kit.i18n import today
from ..records import rules
from ..records.messages import say
from ..records.rules import Answers, Circumstances, Finding

PHOTO = "photo_id_card"


class RegistrationForm(FlaskForm):
    """Fields by the names of the interface; every check is the rule table's, told once."""

    category = RadioField(validate_choice=False)
    nik = StringField()
    family_card_no = StringField()
    name = StringField()
    birth_place = StringField()
    birth_date = StringField()
    sex = RadioField(validate_choice=False)
    phone = StringField()
    phone_is_own = StringField()
    district = SelectField(validate_choice=False)
    village = SelectField(validate_choice=False)
    address = StringField()
    occupation = RadioField(validate_choice=False)
    workplace = StringField()
    monthly_income_rupiah = StringField()
    mother_name = StringField()
    heir_name = StringField()
    heir_relation = SelectField(validate_choice=False)
    heir_phone = StringField()
    agency = StringField()
    position = StringField()
    latitude = StringField()
    longitude = StringField()
    accuracy_m = StringField()
    consent = BooleanField(false_values=(False, "false", "", "0"))
    photo_id_card = FileField()
    photo_kept = HiddenField()  # the sealed photo of an earlier try, so that nobody has to take it again
    form_id = HiddenField()  # the record's id, so that a double tap is one registration
    parent = HiddenField()
    confirmed_warnings = SelectMultipleField(validate_choice=False)

    def typed(self) -> dict[str, Any]:
        """Return what was typed, by field; empty fields are left out."""
        values = {name: self[name].data for name in rules.FIELDS}
        return {name: value for name, value in values.items() if value not in (None, "", False)}


def circumstances() -> Circumstances:
    return Circumstances.on(today(), current_app.config["SBT_REGENCY"], current_app.config["SBT_MINIMUM_AGE"])


def unconfirmed(answers: Answers, confirmed: list[str]) -> list[dict[str, Any]]:
    """Return every warning as a box to tick, if any is not ticked yet."""
    found = rules.warnings(answers, circumstances())
    if all(finding.code in confirmed for finding in found):
        return []
    return [{"code": f.code, "sentence": sentence(f), "checked": f.code in confirmed} for f in found]


def sentences(findings: list[Finding]) -> dict[str, str]:
    return {finding.field: sentence(finding) for finding in findings}


def sentence(finding: Finding) -> str:
    return say(finding.field, finding.code, dict(finding.values))
