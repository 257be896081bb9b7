"""The letter that goes with a batch to the insurer: what the file holds, in people and rupiah, and how to know it again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _

from ..kit.errors import WrongState
from ..kit.i18n import show_day, show_number
from ..kit.pdf import QUIET, SEA, Paper
from .batch import Batch
from .benefits import INSURANCES
from .region import region_names

LEFT, RIGHT = 25.0, 185.0  # millimetres
LABELS, VALUES = LEFT, 75.0


@dataclass(frozen=True)
class Sent:
    """The file that the letter goes with."""

    name: str
    sha256: str


def letter_pdf(batch: Batch, file: Sent, branch: str, regency_code: str, day: dt.date) -> bytes:
    """Return the letter of a frozen batch. It is in Indonesian, because the insurer reads it. Raise WrongState."""
    if batch.state != "frozen" or batch.frozen_at is None:
        raise WrongState()
    names = region_names()
    with force_locale("id"), Paper("A4", _("Cover letter %(number)s", number=batch.title)) as paper:
        paper.add_page()
        y = _head(paper, names[regency_code], branch, day, batch.title)
        y = paper.block(
            LEFT,
            y,
            RIGHT - LEFT,
            _("With this letter we send the list of workers whom we ask you to register. The file and its totals:"),
            11,
        )
        y = _facts(paper, y + 4, _facts_of(batch, names, file))
        y = _digests(paper, y + 5, batch, file)
        _signature(paper, max(y + 12, 215), names[regency_code])
        return paper.to_bytes(batch.frozen_at)


def _head(paper: Paper, regency: str, branch: str, day: dt.date, number: str) -> float:
    paper.line(LEFT, 20, _("Government of %(regency)s", regency=regency), 14, bold=True, width=RIGHT - LEFT)
    paper.rule(LEFT, 29, RIGHT, 29, 0.6, SEA)
    paper.line(LEFT, 35, _("Number: %(number)s", number=number), 11, width=80)
    paper.line(VALUES, 35, show_day(day), 11, width=RIGHT - VALUES, align="right")
    paper.line(LEFT, 41, _("Subject: list of workers to be registered"), 11, width=RIGHT - LEFT)
    paper.line(LEFT, 53, _("To"), 11, colour=QUIET)
    return paper.block(LEFT, 58, 100, branch, 11, bold=True, most=3) + 8


def _facts_of(batch: Batch, names: dict[str, str], file: Sent) -> list[tuple[str, str]]:
    programme = batch.programme
    agreement = programme.agreement_no
    if agreement and programme.agreement_from:
        agreement = _("%(number)s of %(day)s", number=agreement, day=show_day(programme.agreement_from))
    return [
        (_("Programme"), programme.name),
        (_("Insured"), ", ".join(str(INSURANCES[code]) for code in programme.insurances)),
        (_("Agreement (PKS)"), agreement),
        (_("Group number (wadah)"), programme.enrollment_group_no),
        (_("District"), names.get(batch.district_code or "", "") or _("all districts")),
        (_("Number of workers"), show_number(batch.row_count)),
        (_("Contributions in all"), f"Rp{show_number(batch.total_rupiah)}"),
        (_("File"), file.name),
    ]


def _facts(paper: Paper, y: float, rows: list[tuple[str, str]]) -> float:
    for label, value in rows:
        if value:
            paper.line(LABELS, y, label, 11, width=VALUES - LABELS - 2, colour=QUIET)
            y = paper.block(VALUES, y, RIGHT - VALUES, value, 11, bold=True, most=3) + 1.6
            paper.rule(LEFT, y - 0.9, RIGHT, y - 0.9)
    return y


def _digests(paper: Paper, y: float, batch: Batch, file: Sent) -> float:
    """The file may be opened and saved again, so its rows have a checksum of their own."""
    for label, digest in ((_("Checksum of the file (SHA-256)"), file.sha256), (_("Checksum of its rows"), batch.digest)):
        paper.line(LEFT, y, label, 9, width=RIGHT - LEFT, colour=QUIET)
        paper.line(LEFT, y + 4.2, digest, 9.5, width=RIGHT - LEFT)
        y += 10.5
    return paper.block(
        LEFT,
        y + 2,
        RIGHT - LEFT,
        _("Please answer for every person in the list: registered with the KPJ number, or not registered with the reason."),
        11,
    )


def _signature(paper: Paper, y: float, regency: str) -> None:
    """Room for a hand and a stamp."""
    x = 115
    paper.line(x, y, _("For the %(regency)s", regency=regency), 11, width=RIGHT - x)
    paper.line(x, y + 6, _("Signature and stamp"), 9, width=RIGHT - x, colour=QUIET)
    paper.rule(x, y + 38, RIGHT, y + 38, 0.3, QUIET)
    paper.line(x, y + 39.5, _("Name and NIP"), 9, width=RIGHT - x, colour=QUIET)
