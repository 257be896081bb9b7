"""Forms of the rates: a dated row to add or to follow another, and the calculator."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired

from ..kit.fields import ChoiceField, MonthField, NumberField, PercentField, SeveralField, TextField
from ..kit.months import last_day
from ..records.benefits import INSURANCES
from .programme_words import FUNDING_WORDS, INSURANCE_WORDS, SECTOR_WORDS, SEGMENT_WORDS

MOST_A_MONTH = 2_000_000_000
NEEDED = InputRequired(_l("This is missing."))
AMOUNT: dict[str, Any] = {"validators": [NEEDED], "most": MOST_A_MONTH}


class RowForm(FlaskForm):
    """What every dated row has. A table's own figures come first on the page."""

    from_month = MonthField(_l("First month"), description=_l("Year and month, for example 2027-01."), validators=[NEEDED])
    to_month = MonthField(_l("Last month"), description=_l("Empty while no end is known."))
    legal_basis = TextField(_l("Legal basis"), description=_l("For example PP 44/2015."), most=200, validators=(NEEDED,))
    source = TextField(_l("Source"), description=_l("Where you read it: gazette, letter, page."), most=200, validators=(NEEDED,))
    verified = BooleanField(_l("I compared it with the law's text or the insurer confirmed it"))

    FIGURES: tuple[str, ...] = ()
    DATES = ("from_month", "to_month", "legal_basis", "source", "verified")

    def figures(self) -> dict[str, Any]:
        """Return the fields of the row, apart from its first month."""
        values = {name: self[name].data for name in self.FIGURES if name in self}
        values["valid_to"] = last_day(self.to_month.data) if self.to_month.data else None
        verified = "yes" if self.verified.data else "no"
        return values | {"legal_basis": self.legal_basis.data, "source": self.source.data, "verified": verified}


class RateForm(RowForm):
    FIGURES = ("insurance", "per_million")
    insurance = ChoiceField(_l("Insurance"), offered=INSURANCE_WORDS.items(), validators=[NEEDED])
    per_million = PercentField(_l("Share of the wage, in percent"), description=_l("For example 0,24."), validators=[NEEDED])


class BracketForm(RowForm):
    FIGURES = ("income_from", "income_to", "base_rupiah", "jkk_rupiah", "jkm_rupiah", "jht_rupiah")
    income_from = NumberField(_l("Income from, in rupiah"), validators=[NEEDED])
    income_to = NumberField(
        _l("Income to, in rupiah"), description=_l("As the annex prints it. Reckoned is up to the next row's first rupiah.")
    )
    base_rupiah = NumberField(_l("Base of the benefits, in rupiah"), **AMOUNT)
    jkk_rupiah = NumberField(_l("JKK a month, in rupiah"), **AMOUNT)
    jkm_rupiah = NumberField(_l("JKM a month, in rupiah"), **AMOUNT)
    jht_rupiah = NumberField(_l("JHT a month, in rupiah"), **AMOUNT)


class ReliefForm(RowForm):
    FIGURES = ("insurances", "factor_per_million", "sector", "excluded_funding")
    insurances = SeveralField(_l("Insurance"), offered=[(one, one) for one in INSURANCES], validators=[NEEDED])
    sector = ChoiceField(_l("Sector"), offered=SECTOR_WORDS.items())
    factor_per_million = PercentField(
        _l("What is still paid, in percent"), description=_l("50 when the contribution is halved."), validators=[NEEDED]
    )
    excluded_funding = SeveralField(
        _l("Not for these sources of money"),
        offered=[("APBN", _l("State budget (APBN)")), *FUNDING_WORDS.items()],
    )


FORMS: dict[str, type[RowForm]] = {"rate": RateForm, "bracket": BracketForm, "relief": ReliefForm}
SEGMENT_OF = {"rate": "PU", "bracket": "BPU", "relief": "BPU"}


class EndForm(FlaskForm):
    last_month = MonthField(_l("Last month"), description=_l("Year and month, for example 2027-01."), validators=[NEEDED])


class CalculatorForm(FlaskForm):
    """Sent by GET: it changes nothing, and the result can be kept as a link."""

    segment = ChoiceField(_l("Segment"), offered=SEGMENT_WORDS.items(), validators=[NEEDED])
    insurances = SeveralField(_l("Insurance"), offered=[(one, one) for one in INSURANCES], validators=[NEEDED])
    income = NumberField(_l("Income or wage in a month, in rupiah"), validators=[NEEDED])
    funding = ChoiceField(_l("Who pays"), offered=FUNDING_WORDS.items(), validators=[NEEDED])
    sector = ChoiceField(_l("Sector"), offered=[("", _l("Not known")), *((c, w) for c, w in SECTOR_WORDS.items() if c)])
    month = MonthField(_l("Month"), description=_l("Year and month, for example 2027-01."), validators=[NEEDED])
    people = NumberField(_l("For how many people"), validators=[NEEDED], least=1, most=10_000_000)
