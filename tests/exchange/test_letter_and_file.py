"""The cover letter names the checksum of the very file that goes with it."""

import hashlib
import io
import re
import time

import msoffcrypto
import openpyxl
import pytest

from tests.exchange.test_round_trip import freeze
from tests.papers import words_on
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.words import words

HASH = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.fixture
def batch(app, dewi):
    close_programmes()
    programme = make_programme(places=5)
    approve(register(app, [1, 2]))
    return freeze(dewi, programme)


@pytest.fixture
def password(app):
    app.config["SBT_FILE_PASSWORD"] = "kata-sandi-berkas"
    yield app.config["SBT_FILE_PASSWORD"]
    app.config["SBT_FILE_PASSWORD"] = ""


def taken(visitor, batch, what, status=200) -> bytes:
    visitor.get(f"/exchange/batches/{batch.id}")
    answer = visitor.client.post(f"/exchange/batches/{batch.id}/{what}", data={"csrf_token": visitor.csrf_token()})
    assert answer.status_code == status, answer.text
    return answer.get_data()


def named_in(letter: bytes) -> str:
    (page,) = words_on(letter)
    return HASH.findall(page)[0]


def the_next_second_begins() -> None:
    time.sleep(1.01 - time.time() % 1)


def test_without_a_password_the_file_is_the_same_each_time_and_the_letter_names_it(batch, dewi, lina):
    letter = named_in(taken(dewi, batch, "letter"))
    files = []
    for visitor in (dewi, lina):
        the_next_second_begins()  # a file tells the second in which it was made
        files.append(taken(visitor, batch, "file"))
    assert [hashlib.sha256(file).hexdigest() for file in files] == [letter, letter]
    assert named_in(taken(lina, batch, "letter")) == letter
    book = openpyxl.load_workbook(io.BytesIO(files[0]))
    assert book.properties.created == batch.frozen_at.replace(microsecond=0, tzinfo=None)


def test_with_a_password_the_letter_names_the_file_that_was_taken_last(batch, dewi, lina, password):
    page = dewi.get(f"/exchange/batches/{batch.id}")
    page.see(words("Take the spreadsheet first, then the cover letter: it names the checksum of the file that was taken."))
    assert not page.find("form", action=f"/exchange/batches/{batch.id}/letter")
    taken(dewi, batch, "letter", status=409)
    for visitor in (dewi, lina):
        file = taken(visitor, batch, "file")
        assert named_in(taken(dewi, batch, "letter")) == hashlib.sha256(file).hexdigest()
    dewi.get(f"/exchange/batches/{batch.id}").see("Lina")
    locked = msoffcrypto.OfficeFile(io.BytesIO(file))
    locked.load_key(password=password)
    locked.decrypt(io.BytesIO())
