"""The sentences a worker reads: where the registration stands, what follows, and what cover means. No promise before `active`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.i18n import show_day, show_number
from ..records.benefits import INSURANCES, JHT_MEANS, benefits_on, early_until
from ..records.standing import Membership
from ..records.statuses import FIRST_WORDS, UNKNOWN_CODE, status_word


@dataclass(frozen=True)
class Answer:
    where: Any  # lazily translated, like all words that stand in a table
    then: Any
    cover: str = "not_yet"  # not_yet, now, over, none


ANSWERS = {
    "submitted": Answer(
        _l("Your registration has arrived and waits for the supervisor."),
        _l("The supervisor of your district looks at it next. If something is missing, the officer comes back to you."),
    ),
    "held": Answer(
        _l("Your registration has arrived and is being looked into."),
        _l("A supervisor compares it with other papers. If something is missing, the officer comes back to you."),
    ),
    "returned": Answer(
        _l("The officer is putting something right in your registration."),
        _l("After that the supervisor looks at it again. If the officer asks for a paper, show it soon."),
    ),
    "approved": Answer(
        _l("Your registration is approved and has a place."),
        _l("The office sends it to BPJS Ketenagakerjaan next."),
    ),
    "waitlisted": Answer(
        _l("Your registration is approved, but all places are taken for now."),
        _l("Whoever registered first gets the next free place. Then the office sends the registration to BPJS Ketenagakerjaan."),
    ),
    "sent": Answer(
        _l("Your registration is with BPJS Ketenagakerjaan."),
        _l("BPJS answers next. Only then is it sure whether you are covered."),
    ),
    "active": Answer(
        _l("You are a member of BPJS Ketenagakerjaan."),
        _l("Keep your member number (KPJ) with your KTP. There is nothing else you have to do."),
        "now",
    ),
    "declined": Answer(
        _l("BPJS Ketenagakerjaan has not taken your registration yet."),
        _l("The office looks into the reason. What can be put right is sent again. The officer may ask to see your KTP."),
    ),
    "refused": Answer(
        _l("You cannot be registered in this programme."),
        _l("This registration is closed. You may ask for the reason."),
        "none",
    ),
    "withdrawn": Answer(
        _l("Your registration was taken back."),
        _l("This registration is closed. You may be registered again."),
        "none",
    ),
    "ended": Answer(
        _l("Your membership is over."),
        _l("You may ask whether you can be registered again."),
        "over",
    ),
}
NEVER_A_MEMBER = Answer(
    _l("This registration was closed before you became a member."),
    _l("You may ask for the reason, and whether you can be registered again."),
    "none",
)
NEVER_COVERED = Answer(
    _l("Your membership ended before the cover began."),
    _l("You may ask whether you can be registered again."),
    "none",
)
REGENCY_PAYS = _l("The regency pays your contribution.")
WHO_PAYS = {
    "APBD": REGENCY_PAYS,
    "DBH": REGENCY_PAYS,  # the regency's share of the state's income
    "APBDES": _l("Your village pays your contribution."),
    "CSR": _l("A company pays your contribution."),
    "SELF": _l("You pay your contribution yourself."),
}  # OTHER: nobody is named
PAY_YOURSELF = _l("Keep your member number (KPJ) with your KTP, and pay every month in time.")
UNKNOWN = Answer(
    _l("The code is written correctly, but its registration has not reached us."),
    _l("An officer without signal sends later. Look again in a few days, and compare the code with your receipt."),
)


@dataclass(frozen=True)
class Cover:
    """What the page says about cover: whether there is any, and (unless it is out of reach) what members get."""

    title: str
    sentence: str
    points: list[tuple[str, str]] = field(default_factory=list)
    report: str = ""
    note: str = ""
    holds: bool = True  # of an active member: today is one of the days of cover


def answer_for(status: str | None, membership: Membership | None = None) -> tuple[str, Answer]:
    """Return the first words and the sentences; None stands for a code that never came."""
    if status is None:
        return str(UNKNOWN_CODE), UNKNOWN
    answer = ANSWERS[status]
    if status == "ended" and (membership is None or membership.covered_from is None):
        answer = NEVER_COVERED if membership else NEVER_A_MEMBER
    if status == "active" and membership and membership.funding in WHO_PAYS:
        then = PAY_YOURSELF if membership.funding == "SELF" else answer.then
        answer = replace(answer, where=f"{answer.where} {WHO_PAYS[membership.funding]}", then=then)
    return status_word(status), answer


def cover_for(answer: Answer, day: dt.date, membership: Membership | None = None) -> Cover:
    if answer.cover == "now":
        return _cover_of_member(day, membership)
    if answer.cover == "none":
        if membership and membership.covered_to:  # what is closed is the attempt to go on
            return Cover(_covered_until(membership.covered_to), _claim(day))
        return Cover(_("You are not covered"), _("Nothing is paid from this registration."))
    if answer.cover == "over":
        return Cover(_("You are not covered any more"), _claim(day))
    sentence = _(
        "Cover begins only when this page says “%(words)s”. Before that nothing is paid.", words=str(FIRST_WORDS["active"])
    )
    title = _("You are not covered yet")
    if answer is UNKNOWN:
        return Cover(title, sentence)
    if membership and membership.covered_to:
        return Cover(_covered_until(membership.covered_to), f"{_claim(day)} {sentence}")
    return Cover(title, sentence, points_on(day), report_on(day), note_on(day))


def _cover_of_member(day: dt.date, membership: Membership | None) -> Cover:
    """Active is not always covered today: the first day may be to come, and the last one past before anybody noted it."""
    first, last = (membership.covered_from, membership.covered_to) if membership else (None, None)
    told = (points_on(day, membership), report_on(day), note_on(day))
    if first and day < first:
        begins = _("What happens before that day is not covered.")
        return Cover(_("You are covered from %(day)s", day=show_day(first)), begins, *told, holds=False)
    if last and day > last:
        return Cover(_covered_until(last), _claim(day), holds=False)
    holds = _("This holds while the contribution is paid.")
    if membership and membership.renewal_declined and last:
        holds += " " + _("BPJS has not taken the time after %(day)s yet. Ask the officer or the office why.", day=show_day(last))
    return Cover(_("You are covered"), holds, *told)


def _covered_until(last: dt.date) -> str:
    return _("You were covered until %(day)s", day=show_day(last))


def _claim(day: dt.date) -> str:
    return _(
        "For what happened while you were a member, you or your heirs may claim for %(claim_years)s years.", **figures_on(day)
    )


def membership_rows(membership: Membership) -> list[tuple[str, str]]:
    """The number and its days; what it insures stands below."""
    insured = ", ".join(str(words) for code, words in INSURANCES.items() if code in membership.insurances)
    return [
        (_("Member number (KPJ)"), membership.kpj),
        (_("Covered from"), show_day(membership.covered_from) if membership.covered_from else ""),
        (_("Covered until"), show_day(membership.covered_to) if membership.covered_to else ""),
        (_("Programme"), membership.programme),
        (_("Insured"), insured),
    ]


def points_on(day: dt.date, membership: Membership | None = None) -> list[tuple[str, str]]:
    """What members get; of a member's own programme only what it insures, and what holds now."""
    figures = figures_on(day)
    accident = [
        (_("Accident at work"), _("Treatment without a ceiling until you are well again.")),
        (
            _("While you cannot work after it"),
            _("The full wage base for %(full_wage_months)s months, then half of it.", **figures),
        ),
        (_("Death by an accident at work"), _("%(accident_death)s for the heirs.", **figures)),
        (
            _("Scholarship for the children"),
            _("For %(scholarship_children)s children, at most %(accident_scholarship)s.", **figures),
        ),
    ]
    late = _("Scholarship only after %(scholarship_years)s years of contributions.", **figures)
    death = [(_("Death from another cause"), f"{_death(day, figures, membership)} {late}")]
    insured = membership.insurances if membership and membership.insurances else ("JKK", "JKM")
    savings = [(_("Savings for old age (JHT)"), str(JHT_MEANS))]
    parts = {"JKK": accident, "JKM": death, "JHT": savings}
    return [point for code in INSURANCES if code in insured for point in parts[code]]


def _death(day: dt.date, figures: dict[str, str], membership: Membership | None) -> str:
    """The benefit of new members is smaller: told with its last day to whom it holds for, and not at all to others."""
    if membership is None or membership.covered_from is None:
        return _("%(death)s for the heirs. In the first %(early_months)s months only %(early_death)s.", **figures)
    last = early_until(membership.covered_from)
    if day > last:
        return _("%(death)s for the heirs.", **figures)
    return _("Until %(day)s only %(early_death)s for the heirs, after that %(death)s.", day=show_day(last), **figures)


def report_on(day: dt.date) -> str:
    return _(
        "Report an accident at work within %(report_days)s x 24 hours, to BPJS, to the clinic or to the office that "
        "registered you: what happened, where and when, and your KPJ or NIK.",
        **figures_on(day),
    )


def note_on(day: dt.date) -> str:
    laws = ", ".join(dict.fromkeys(benefit.legal_basis for benefit in benefits_on(day).values()))
    return _("Based on a wage base of %(wage_base)s a month. Legal basis: %(laws)s.", laws=laws, **figures_on(day))


def figures_on(day: dt.date) -> dict[str, str]:
    return {
        code: f"Rp{show_number(benefit.amount)}" if benefit.unit == "rupiah" else str(benefit.amount)
        for code, benefit in benefits_on(day).items()
    }
