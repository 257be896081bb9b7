"""Forms of programmes: the facts, and the limits per district or village."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired

from ..kit.fields import ChoiceField, DayField, MonthField, NumberField, SeveralField, TextField
from ..kit.i18n import today
from ..kit.months import months_later
from ..records.benefits import INSURANCES
from ..records.profile import profile_with, profiles
from ..records.programme import Programme
from ..records.reference import CATEGORIES
from ..records.region import Region
from .programme_words import FUNDING_WORDS

NEEDED = InputRequired(_l("This is missing."))
MOST_PLACES = 10_000_000
FACTS = (
    "name", "budget_year", "category", "insurances", "funding", "start_on", "months", "income_base_rupiah",
    "agreement_no", "agreement_from", "agreement_to", "enrollment_group_no", "profile_code",
)  # fmt: skip
# While somebody holds a place these stay: the rupiah of each place were reckoned with them.
RECKONED_WITH = ("category", "insurances", "funding", "start_on", "months", "income_base_rupiah")


class ProgrammeForm(FlaskForm):
    name = TextField(_l("Name"), description=_l("For example Perlindungan Pekerja Rentan 2027."), most=120, validators=(NEEDED,))
    budget_year = NumberField(_l("Budget year"), validators=[NEEDED], least=2000, most=2100, is_year=True)
    category = ChoiceField(_l("For whom"), offered=CATEGORIES.items(), validators=[NEEDED])
    insurances = SeveralField(
        _l("Insurance"),
        description=_l("Non-ASN staff have to be in all three (Permenaker 1/2025)."),
        offered=[(one, one) for one in INSURANCES],
        validators=[NEEDED],
    )
    funding = ChoiceField(_l("Who pays"), offered=FUNDING_WORDS.items(), validators=[NEEDED])
    start_on = MonthField(_l("First month of cover"), description=_l("Year and month, for example 2027-01."), validators=[NEEDED])
    months = NumberField(_l("How many months"), validators=[NEEDED], least=1, most=24)
    income_base_rupiah = NumberField(
        _l("Income or wage to reckon with, in rupiah a month"), validators=[NEEDED], most=2_000_000_000
    )
    places = NumberField(_l("Places in all"), validators=[NEEDED], most=MOST_PLACES)
    budget_rupiah = NumberField(_l("Rupiah in all"), description=_l("Leave it empty to take what the places cost."))
    agreement_no = TextField(_l("Number of the agreement (PKS)"), most=60)
    agreement_from = DayField(_l("Agreement from"), description=_l("For example 17-8-2026."))
    agreement_to = DayField(_l("Agreement to"))
    enrollment_group_no = TextField(_l("Number of the group (wadah)"), most=40)
    profile_code = ChoiceField(
        _l("Columns of the file for the insurer"),
        offered=lambda: [(profile.code, profile.title) for profile in profiles()],
        validators=[NEEDED],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        right = super().validate(extra_validators)
        start, end = self.agreement_from.data, self.agreement_to.data
        if start and end and end < start:
            self.agreement_to.errors = [_l("The agreement ends before it begins.")]
            right = False
        return right

    def check_profile(self, category: str) -> bool:
        """Say whether the file's columns are made for this category."""
        profile = profile_with(self.profile_code.data)
        fits = profile is not None and profile.category == category
        if not fits:
            self.profile_code.errors = [_l("This file is made for the other group. Choose another one.")]
        return fits

    def facts(self) -> dict[str, Any]:
        return {name: self[name].data for name in FACTS if name in self}


def usual() -> dict[str, Any]:
    """What a new programme begins with: the next year when this one is nearly over, else from next month on."""
    start = months_later(today(), 1)
    if start.month > 9:
        start = start.replace(year=start.year + 1, month=1)
    return {
        "budget_year": start.year,
        "category": "vulnerable",
        "insurances": ["JKK", "JKM"],
        "funding": "APBD",
        "start_on": start,
        "months": 12,
        "income_base_rupiah": 1_000_000,
        "profile_code": "bpu",
    }


def field_name(kind: str, code: str) -> str:
    return f"{kind}_{code.replace('.', '')}"


def limits_form(programme: Programme, regions: list[Region]) -> FlaskForm:
    """Return a form with places and rupiah for each of these regions, as they are now."""

    class LimitsForm(FlaskForm):
        pass

    now = {limit.region_code: limit for limit in programme.allotments}
    values = {}
    for region in regions:
        setattr(LimitsForm, field_name("places", region.code), NumberField(most=MOST_PLACES))
        setattr(LimitsForm, field_name("rupiah", region.code), NumberField())
        if region.code in now:
            values[field_name("places", region.code)] = now[region.code].places
            values[field_name("rupiah", region.code)] = now[region.code].budget_rupiah
    return LimitsForm(data=values)
