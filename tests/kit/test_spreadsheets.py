"""What is written stays text and comes back as it was; what is read cannot harm."""

import csv
import datetime as dt
import io
import random
import resource
import shutil
import tempfile
import zipfile
from pathlib import Path

import msoffcrypto
import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from sbt_pwa.kit import spreadsheets
from sbt_pwa.kit.spreadsheets import REFUSALS, Column, FileRefused, read_table, writable, write_csv, write_sheet
from tests.kit import hostile_files as hostile
from tests.kit.hostile_files import HOSTILE, NIK

ALIVE = [
    "=1+1",
    '=HYPERLINK("http://x.invalid";"x")',
    "+62812",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
]
TEXT = [Column("NAMA")]


def opened(data: bytes):
    return openpyxl.load_workbook(io.BytesIO(data)).active


def cells(data: bytes, name: str = "a.xlsx") -> list[list]:
    return [line.cells for line in read_table(data, name).sheets[0].lines]


# ---- written


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1) | st.sampled_from(ALIVE))
@example("_x0041_")
@example("http://x.invalid")
@example("{=SUM(A1)}")
@example("<r>&</r>")
@example("<r><t>a</t></r>")
@example(" a\tb\n")
@example("\ud800\x00\x0b\ufffe")
def test_any_text_stays_that_text(text):
    head, cell = (row[0] for row in opened(write_sheet("A", [Column(text)], [(text,)])).rows)
    assert (cell.data_type, unescape(cell.value), cell.number_format) == ("s", writable(text), "@")
    assert (head.data_type, unescape(head.value), head.font.bold) == ("s", writable(text), True)


@pytest.mark.parametrize(
    ("given", "written"),
    [("a\0b", "a\ufffdb"), ("a\ud800", "a\ufffd"), ("a\r\nb\rc", "a\nb\nc"), ("x" * 40_000, "x" * 32_767), ("Wa Ona", "Wa Ona")],
)
def test_what_a_cell_cannot_hold_is_replaced_in_one_way(given, written):
    assert writable(given) == written


@pytest.mark.parametrize("seed", range(2))
def test_niks_come_back_digit_by_digit(seed):
    chance = random.Random(seed)
    niks = [f"{chance.randrange(10**16):016d}" for _ in range(5000)] + ["0" * 16, "9" * 16, "8105014107900000"]
    data = write_sheet("A", [Column("NIK")], [(nik,) for nik in niks])
    assert [row[0].value for row in opened(data).iter_rows(min_row=2)] == niks
    assert [row[0] for row in cells(data)[1:]] == niks


def test_each_kind_is_written_as_asked():
    columns = [Column("NIK"), Column("TGL_LAHIR", "date", 12), Column("UPAH", "integer"), Column("HP")]
    sheet = opened(write_sheet("Data TK Baru", columns, [(NIK, dt.date(1990, 8, 7), 1_000_000, None)]))
    assert sheet.title == "Data TK Baru"
    assert [cell.value for cell in sheet[1]] == ["NIK", "TGL_LAHIR", "UPAH", "HP"]
    assert [(cell.data_type, cell.value) for cell in sheet[2]][:3] == [("s", NIK), ("s", "07-08-1990"), ("n", 1_000_000)]
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["B"].width == pytest.approx(12, abs=1)


def test_a_number_that_excel_would_cut_is_written_as_text():
    assert opened(write_sheet("A", [Column("N", "integer")], [(8105014107900003,)]))["A2"].value == "8105014107900003"


def test_an_empty_text_column_takes_what_a_person_types_as_text():
    sheet = opened(write_sheet("A", [Column("HP")], []))
    assert sheet.column_dimensions["A"].number_format == "@"


def test_a_password_shuts_the_whole_file():
    data = write_sheet("A", TEXT, [("Wa Ona",)], password="rahasia sekali")
    assert b"Wa Ona" not in data and not data.startswith(b"PK")
    shut, plain = msoffcrypto.OfficeFile(io.BytesIO(data)), io.BytesIO()
    shut.load_key(password="rahasia sekali", verify_password=True)
    shut.decrypt(plain, verify_integrity=True)
    assert opened(plain.getvalue())["A2"].value == "Wa Ona"
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        msoffcrypto.OfficeFile(io.BytesIO(data)).load_key(password="rahasia", verify_password=True)


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(ALIVE))
def test_a_csv_never_computes_and_comes_back(text):
    data = write_csv(["NAMA"], [(text,)]).decode("utf-8-sig")
    written = list(csv.reader(io.StringIO(data, newline=""), delimiter=";"))[1][0]
    assert written.lstrip()[:1] not in tuple("=+-@＝＋－＠") and written[:1] not in tuple("\t\r\n")
    assert written.removeprefix("'") == text.replace("\0", "\ufffd").removeprefix("'")


@pytest.mark.parametrize("text", [*ALIVE, "  =1+1"])
def test_what_computes_gets_an_apostrophe(text):
    data = io.StringIO(write_csv(["=A"], [(text,)]).decode("utf-8-sig"), newline="")
    assert list(csv.reader(data, delimiter=";")) == [["'=A"], ["'" + text]]


def test_nothing_is_left_behind_when_the_rows_end_early(tmp_path, monkeypatch):
    """In a place of its own: other processes write sheets at the same time."""
    monkeypatch.setattr(spreadsheets, "_memory_folder", lambda: str(tmp_path))

    def rows():
        yield ("Wa Ona",)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        write_sheet("A", TEXT, rows())
    write_sheet("A", TEXT, [("Wa Ona",)])
    assert list(tmp_path.iterdir()) == []


def test_rows_that_wait_to_be_packed_lie_in_memory_where_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def rows():
        yield ("Wa Ona",)
        seen.extend(tmp_path.iterdir())
        yield ("Wa Ona",)

    write_sheet("A", TEXT, rows())
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and shutil.disk_usage(shm).free > 200_000_000
    assert bool(seen) == (not roomy)
    assert list(tmp_path.iterdir()) == []


def test_a_day_can_be_reckoned_with():
    days = [dt.date(2026, 2, 28), dt.date(1901, 1, 1)]
    sheet = opened(write_sheet("A", [Column("N"), Column("HARI", "day")], [("a", day) for day in days]))
    found = [sheet.cell(row, 2) for row in (2, 3)]
    assert [cell.value for cell in found] == [dt.datetime.combine(day, dt.time()) for day in days]
    assert {cell.number_format for cell in found} == {"dd-mm-yyyy"}


def test_blanks_at_the_ends_of_a_text_are_kept():
    with zipfile.ZipFile(io.BytesIO(write_sheet("A", TEXT, [(" Wa Ona",)]))) as book:
        assert b'<t xml:space="preserve"> Wa Ona</t>' in book.read("xl/worksheets/sheet1.xml")


def test_a_wide_sheet_goes_on_behind_column_z():
    columns = [Column(f"K{number}", "integer" if number % 2 else "text") for number in range(60)]
    data = write_sheet("A", columns, [list(range(60))] * 2)
    assert [cell.value for cell in opened(data)[1]] == [column.header for column in columns]
    assert [cell.value for cell in opened(data)[3]] == [number if number % 2 else str(number) for number in range(60)]
    assert cells(data)[2] == [cell.value for cell in opened(data)[3]]


def test_the_same_cells_are_the_same_bytes_whenever_they_are_written():
    made_at = dt.datetime(2026, 8, 17, 10)
    assert write_sheet("A", TEXT, [("Wa Ona",)], made_at=made_at) == write_sheet("A", TEXT, [("Wa Ona",)], made_at=made_at)


# ---- read


def test_what_was_written_is_read():
    rows = [(NIK, "Wa Ona", dt.date(1990, 8, 7), 1_000_000, None), ("0" * 16, "=1+1", None, -5, "x")]
    columns = [Column("NIK"), Column("NAMA"), Column("LAHIR", "date"), Column("UPAH", "integer"), Column("KET")]
    assert cells(write_sheet("A", columns, rows))[1:] == [
        [NIK, "Wa Ona", "07-08-1990", 1_000_000],
        ["0" * 16, "=1+1", None, -5, "x"],
    ]


def test_an_old_xls_is_read():
    assert cells(hostile.xls(), "a.xls") == [["NIK", "NAMA"], [NIK, "Wa Ona"]]


def test_dates_numbers_merged_cells_and_row_numbers_come_as_they_are():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["DAFTAR", None, None])
    sheet.merge_cells("A1:C1")
    sheet.append([])
    sheet.append([dt.date(2026, 8, 17), 8105014107900003, 1.5, True])
    book.create_sheet("Catatan").append(["x"])
    book.create_sheet("Rahasia").sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    table = read_table(file.getvalue(), "a.xlsx")
    assert [sheet.name for sheet in table.sheets] == ["Sheet", "Catatan"]
    assert table.sheets[0].lines == [(1, ["DAFTAR"]), (3, [dt.date(2026, 8, 17), 8105014107900003, 1.5, "TRUE"])]


def test_a_workbook_of_a_mac_says_that_it_counts_from_1904():
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["x"])
    file = io.BytesIO()
    book.save(file)
    assert read_table(file.getvalue(), "a.xlsx").from_1904
    assert not read_table(hostile.plain(), "a.xlsx").from_1904


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_csv_is_read_with_any_sign_and_encoding(sign, encoding):
    text = f'NIK{sign}NAMA\r\n{NIK}{sign}"Andr\u00e9 {sign} Ona"\r\n\r\n'
    assert cells(text.encode(encoding), "a.csv") == [["NIK", "NAMA"], [NIK, f"André {sign} Ona"]]


def test_a_formula_is_read_as_what_it_shows():
    assert cells(hostile.with_formula()) == [["shown"]]


def test_a_million_empty_rows_are_passed_over():
    assert cells(hostile.with_rows(b'<row r="1048576"><c r="B1048576"><v>7</v></c></row>')) == [[None, 7]]
    assert cells(hostile.empty_rows()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_costs_no_memory(name):
    make, file_name, codes = HOSTILE[name]
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileRefused) as refused:
        read_table(data, file_name)
    assert refused.value.code in codes
    assert str(refused.value.message) == str(REFUSALS[refused.value.code])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 40, f"{grown:.0f} MB"


def mutated(chance: random.Random, data: bytes) -> bytes:
    body = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(body))
        kind = chance.randrange(4)
        if kind == 0:
            body[at] = chance.randrange(256)
        elif kind == 1:
            del body[at : at + chance.randint(1, 40)]
        elif kind == 2:
            body[at:at] = chance.randbytes(chance.randint(1, 40))
        else:
            body[at:at] = body[at : at + chance.randint(1, 200)]
        if not body:
            break
    return bytes(body)


BROKEN = (st.integers(0, 10**9), st.sampled_from(["xlsx", "sheet", "workbook", "xls", "csv"]))


@settings(max_examples=60, deadline=None)
@given(*BROKEN)
def test_a_broken_file_is_read_or_refused_and_nothing_else(seed, kind):
    read_broken(seed, kind)


@pytest.mark.long
@settings(max_examples=2_000, deadline=None)
@given(*BROKEN)
def test_many_broken_files_are_read_or_refused_and_nothing_else(seed, kind):
    read_broken(seed, kind)


def read_broken(seed: int, kind: str) -> None:
    chance = random.Random(seed)
    if kind in ("sheet", "workbook"):  # a sound zip around a broken sheet reaches the reader itself
        name = hostile.SHEET if kind == "sheet" else hostile.WORKBOOK
        data = hostile.changed(hostile.plain(), {name: mutated(chance, hostile.part(hostile.plain(), name))})
    else:
        data = mutated(chance, {"xlsx": hostile.plain(), "xls": hostile.xls(), "csv": b"NIK;NAMA\n1;x\n" * 20}[kind])
    try:
        table = read_table(data, f"a.{kind}")
    except FileRefused as refused:
        assert refused.code in REFUSALS
    else:
        assert all(line.cells for sheet in table.sheets for line in sheet.lines)
