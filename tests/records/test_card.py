"""Cards on paper: ten to an A4 sheet, whole for many people, with nothing on them that a finder could use."""

import datetime as dt
from dataclasses import replace

import pytest

from sbt_pwa.kit.errors import NotFound
from sbt_pwa.records.card import Card, card_pdf, sheets_pdf
from tests.papers import codes_on, date_of, pictures_of, sizes_of, words_on

CARD = Card(
    name="Fatimah Rumakat",
    masked_nik="8105••••••••0003",
    kpj="26000000001",
    covered_from=dt.date(2026, 12, 1),
    covered_to=dt.date(2027, 11, 30),
    programme="Perlindungan pekerja rentan 2027",
    insurances=("JKK", "JKM"),
    check_url="https://daftar.example.id/check#K7QM3F8T9XWC",
    issuer="Kabupaten Seram Bagian Timur",
    made_at=dt.datetime(2026, 12, 3, tzinfo=dt.UTC),
)
LONG = "Muhammad Abdul Rahman Kwairumaratu Siwasiwan-Keliobas-Rumakat bin La Ode Muhammad Idris"


def many(count: int) -> list[Card]:
    return [replace(CARD, kpj=f"26{n:09d}", check_url=f"https://daftar.example.id/check#{n:012d}") for n in range(count)]


def test_thirteen_cards_are_two_sheets_and_each_can_be_read(app):
    data = sheets_pdf(many(13))
    assert sizes_of(data) == [(210, 297), (210, 297)]
    assert sorted(codes_on(data)) == [card.check_url for card in many(13)]
    first, second = words_on(data)
    assert [sum(card.kpj in words for card in many(13)) for words in (first, second)] == [10, 3]


def test_paper_is_in_indonesian_whoever_prints_it(app):
    with app.test_request_context("/check", headers={"Cookie": "lang=en"}):
        for data in (card_pdf(CARD), sheets_pdf([CARD])):
            assert "1 Desember 2026" in words_on(data)[0]


@pytest.mark.parametrize("other", [{"name": LONG}, {"programme": LONG * 2}, {"kpj": "2" * 20}, {"issuer": LONG}])
def test_long_words_stay_on_their_card(app, other):
    page = pictures_of(sheets_pdf([replace(CARD, **other)]), 100)[0].convert("L")
    right_of_it = page.crop((round(106 / 25.4 * 100), round(15 / 25.4 * 100), round(180 / 25.4 * 100), round(67 / 25.4 * 100)))
    assert right_of_it.getextrema() == (255, 255)
    assert codes_on(card_pdf(replace(CARD, **other))) == [CARD.check_url]


def test_the_same_cards_are_the_same_file(app):
    assert sheets_pdf(many(3)) == sheets_pdf(iter(many(3)))
    assert card_pdf(CARD) == card_pdf(CARD)
    assert date_of(card_pdf(CARD)) == date_of(sheets_pdf(many(3))) == "20261203"  # the member's day, not the printer's
    assert card_pdf(CARD) != card_pdf(replace(CARD, covered_to=dt.date(2027, 12, 31)))


def test_no_card_is_no_sheet(app):
    with pytest.raises(NotFound):
        sheets_pdf([])
