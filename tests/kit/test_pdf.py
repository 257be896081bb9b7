"""Paper: what is drawn can be read back, does not run over its edge, and is the same file every time."""

import datetime as dt
import subprocess
import sys

import pytest

from sbt_pwa.kit.pdf import Paper, plain, runs
from tests.papers import codes_on, pictures_of, sizes_of, words_on

DAY = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def drawn(words: str = "Fatimah", **more) -> bytes:
    with Paper("A6", "Kartu") as paper:
        paper.add_page()
        paper.line(10, 10, words, 12, **more)
        paper.qr(10, 30, 25, "http://localhost:8000/check#K7QM3F8T9XWC")
        return paper.to_bytes(DAY)


@pytest.mark.parametrize("name", ["Fatimah Rumakat", "Nuʼaini", "Zoë Ñañez", "Đặng Thị", "Ça l'été"])
def test_names_keep_their_marks(name):
    assert words_on(drawn(name)) == [name]


def test_a_letter_and_its_mark_are_one_however_they_were_typed():
    assert words_on(drawn("Zoe\u0308")) == ["Zoë"]
    assert plain("a\n b\u200b\tc") == "a b c"


def test_what_the_font_lacks_stops_no_card():
    assert len(words_on(drawn("王 Rumakat"))) == 1


def test_the_qr_is_read_from_the_picture():
    assert codes_on(drawn()) == ["http://localhost:8000/check#K7QM3F8T9XWC"]


def test_pages_have_their_size():
    assert sizes_of(drawn()) == [(148, 105)]


@pytest.mark.parametrize("name", ["Rumakat " * 20, "R" * 300])
def test_what_is_too_long_is_set_smaller_and_then_cut(name):
    data = drawn(name, width=60)
    assert words_on(data)[0].endswith("…")
    picture = pictures_of(data, 100)[0].convert("L")
    right_of_it = picture.crop((round(71 / 25.4 * 100), 0, picture.width, round(25 / 25.4 * 100)))
    assert right_of_it.getextrema() == (255, 255)


def test_a_block_is_broken_into_lines_and_says_where_it_ends():
    said = "satu dua tiga empat lima enam tujuh delapan sembilan " * 4
    with Paper("A4", "Surat") as paper:
        paper.add_page()
        assert paper.block(10, 20, 60, said, 10) > 20 + 4 * 4
        assert 207 < paper.block(10, 200, 60, said, 10, most=2) < 210
        assert "sembilan" in words_on(paper.to_bytes(DAY))[0]


def test_the_same_drawing_is_the_same_file_also_in_another_process():
    source = "import sys; from tests.kit.test_pdf import drawn; sys.stdout.buffer.write(drawn())"
    other = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True).stdout
    assert drawn() == drawn() == other
    assert drawn("Fatimah R") != drawn()


def test_runs_of_dark_modules():
    assert runs(bytes([1, 1, 0, 1, 0, 0, 1, 1, 1])) == [(0, 2), (3, 1), (6, 3)]
    assert runs(bytes(3)) == []
