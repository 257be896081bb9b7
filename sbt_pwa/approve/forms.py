"""What a supervisor sends: a decision, several approvals, a bundle of a phone."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import Length

from ..records.queue import Filters

LONGEST_NOTE = 500


class FromList(FlaskForm):
    """`filters` is the list that the supervisor works through, and comes back to."""

    filters = HiddenField()

    @property
    def chosen(self) -> Filters:
        return Filters.of(dict(parse_qsl((self.filters.data or "")[:1000])))


class DecisionForm(FromList):
    """`version` is the one that was looked at."""

    version = HiddenField()
    reason = SelectMultipleField(validate_choice=False)
    note = TextAreaField(
        filters=[lambda typed: (typed or "").replace("\0", "").strip()],
        validators=[Length(max=LONGEST_NOTE, message=_l("This note is too long. At most %(max)d characters fit."))],
    )

    @property
    def seen_version(self) -> int:
        """The version as a number; one that never was for anything else."""
        told = self.version.data or ""
        return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0


class SeveralForm(FromList):
    """`entry` is "<id>:<version>" of each entry that was seen."""

    entry = SelectMultipleField(validate_choice=False)


class BundleForm(FlaskForm):
    bundle = FileField()
