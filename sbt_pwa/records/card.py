"""The member card that a worker keeps: a page, a sheet of its own, ten to an A4. Its QR says nothing by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..kit.db import db, looking_first
from ..kit.errors import NotFound, WrongState
from ..kit.i18n import show_day
from ..kit.pdf import QUIET, SEA, Paper
from .batch import covering_programmes
from .benefits import INSURANCES, JHT_MEANS, benefits_on
from .inbox import receipt_codes
from .programme import Programme
from .region import Region
from .registration import Registration
from .standing import entry_of

ONLY_FOR_MEMBERS = _l("There is a card only for active members. The status page says where this registration stands.")
WIDTH, HEIGHT = 85.6, 54.0  # millimetres: a bank card, so that it fits where people keep such things
LARGE = 1.6  # times that on a sheet A6
ACROSS, DOWN = 2, 5
STEP = 200


@dataclass(frozen=True)
class Card:
    name: str
    masked_nik: str
    kpj: str
    covered_from: dt.date
    covered_to: dt.date
    programme: str
    insurances: tuple[str, ...]
    check_url: str  # /check#CODE: no name, no NIK, no KPJ
    issuer: str
    made_at: dt.datetime  # when the person became a member, so that the same card is the same file

    @property
    def validity(self) -> str:
        return _("%(first)s to %(last)s", first=show_day(self.covered_from), last=show_day(self.covered_to))

    @property
    def insured(self) -> str:
        return ", ".join(str(INSURANCES[code]) for code in self.insurances)

    @property
    def savings(self) -> str:
        """What JHT is, for who has it."""
        return str(JHT_MEANS) if "JHT" in self.insurances else ""

    @property
    def accident(self) -> str:
        days = benefits_on(self.covered_from)["report_days"].amount
        return _("Accident at work: report it within %(days)s x 24 hours to BPJS, the clinic or the office.", days=days)


def card_of(entry: Registration, code: str, base_url: str, issuer: str, programme: Programme | None) -> Card:
    """Return the card of an active member of the programme; `code` is the receipt code. Raise WrongState for everybody else."""
    if entry.status != "active" or not (entry.kpj and entry.covered_from and entry.covered_to and programme):
        raise WrongState(ONLY_FOR_MEMBERS, code="no_card")
    return Card(
        name=entry.name,
        masked_nik=entry.masked_nik,
        kpj=entry.kpj,
        covered_from=entry.covered_from,
        covered_to=entry.covered_to,
        programme=programme.name,
        insurances=tuple(code for code in INSURANCES if code in programme.insurances),
        check_url=f"{base_url}/check#{code}",
        issuer=issuer,
        made_at=entry.status_at,
    )


def card_by_code(code: str, base_url: str, regency_code: str) -> Card:
    """Return the card of who holds this receipt code. Raise WrongState for everybody who is no active member."""
    with looking_first():
        entry = entry_of(code)
        if entry is None:
            raise WrongState(ONLY_FOR_MEMBERS, code="no_card")
        return card_of(entry, code, base_url, issuer_of(regency_code), entry.covering_programme)


def card_by_entry(entry: Registration, base_url: str, regency_code: str) -> Card:
    """Return the card of an entry that somebody may see. Raise NotFound when its code is not known, WrongState."""
    code = receipt_codes([entry.id]).get(entry.id)
    if code is None:
        raise NotFound()
    return card_of(entry, code, base_url, issuer_of(regency_code), entry.covering_programme)


def cards_of(entries: Iterable[Registration], base_url: str, regency_code: str) -> Iterator[Card]:
    """Yield the cards of active members, step by step: their codes lie in sealed envelopes."""
    waiting, issuer = iter(entries), issuer_of(regency_code)
    while some := list(islice(waiting, STEP)):
        codes = receipt_codes([entry.id for entry in some])
        programmes = covering_programmes(some)
        told = ((entry, codes[entry.id]) for entry in some if entry.id in codes)
        yield from (card_of(entry, code, base_url, issuer, programmes[entry.id]) for entry, code in told)


def issuer_of(regency_code: str) -> str:
    return db.session.get_one(Region, regency_code).name


def card_pdf(card: Card) -> bytes:
    """Return one card on a sheet A6. Paper is in Indonesian, whoever prints it: clinics read it."""
    with force_locale("id"), Paper("A6", _("Member card")) as paper:
        paper.add_page()
        spot = Spot(paper, (paper.width - WIDTH * LARGE) / 2, (paper.height - HEIGHT * LARGE) / 2, LARGE)
        _draw(spot, card)
        return paper.to_bytes(card.made_at)


def sheets_pdf(cards: Iterable[Card]) -> bytes:
    """Return sheets A4 with ten cards each and marks where to cut. Raise NotFound when there is no card."""
    with force_locale("id"), Paper("A4", _("Member cards")) as paper:
        left, top = (paper.width - ACROSS * WIDTH) / 2, (paper.height - DOWN * HEIGHT) / 2
        moments: list[dt.datetime] = []
        for card in cards:
            place = len(moments) % (ACROSS * DOWN)
            if place == 0:
                paper.add_page()
                _cut_marks(paper, left, top)
            _draw(Spot(paper, left + place % ACROSS * WIDTH, top + place // ACROSS * HEIGHT, 1), card)
            moments.append(card.made_at)
        if not moments:
            raise NotFound()
        return paper.to_bytes(max(moments))


@dataclass(frozen=True)
class Spot:
    """Where a card lies on the paper, and how many times as large as a bank card it is."""

    paper: Paper
    x: float
    y: float
    times: float

    def line(self, x: float, y: float, words: str, size: float, width: float, **look: object) -> None:
        k = self.times
        self.paper.line(self.x + x * k, self.y + y * k, words, size * k, width=width * k, **look)  # type: ignore[arg-type]

    def block(self, x: float, y: float, width: float, words: str, size: float, **look: object) -> None:
        k = self.times
        self.paper.block(self.x + x * k, self.y + y * k, width * k, words, size * k, **look)  # type: ignore[arg-type]

    def fact(self, x: float, y: float, width: float, label: str, value: str, size: float = 8, bold: bool = False) -> None:
        self.line(x, y, label, 5.5, width, colour=QUIET)
        self.line(x, y + 2.4, value, size, width, bold=bold)


def _draw(spot: Spot, card: Card) -> None:
    k = spot.times
    spot.paper.frame(spot.x, spot.y, WIDTH * k, HEIGHT * k)
    spot.line(4, 3, _("Member card"), 9, 40, bold=True, colour=SEA)
    spot.line(46, 3.6, "BPJS Ketenagakerjaan", 7, WIDTH - 50, align="right", colour=QUIET)
    spot.paper.rule(spot.x + 4 * k, spot.y + 8 * k, spot.x + (WIDTH - 4) * k, spot.y + 8 * k, 0.5 * k, SEA)
    spot.block(4, 10, 54, card.name, 10, bold=True, most=2)
    spot.fact(4, 20, 25.5, "NIK", card.masked_nik)
    spot.fact(31, 20, 27, _("Member number (KPJ)"), card.kpj, 9, bold=True)
    spot.fact(4, 27.2, 54, _("Valid"), card.validity)
    spot.line(4, 34.4, _("Insured"), 5.5, 54, colour=QUIET)
    spot.block(4, 36.6, 54, card.insured, 7, most=2)
    spot.paper.qr(spot.x + 60.6 * k, spot.y + 11 * k, 21 * k, card.check_url)
    spot.line(60.6, 33.2, _("Scan for the status"), 5.5, 21, align="middle", colour=QUIET)
    spot.paper.rule(spot.x + 4 * k, spot.y + 44.2 * k, spot.x + (WIDTH - 4) * k, spot.y + 44.2 * k, 0.2 * k)
    spot.line(4, 45.4, card.accident, 6.2, WIDTH - 8, bold=True)
    spot.line(4, 48.8, f"{card.programme} · {card.issuer}", 5.5, WIDTH - 8, colour=QUIET)


def _cut_marks(paper: Paper, left: float, top: float) -> None:
    right, bottom = left + ACROSS * WIDTH, top + DOWN * HEIGHT
    for column in range(ACROSS + 1):
        x = left + column * WIDTH
        paper.rule(x, top - 7, x, top - 2, colour=QUIET)
        paper.rule(x, bottom + 2, x, bottom + 7, colour=QUIET)
    for row in range(DOWN + 1):
        y = top + row * HEIGHT
        paper.rule(left - 7, y, left - 2, y, colour=QUIET)
        paper.rule(right + 2, y, right + 7, y, colour=QUIET)
