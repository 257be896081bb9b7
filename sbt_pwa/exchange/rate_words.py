"""A dated row in words: what it is about, what it says, when it holds."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from ..kit.fields import show_rupiah, show_share
from ..kit.i18n import show_moment
from ..kit.months import show_month
from ..records.rates import ContributionBracket, ContributionRate, ContributionRelief, DatedRow
from .programme_words import SECTOR_WORDS

NAMES = {ContributionRate: "rate", ContributionBracket: "bracket", ContributionRelief: "relief"}


def shown_row(row: Any) -> dict[str, Any]:
    what, figures = ABOUT[type(row)](row)
    return {
        "what": what,
        "figures": figures,
        "holds": told_range(row),
        "legal_basis": row.legal_basis,
        "source": row.source,
        "verified": _verified(row.verified),
        "by": row.by.name if row.by else None,
        "at": show_moment(row.made_at),
        "ended_by": row.ended_by.name if row.ended_by else None,
        "ended_at": show_moment(row.changed_at),
        "url": url_for("exchange.rate", table=NAMES[type(row)], row_id=row.id),
        "end_url": url_for("exchange.end_rate", table=NAMES[type(row)], row_id=row.id),
    }


def told_range(row: DatedRow) -> str:
    """Return the months of a row in words."""
    if row.never_held:
        return _("replaced before it held")
    start = show_month(row.valid_from)
    if row.valid_to is None:
        return _("from %(month)s", month=start)
    return _("%(first)s to %(last)s", first=start, last=show_month(row.valid_to))


def _rate(row: ContributionRate) -> tuple[str, str]:
    return f"{row.insurance}, {row.segment}", _("%(share)s %% of the wage", share=show_share(row.per_million))


def _bracket(row: ContributionBracket) -> tuple[str, str]:
    first = show_rupiah(row.income_from)
    income = f"{first} - {show_rupiah(row.income_to)}" if row.income_to else _("%(income)s and more", income=first)
    parts = {"JKK": row.jkk_rupiah, "JKM": row.jkm_rupiah, "JHT": row.jht_rupiah}
    return income, " · ".join(f"{name} {show_rupiah(amount)}" for name, amount in parts.items())


def _relief(row: ContributionRelief) -> tuple[str, str]:
    what = f"{', '.join(row.insurances)}, {row.segment}: {SECTOR_WORDS.get(row.sector, row.sector)}"
    paid = _("%(share)s %% is still paid", share=show_share(row.factor_per_million))
    if not row.excluded_funding:
        return what, paid
    excluded = _("not for %(sources)s", sources=", ".join(row.excluded_funding))
    return what, f"{paid}; {excluded}"


ABOUT: dict[type, Any] = {ContributionRate: _rate, ContributionBracket: _bracket, ContributionRelief: _relief}


def _verified(code: str) -> str:
    words = {"yes": _("compared with a source"), "amounts only": _("amounts compared, limits not yet")}
    return words.get(code, _("to be confirmed"))
