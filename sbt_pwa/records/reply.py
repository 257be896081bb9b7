"""The insurer's answer, found in whatever sheet it came: the header, the columns, one row for each person. Pure functions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ..kit.errors import WrongInput
from ..kit.spreadsheets import Cell, Line, Sheet, Table
from .reply_cells import Meaning, meaning_of, read_day, read_kpj, read_nik_cell, text_of, unread_days, words_of

SEARCHED_LINES = 15
SHOWN_HEADERS = 12
FEW = 5
LONG_NUMBER = re.compile("[0-9]{6}")
END_WORDS = {"TOTAL", "JUMLAH", "SUBTOTAL"}


class ReplyNotUnderstood(WrongInput):
    """The message says which column is missing and what was found."""


NO_HEADER = _l("No line with column names was found in the first rows. One of them has to be called NIK.")
NO_NIK_COLUMN = _l("There is no column with the NIK. These columns were found: %(found)s.")
NO_ANSWER_COLUMN = _l("There is no column with the status or with the KPJ number. These columns were found: %(found)s.")
NO_PEOPLE = _l("There is nobody below the column names. Look whether this is the right file.")
SEVERAL_SHEETS = _l("There is a list on more than one sheet: %(found)s. Save each as a file of its own.")


@dataclass(frozen=True)
class ReplyRow:
    """`nik_problem`: empty, spoiled, not_16. `status`: yes, no, None when the words are not known or contradict.

    `kpj_problem`: not_11 (only unusual); with spoiled, too_long, is_nik and contradicts there is no `kpj`.
    """

    row_number: int
    nik: str | None
    nik_problem: str | None
    name: str | None
    birth_date: dt.date | None
    status: str | None
    reason_text: str | None
    reason_code: str | None
    kpj: str | None
    kpj_problem: str | None
    phone: str | None
    covered_from: dt.date | None
    covered_to: dt.date | None
    wage: int | None
    unread: tuple[str, ...] = ()  # days of cover that stand there and are no days


@dataclass(frozen=True)
class Reply:
    kind: str  # eligibility, members
    sheet: str
    header_row: int
    columns: dict[str, str]  # our field -> header in the file
    rows: list[ReplyRow]
    ignored_rows: int  # totals, signatures, repeated headers


# ---- columns


class Header(NamedTuple):
    """A header means `field` when it has one word of each set in `needs` and none of `never`."""

    field: str
    needs: tuple[set[str], ...]
    never: set[str]


DAY = {"TGL", "TANGGAL", "MASA", "PERIODE", "TMT", "DATE"}
OTHERS = {"IBU", "AYAH", "AHLI", "WARIS", "PASANGAN", "PERUSAHAAN", "WADAH", "INSTANSI", "OPD", "KELOMPOK", "BANK", "PETUGAS"}
PLACES = {"DESA", "NEGERI", "KECAMATAN", "KABUPATEN", "PROVINSI", "KELURAHAN", "DUSUN", "KANTOR", "CABANG", "PROGRAM"}
HEADERS = [  # the first that fits decides
    Header("name", ({"NAMA", "NAME"},), OTHERS | PLACES),
    Header("reason", ({"KETERANGAN", "KET", "ALASAN", "CATATAN", "PENJELASAN", "PESAN", "REMARK", "REMARKS"},), set()),
    Header("covered_to", (DAY, {"BERAKHIR", "AKHIR", "SAMPAI", "SELESAI", "END"}), {"KONTRAK", "GRACE", "IDENTITAS"}),
    Header("birth_date", (DAY | {"TGLLAHIR", "TTL"}, {"LAHIR", "TGLLAHIR", "TTL", "BIRTH"}), OTHERS),
    Header(
        "covered_from",
        (DAY, {"KEPESERTAAN", "EFEKTIF", "MULAI", "AWAL", "PERLINDUNGAN", "AKTIF"}),
        {"BEKERJA", "GRACE", "IDENTITAS", "KONTRAK"},
    ),
    Header("status", ({"STATUS", "HASIL", "VERIFIKASI", "VALIDASI", "KELAYAKAN", "ELIGIBLE"},), {"KAWIN", "PEGAWAI", "RUMAH"}),
    Header("kpj", ({"KPJ", "KARTU", "PESERTA", "KEPESERTAAN"}, {"KPJ", "NO", "NOMOR", "NOKA"}), {"KELUARGA", "HP", "KTP", "NIK"}),
    Header(
        "nik",
        ({"NIK", "KTP", "IDENTITAS", "KEPENDUDUKAN"},),
        OTHERS | DAY | {"JENIS", "ALAMAT", "FOTO", "KK", "KODE"},
    ),
    Header("phone", ({"HP", "HANDPHONE", "TELEPON", "TELP", "PONSEL", "PHONE"},), OTHERS | {"AREA", "EXT", "RUMAH"}),
    Header("phone", ({"WA"}, {"NO", "NOMOR"}), OTHERS),  # Wa alone is how many women's names begin here
    Header("wage", ({"UPAH", "PENGHASILAN", "GAJI"},), set()),
]


def field_of(header: Cell) -> str | None:
    """Return which of our fields a column has, or None."""
    words = set(words_of(header).split()) if isinstance(header, str) else set()
    found = (one.field for one in HEADERS if not words & one.never and all(words & needed for needed in one.needs))
    return next(found, None)


@dataclass(frozen=True)
class Found:
    """A line of headers: where each field stands."""

    sheet: Sheet
    line: Line
    last_number: int  # a header may go over two lines
    places: dict[str, int]

    @property
    def headers(self) -> dict[str, str]:
        return {field: text_of(self.line.cells[place]) for field, place in self.places.items()}

    @property
    def is_enough(self) -> bool:
        return "nik" in self.places and bool({"status", "reason", "kpj"} & set(self.places))


def find_header(sheet: Sheet) -> Found | None:
    """Return the line with the most columns that are known, or two lines read as one where that tells more."""
    lines = sheet.lines[:SEARCHED_LINES]
    single = [_look_at(sheet, line, line.number) for line in lines]
    double = [_look_at(sheet, _joined(a, b), b.number) for a, b in pairwise(lines) if _is_all_headers(a) and _is_all_headers(b)]
    return max([*single, *double], key=lambda found: (found.is_enough, len(found.places)), default=None)


def _is_all_headers(line: Line) -> bool:
    """Say whether a line may be half of a header: texts without long numbers, and one of them is known."""
    texts = all(cell is None or (isinstance(cell, str) and not LONG_NUMBER.search(cell)) for cell in line.cells)
    return texts and any(field_of(cell) for cell in line.cells)


def _look_at(sheet: Sheet, line: Line, last_number: int) -> Found:
    places: dict[str, int] = {}
    for place, cell in enumerate(line.cells):
        if field := field_of(cell):
            places.setdefault(field, place)
    return Found(sheet, line, last_number, places)


def _joined(upper: Line, lower: Line) -> Line:
    width = max(len(upper.cells), len(lower.cells))
    pairs = [(_at(upper.cells, place), _at(lower.cells, place)) for place in range(width)]
    return Line(upper.number, [" ".join(text_of(cell) for cell in pair if isinstance(cell, str)) or None for pair in pairs])


def _at(cells: Sequence[Cell], place: int | None) -> Cell:
    return cells[place] if place is not None and place < len(cells) else None


def _choose(table: Table) -> Found:
    """Return the one list of the file. Raise ReplyNotUnderstood."""
    found = [one for one in map(find_header, table.sheets) if one]
    enough = [one for one in found if one.is_enough]
    if len(enough) > 1:
        raise ReplyNotUnderstood(_with_found(SEVERAL_SHEETS, (one.sheet.name for one in enough)), code="several_sheets")
    if enough:
        return enough[0]
    best = max(found, key=lambda one: len(one.places), default=None)
    if best is None or len(best.places) < 2:  # what such a line says may be a person's: it is not repeated
        raise ReplyNotUnderstood(NO_HEADER, code="no_header")
    missing = NO_ANSWER_COLUMN if "nik" in best.places else NO_NIK_COLUMN
    raise ReplyNotUnderstood(_with_found(missing, best.headers.values()), code="no_column")


def _with_found(sentence: LazyString, found: Iterable[str]) -> LazyString:
    told = ", ".join(list(found)[:SHOWN_HEADERS])
    return LazyString(lambda: str(sentence) % {"found": told})


# ---- rows


def read_reply(table: Table) -> Reply:
    """Return what the file says of each person. Raise ReplyNotUnderstood."""
    found = _choose(table)
    rows, ignored = [], 0
    for line in found.sheet.lines:
        if line.number <= found.last_number:
            continue
        row = _read_row(line, found.places, table.from_1904)
        if row is None:
            ignored += 1
        else:
            rows.append(row)
    if not rows:
        raise ReplyNotUnderstood(NO_PEOPLE, code="no_people")
    kind = "members" if "kpj" in found.places else "eligibility"
    return Reply(kind, found.sheet.name, found.line.number, found.headers, _cut_together(rows), ignored)


def _read_row(line: Line, places: dict[str, int], from_1904: bool) -> ReplyRow | None:
    """Return None for what is no person: a total, a signature, the header once more, column numbers."""
    cells = {field: _at(line.cells, place) for field, place in places.items()}
    nik, problem = read_nik_cell(cells.get("nik"))
    if problem and _is_no_person(line, cells):
        return None
    kpj, kpj_problem = read_kpj(cells.get("kpj"), nik)
    reason = text_of(cells.get("reason")) or None
    said, because = meaning_of(cells.get("status")), meaning_of(reason)
    if said.says and because.says and said.says != because.says:  # nobody decides such a row but a person
        kpj, kpj_problem, said, because = None, "contradicts", Meaning(None), Meaning(None)
    status, code = _decide(said, because, bool(text_of(cells.get("status"))), kpj)
    if reason is None and status != "yes":
        reason = text_of(cells.get("status")) or None
    return ReplyRow(
        row_number=line.number,
        nik=nik,
        nik_problem=problem,
        name=text_of(cells.get("name")) or None,
        birth_date=read_day(cells.get("birth_date"), from_1904),
        status=status,
        reason_text=reason,
        reason_code=code,
        kpj=kpj,
        kpj_problem=kpj_problem,
        phone=text_of(cells.get("phone")) or None,
        covered_from=read_day(cells.get("covered_from"), from_1904),
        covered_to=read_day(cells.get("covered_to"), from_1904),
        wage=_whole(cells.get("wage")),
        unread=tuple(unread_days([cells.get(field) for field in ("covered_from", "covered_to")], from_1904)),
    )


def _is_no_person(line: Line, cells: dict[str, Cell]) -> bool:
    """Asked only of rows without a good NIK."""
    texts = [words_of(cell) for cell in line.cells if cell is not None]
    if any(set(text.split()[:2]) & END_WORDS for text in texts) or sum(field_of(cell) is not None for cell in line.cells) > 1:
        return True
    if len(texts) > 2 and all(isinstance(cell, int) and cell <= len(line.cells) + 1 for cell in line.cells if cell is not None):
        return True  # the numbers of the columns
    nik_has_digits = any(letter.isdigit() for letter in text_of(cells.get("nik")))
    speaks = any(cells.get(field) is not None for field in ("status", "kpj", "birth_date"))
    return not nik_has_digits and not speaks


def _decide(status: Meaning, reason: Meaning, has_status: bool, kpj: str | None) -> tuple[str | None, str | None]:
    """Return (yes, no or None, reason code). A status whose word is not known is not overruled by the reason."""
    says = status.says if has_status else reason.says
    if says is None and not has_status and kpj:
        says = "yes"  # a list of members needs no other word than the number
    if says != "no":
        return says, None
    specific = [code for code in (reason.code, status.code) if code and code != "OTHER"]
    return says, specific[0] if specific else "OTHER"


def _whole(value: Cell) -> int | None:
    """Read rupiah: 1000000, `Rp 1.000.000`, `1.000.000,00`."""
    if isinstance(value, int | float):
        return int(value)
    digits = "".join(letter for letter in text_of(value).removesuffix(",00").removesuffix(".00") if letter in "0123456789")
    return int(digits) if digits and len(digits) <= 12 else None


def _cut_together(rows: list[ReplyRow]) -> list[ReplyRow]:
    """Where every NIK of a list ends in zero, Excel has cut them all before they became text."""
    niks = {row.nik for row in rows if row.nik and not row.nik_problem}
    if len(niks) < FEW or any(not nik.endswith("0") for nik in niks):
        return rows
    return [replace(row, nik_problem=row.nik_problem or "spoiled") for row in rows]
