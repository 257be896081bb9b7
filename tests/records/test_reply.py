"""The insurer's answer is understood however it was saved; where it cannot be, the person learns why, and nothing is guessed."""

import datetime as dt
import random

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sbt_pwa.kit.spreadsheets import Line, Sheet, Table, read_table
from sbt_pwa.records.reply import ReplyNotUnderstood, field_of, read_reply
from sbt_pwa.records.reply_cells import meaning_of, read_day, read_kpj, read_nik_cell

ONA, ALI, UMI = "8105014107900003", "8105011708880007", "8105045203750012"
BORN = dt.date(1990, 7, 1)
PEOPLE = [
    [1, ONA, "WA ONA", "01-07-1990", "Y", "BISA DAFTAR"],
    [2, ALI, "LA ALI", "17-08-1988", "T", "DUPLIKASI"],
    [3, UMI, "UMI KELIAN", "12-03-1975", "T", "USIA LEBIH 65 TAHUN"],
]
HEADER = ["NO", "NIK", "NAMA", "TANGGAL LAHIR", "STATUS", "KETERANGAN"]


def saved(rows, tmp_path, name="jawaban.xlsx", change=None):
    """Write the rows as a person's workbook on disk and read it as the office does."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    book.save(tmp_path / name)
    return read_reply(read_table((tmp_path / name).read_bytes(), name))


def of_lines(rows, from_1904=False):
    lines = [Line(number, list(row)) for number, row in enumerate(rows, 1) if any(cell is not None for cell in row)]
    return read_reply(Table([Sheet("A", lines)], from_1904))


def short(reply):
    return [(row.nik, row.status, row.reason_code) for row in reply.rows]


RIGHT = [(ONA, "yes", None), (ALI, "no", "DUPLICATE"), (UMI, "no", "AGE_LIMIT")]


def test_a_tidy_answer(tmp_path):
    reply = saved([HEADER, *PEOPLE], tmp_path)
    assert (reply.kind, reply.header_row, reply.ignored_rows) == ("eligibility", 1, 0)
    assert reply.columns == {
        "nik": "NIK",
        "name": "NAMA",
        "birth_date": "TANGGAL LAHIR",
        "status": "STATUS",
        "reason": "KETERANGAN",
    }
    assert short(reply) == RIGHT
    assert [(row.row_number, row.name, row.birth_date, row.reason_text) for row in reply.rows][:2] == [
        (2, "WA ONA", BORN, "BISA DAFTAR"),
        (3, "LA ALI", dt.date(1988, 8, 17), "DUPLIKASI"),
    ]


# ---- ways in which people break spreadsheets


def test_letterhead_and_merged_title_above(tmp_path):
    above = [
        ["BPJS KETENAGAKERJAAN CABANG MASOHI"],
        [],
        ["Hasil verifikasi NIK, status per 1 Oktober 2026"],
        [],
        [None, "No. 12/X"],
    ]
    reply = saved([*above, HEADER, *PEOPLE], tmp_path, change=lambda book: book.active.merge_cells("A1:F1"))
    assert (reply.header_row, short(reply)) == (6, RIGHT)


def test_header_over_two_lines_with_merged_cells(tmp_path):
    def merge(book):
        for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1"):
            book.active.merge_cells(cells)

    upper = ["NO", "NIK", "NAMA", "TGL LAHIR", "HASIL PADANAN", None]
    reply = saved([upper, [None, None, None, None, "STATUS", "ALASAN"], *PEOPLE], tmp_path, change=merge)
    assert short(reply) == RIGHT


def test_the_list_is_on_the_second_sheet(tmp_path):
    reply = saved([HEADER, *PEOPLE], tmp_path, change=lambda book: book.create_sheet("Petunjuk", 0).append(["Isi kolom STATUS"]))
    assert (reply.sheet, short(reply)) == ("Sheet", RIGHT)


def test_a_hidden_old_list_does_not_count(tmp_path):
    def hide(book):
        old = book.create_sheet("Lama")
        old.append(HEADER)
        old.append([1, ONA, "WA ONA", "01-07-1990", "T", "GANDA"])
        old.sheet_state = "hidden"

    assert short(saved([HEADER, *PEOPLE], tmp_path, change=hide)) == RIGHT


def test_columns_in_another_order_and_under_other_names(tmp_path):
    turned = [["Hasil Verifikasi", "Ket.", "TGL_LAHIR", "Nama Lengkap Sesuai KTP", "Nomor KTP", "Alamat KTP"]]
    turned += [[row[4], row[5], row[3], row[2], row[1], "Bula"] for row in PEOPLE]
    assert short(saved(turned, tmp_path)) == RIGHT


def test_nik_as_number_is_exact_or_named_as_spoiled(tmp_path):
    rows = [[1, int(ONA), "WA ONA", None, "Y", None], [2, 8105011708880000, "LA ALI", None, "Y", None]]
    rows += [[3, 81050452037500128, "UMI", None, "Y", None], [4, "8,10501E+15", "ONI", None, "Y", None]]
    rows += [[5, 9105011708880007, "PAPUA", None, "Y", None]]
    reply = saved([HEADER, *rows], tmp_path)
    assert [(row.nik, row.nik_problem) for row in reply.rows] == [
        (ONA, None),
        ("8105011708880000", "spoiled"),
        ("81050452037500128", "not_16"),
        ("8,10501E+15", "spoiled"),
        ("9105011708880008", "spoiled"),  # a number of this size no longer tells 7 from 8
    ]


def test_a_csv_that_went_through_excel(tmp_path):
    text = "NO;NIK;NAMA;TANGGAL LAHIR;STATUS;KETERANGAN\r\n"
    text += "".join(f"{n};81050141079{n:02}000;ORANG {n};01/07/1990;Y;\r\n" for n in range(1, 9))
    reply = read_reply(read_table(text.encode("cp1252"), "jawaban.csv"))
    assert {row.nik_problem for row in reply.rows} == {"spoiled"}


def test_nik_with_apostrophes_spaces_and_dots(tmp_path):
    rows = [
        [1, "'" + ONA, "A"],
        [2, "8105 0117 0888 0007", "B"],
        [3, "\u00a081.05.04.520375.0012\u200b", "C"],
        [4, "81050141079000", "D"],
    ]
    reply = saved([HEADER, *[[*row, None, "Y", None] for row in rows]], tmp_path)
    assert [(row.nik, row.nik_problem) for row in reply.rows] == [
        (ONA, None),
        (ALI, None),
        (UMI, None),
        ("81050141079000", "not_16"),
    ]


def test_dates_as_text_serial_number_and_real_date(tmp_path):
    told = [
        "1 Juli 1990",
        "01/07/90",
        33055,
        dt.date(1990, 7, 1),
        dt.datetime(1990, 7, 1, 9, 30),
        "1990-07-01 00:00:00",
        "Bula, 01-07-1990",
    ]
    told += ["1-Jul-90", "01071990", "33055", "1.7.1990", 1071990, "07/31/1990", "kosong", "31-02-1990"]
    reply = saved([HEADER, *[[1, ONA, "A", day, "Y", None] for day in told]], tmp_path)
    assert [row.birth_date for row in reply.rows] == [BORN] * 12 + [dt.date(1990, 7, 31), None, None]


def test_serial_numbers_of_a_mac(tmp_path):
    def from_1904(book):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    reply = saved([HEADER, [1, ONA, "A", 33055 - 1462, "Y", None]], tmp_path, change=from_1904)
    assert reply.rows[0].birth_date == BORN


def test_totals_signatures_repeated_headers_and_column_numbers_are_left_out_and_counted(tmp_path):
    numbers, total = [1, 2, 3, 4, 5, 6], [None, "JUMLAH", 3, None, None, None]
    foot = [[], [None, None, "Masohi, 1 Oktober 2026"], [None, None, "Kepala Cabang"], ["Total diterima: 1"]]
    reply = saved([HEADER, numbers, PEOPLE[0], HEADER, *PEOPLE[1:], total, *foot], tmp_path)
    assert short(reply) == RIGHT
    assert reply.ignored_rows == 6


def test_a_person_without_nik_is_not_left_out(tmp_path):
    reply = saved([HEADER, *PEOPLE, [4, None, "LA JAFAR", "01-01-1980", "T", "NIK KOSONG"]], tmp_path)
    assert (reply.rows[3].nik_problem, reply.rows[3].reason_code, reply.rows[3].name) == ("empty", "NO_NIK", "LA JAFAR")


def test_a_million_formatted_rows_below_the_list(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    for number, row in enumerate([HEADER, *PEOPLE]):
        sheet.write_row(number, 0, row)
    for number in range(10, 30_000):
        sheet.write_blank(number, 0, None, bold)
    sheet.set_row(1_048_575, 20, bold)
    book.close()
    assert short(read_reply(read_table(path.read_bytes(), "a.xlsx"))) == RIGHT


def test_a_list_of_members(tmp_path):
    header = "NIK,KPJ,NAMA,NO_HANDPHONE,TGL_LAHIR,JHT,JKK,JKM,JENIS_PEKERJAAN,TGL_KEPESERTAAN,TGL_BERAKHIR,MASA_GRACE".split(",")
    member = ["WA ONA", "6281234567890", "01-07-1990", "T", "Y", "Y", "NELAYAN", "01-10-2026", dt.date(2027, 9, 30), "31-12-2027"]
    kpjs = ["26012345678", 26012345678, "2601234567", "2,60123E+10", ONA, None, "x" * 21]
    reply = saved([header, *[[ONA, kpj, *member] for kpj in kpjs]], tmp_path)
    first = reply.rows[0]
    assert reply.kind == "members"
    assert (first.kpj, first.status, first.phone) == ("26012345678", "yes", "6281234567890")
    assert (first.covered_from, first.covered_to) == (dt.date(2026, 10, 1), dt.date(2027, 9, 30))
    assert [(row.kpj, row.kpj_problem) for row in reply.rows[1:]] == [
        ("26012345678", None),
        ("2601234567", "not_11"),
        (None, "spoiled"),
        (None, "is_nik"),
        (None, None),
        (None, "too_long"),
    ]
    assert reply.rows[5].status is None


def test_status_and_reason_that_contradict_decide_nothing(tmp_path):
    rows = [
        [1, ONA, "A", None, "Y", "DUPLIKAT"],
        [2, ALI, "B", None, "T", "SESUAI"],
        [3, UMI, "C", None, "??", None],
        [4, ONA, "D", None, None, None],
    ]
    reply = saved([HEADER, *rows], tmp_path)
    assert [(row.status, row.kpj_problem) for row in reply.rows] == [(None, "contradicts")] * 2 + [(None, None)] * 2


def test_a_number_does_not_make_a_member_of_whom_the_words_contradict(tmp_path):
    rows = [
        ["NIK", "KPJ", "STATUS", "KETERANGAN"],
        [ONA, "26012345678", "Y", "DUPLIKAT"],
        [ALI, "26012345679", "PESERTA AKTIF", None],
    ]
    reply = saved(rows, tmp_path)
    assert [(row.status, row.kpj, row.kpj_problem) for row in reply.rows] == [
        (None, None, "contradicts"),
        (None, "26012345679", None),
    ]


def test_without_a_status_column_the_reason_says_it(tmp_path):
    rows = [["NIK", "KETERANGAN"], [ONA, "Terverifikasi"], [ALI, "NIK tidak padan dengan nama"], [UMI, "lain-lain"]]
    assert short(saved(rows, tmp_path)) == [(ONA, "yes", None), (ALI, "no", "NIK_MISMATCH"), (UMI, None, None)]


@pytest.mark.parametrize(
    ("words", "says", "code"),
    [
        ("Y", "yes", None),
        ("T", "no", "OTHER"),
        ("N", "no", "OTHER"),
        ("bisa daftar", "yes", None),
        ("TERVERIFIKASI", "yes", None),
        ("LOLOS", "yes", None),
        ("Sesuai.", "yes", None),
        ("DUPLIKASI", "no", "DUPLICATE"),
        ("data ganda", "no", "DUPLICATE"),
        ("SUDAH MENJADI PESERTA", "no", "ALREADY_MEMBER"),
        ("USIA LEBIH 65 TAHUN", "no", "AGE_LIMIT"),
        ("USIA DIATAS 65 TAHUN", "no", "AGE_LIMIT"),
        ("NIK TIDAK PADAN", "no", "NIK_MISMATCH"),
        ("TIDAK SESUAI", "no", "NIK_MISMATCH"),
        ("NIK tidak ditemukan", "no", "NO_NIK"),
        ("Meninggal dunia", "no", "DECEASED"),
        ("PINDAH DOMISILI", "no", "MOVED"),
        ("TIDAK BISA DAFTAR", "no", "OTHER"),
        ("BELUM TERVERIFIKASI", None, None),
        ("TIDAK LOLOS", "no", "OTHER"),
        ("KEBUN", None, None),
        ("", None, None),
        ("YTH", None, None),
        ("TIDAK ADA DUPLIKASI", None, None),
        ("NIK TIDAK ADA", "no", "NO_NIK"),
        ("MASIH PROSES", None, None),
        ("PESERTA AKTIF", None, None),
        ("AKTIF", "yes", None),
        ("NIK BELUM PADAN", "no", "NIK_MISMATCH"),
    ],
)
def test_the_insurers_words(words, says, code):
    meaning = meaning_of(words)
    assert (meaning.says, meaning.code) == (says, code)


def test_reason_codes_are_those_that_a_registration_can_be_declined_with():
    from sbt_pwa.records.reference import reasons_to
    from sbt_pwa.records.reply_cells import _known_words

    whole, within = _known_words()
    used = {meaning.code for meaning in [*whole.values(), *(meaning for _pattern, meaning in within)]} - {None}
    assert used <= {reason.code for reason in reasons_to("insurer")}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("NO KTP", "nik"), ("NOMOR_IDENTITAS", "nik"), ("NIK PESERTA", "nik"), ("NAMA LENGKAP", "name"), ("NAMA DESA", None),
        ("NAMA IBU KANDUNG", None), ("TGL LAHIR", "birth_date"), ("Tempat/Tanggal Lahir", "birth_date"), ("TEMPAT LAHIR", None),
        ("HASIL", "status"), ("STATUS KAWIN", None), ("ALASAN PENOLAKAN", "reason"), ("NO KPJ", "kpj"), ("NO PESERTA", "kpj"),
        ("NOMOR KARTU PESERTA", "kpj"), ("NO. KARTU KELUARGA", None), ("TGL_KEPESERTAAN", "covered_from"), ("MASA_GRACE", None),
        ("TGL_BERAKHIR", "covered_to"), ("JENIS IDENTITAS", None), ("MASA_LAKU_IDENTITAS", None), ("TGL_AKHIR_KONTRAK", None),
        ("UPAH", "wage"), ("NO HP", "phone"), ("Nomor WA", "phone"), ("WA ONA", None), ("NO", None), (12, None), (None, None),
    ],
)  # fmt: skip
def test_headers_and_what_they_mean(header, field):
    assert field_of(header) == field


# ---- files that are no answer


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ([["NAMA", "STATUS"], ["A", "Y"]], "no_column", "NAMA, STATUS"),
        ([["NIK", "NAMA"], [ONA, "A"]], "no_column", "NIK, NAMA"),
        ([["KPJ", "NAMA", "ALAMAT"], ["26012345678", "A", "B"]], "no_column", "NAMA"),
        ([[ONA, "WA ONA", "Y"]], "no_header", None),
        ([HEADER], "no_people", None),
        ([HEADER, [None, "JUMLAH", 0]], "no_people", None),
        ([["x"]] * 15 + [HEADER, *PEOPLE], "no_header", None),
    ],
)
def test_what_is_missing_is_said(tmp_path, rows, code, told):
    with pytest.raises(ReplyNotUnderstood) as refused:
        saved(rows, tmp_path)
    assert refused.value.code == code
    assert told is None or told in str(refused.value.message)
    assert "WA ONA" not in str(refused.value.message)


def test_lists_on_two_sheets_are_not_silently_halved(tmp_path):
    def second(book):
        other = book.create_sheet("Gorom")
        other.append(HEADER)
        other.append(PEOPLE[0])

    with pytest.raises(ReplyNotUnderstood) as refused:
        saved([HEADER, *PEOPLE], tmp_path, change=second)
    assert "Sheet, Gorom" in str(refused.value.message)


def test_an_empty_workbook_is_no_answer(tmp_path):
    with pytest.raises(ReplyNotUnderstood):
        saved([], tmp_path)


# ---- for any order


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_the_order_of_rows_and_columns_does_not_matter(seed):
    chance = random.Random(seed)
    columns, rows = list(range(len(HEADER))), list(PEOPLE)
    chance.shuffle(columns)
    chance.shuffle(rows)
    reply = of_lines([[row[place] for place in columns] for row in [HEADER, *rows]])
    assert sorted(short(reply)) == sorted(RIGHT, key=lambda one: one[0])
    assert {row.nik: row.name for row in reply.rows} == {row[1]: row[2] for row in PEOPLE}


CELL = st.none() | st.text(max_size=30) | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.dates()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELL, max_size=7), max_size=12), st.booleans())
def test_whatever_stands_in_the_cells_is_read_or_refused(rows, from_1904):
    try:
        reply = of_lines([HEADER, *rows], from_1904)
    except ReplyNotUnderstood:
        return
    assert len(reply.rows) + reply.ignored_rows <= len(rows)
    assert all(row.nik_problem or len(row.nik) == 16 for row in reply.rows)


@given(st.from_regex(r"[1-9][0-9]{15}", fullmatch=True))
def test_a_nik_is_never_changed(nik):
    assert read_nik_cell(nik) == (nik, None)
    told, problem = read_nik_cell(int(nik))
    assert problem == "spoiled" or told == nik
    assert (problem == "spoiled") == (nik.endswith("0") or int(nik) >= 2**53)


@given(st.dates(dt.date(1905, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_is_read_in_every_form(day):
    serial = (day - dt.date(1899, 12, 30)).days
    for told in (day, f"{day:%d-%m-%Y}", f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", f"{day:%d%m%Y}", serial, str(serial)):
        assert read_day(told) == day, told
    assert read_day(serial - 1462, from_1904=True) == (day if serial - 1462 > 366 else None)


def test_a_kpj_of_zeros_or_a_dash_is_none():
    assert [read_kpj(cell, ONA) for cell in (None, "", "-", 0, "000", "'26012345678")] == [(None, None)] * 5 + [
        ("26012345678", None)
    ]
