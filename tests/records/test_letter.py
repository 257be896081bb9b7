"""The letter with a batch: who, how many, how much, and by what the file is known again. Always in Indonesian."""

import datetime as dt

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import WrongState
from sbt_pwa.records.batch import Batch
from sbt_pwa.records.letter import Sent, letter_pdf
from tests.papers import date_of, sizes_of, words_on
from tests.programmes import make_programme
from tests.sync.phones import account
from tests.words import words

DAY = dt.date(2026, 12, 4)
FILE = Sent("sbt-2027-007.xlsx", "ab" * 32)
BRANCH = "BPJS Ketenagakerjaan Cabang Masohi"


@pytest.fixture
def batch(app):
    programme = make_programme(
        name="Perlindungan pekerja rentan",
        agreement_no="07/PKS/2026",
        agreement_from=dt.date(2026, 11, 2),
        enrollment_group_no="W-8105-01",
    )
    batch = Batch(programme_id=programme.id, budget_year=2027, number=7, district_code="81.05.01", profile={}, state="frozen")
    batch.row_count, batch.total_rupiah, batch.digest = 2_829, 570_326_400, "cd" * 32
    batch.frozen_at, batch.by_id = dt.datetime(2026, 12, 3, tzinfo=dt.UTC), account("dewi").id
    db.session.add(batch)
    db.session.commit()
    return batch


def letter(batch: Batch) -> bytes:
    return letter_pdf(batch, FILE, BRANCH, "81.05", DAY)


def test_it_tells_what_the_file_holds_and_how_to_know_it(batch):
    (said,) = words_on(letter(batch))
    told = [
        "2027-007", "4 Desember 2026", BRANCH, "Kabupaten Seram Bagian Timur", "Perlindungan pekerja rentan", "07/PKS/2026",
        "2 November 2026", "W-8105-01", "Bula", "2.829", "Rp570.326.400", FILE.name, FILE.sha256, batch.digest,
        words("Signature and stamp"),
    ]  # fmt: skip
    assert [one for one in told if one not in said] == []
    assert sizes_of(letter(batch)) == [(210, 297)]


def test_it_is_in_indonesian_whoever_prints_it(app, batch):
    with app.test_request_context("/exchange", headers={"Cookie": "lang=en"}):
        (said,) = words_on(letter(batch))
    assert "4 Desember 2026" in said
    assert "Rp570.326.400" in said


def test_without_a_district_it_says_so_and_what_is_unknown_is_left_out(batch):
    batch.district_code = None
    batch.programme.agreement_no = batch.programme.enrollment_group_no = ""
    (said,) = words_on(letter(batch))
    assert words("all districts") in said
    assert words("Agreement (PKS)") not in said
    assert words("Group number (wadah)") not in said


def test_the_same_batch_is_the_same_letter(batch):
    assert letter(batch) == letter(batch)
    assert date_of(letter(batch)) == "20261203"  # the day of the freeze


def test_a_batch_that_is_not_frozen_has_no_letter(batch):
    batch.state = "building"
    with pytest.raises(WrongState):
        letter(batch)
