"""Spreadsheets that mean harm or are broken, each made by code, with the code they are refused with."""

import io
import zipfile

import xlsxwriter
import xlwt

from sbt_pwa.kit.spreadsheets import Column, write_sheet

NIK = "8105014107900003"
WORKBOOK, SHEET = "xl/workbook.xml", "xl/worksheets/sheet1.xml"


def plain(rows: int = 3) -> bytes:
    return write_sheet("Data", [Column("NIK"), Column("NAMA")], [(NIK, "Wa Ona")] * rows)


def changed(data: bytes, replace: dict[str, bytes] | None = None, **more: bytes) -> bytes:
    """The same zip with other or further entries."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, (replace or {}).get(entry.filename, old.read(entry)))
        for name, body in more.items():
            new.writestr(name, body)
    return made.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return pack.read(name)


def with_rows(rows: bytes) -> bytes:
    before, _data, after = part(plain(), SHEET).partition(b"<sheetData>")
    after = after[after.index(b"</sheetData>") :]
    return changed(plain(), {SHEET: before + b"<sheetData>" + rows + after})


def zip_bomb() -> bytes:
    return with_rows(b" " * 90_000_000)


def bomb_of_many() -> bytes:
    return changed(plain(), **{f"xl/media/{n}.xml": b"x" for n in range(250)})


def liar() -> bytes:
    """The directory says a small size; the data unpack to much more."""
    data = bytearray(with_rows(b" " * 5_000_000))
    at = data.rindex(SHEET.encode()) - 46
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def entities() -> bytes:
    levels = [b'<!ENTITY a0 "boom">', *(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))]
    body = part(plain(), SHEET).replace(b"<worksheet", b"<!DOCTYPE x [%s]><worksheet" % b"".join(levels), 1)
    return changed(plain(), {SHEET: body.replace(b"Wa Ona", b"&a9;")})


def hidden_entities() -> bytes:
    body = entities()
    return changed(body, {SHEET: part(body, SHEET).decode().replace("UTF-8", "UTF-16").encode("utf-16")})


def empty_rows() -> bytes:
    return with_rows(b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (n, n) for n in range(1, 1_048_577)))


def too_many_rows() -> bytes:
    return with_rows(b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 210_001)))


def corner_to_corner() -> bytes:
    """Two cells, 17 milliards of cells apart."""
    return with_rows(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def long_text_often() -> bytes:
    """One text of 32,000 characters that 20,000 cells point at."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet().write_string("A1", "x" * 32_000)
    book.close()
    data = file.getvalue()
    body = part(data, SHEET)
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_001))
    head, rest = body.split(b"<sheetData>")
    return changed(data, {SHEET: head + b"<sheetData>" + rows + rest[rest.index(b"</sheetData>") :]})


def macro_types() -> bytes:
    name = "[Content_Types].xml"
    types = part(plain(), name).replace(b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml")
    return changed(plain(), {name: types})


def xls(value: str = NIK) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for position, header in enumerate(["NIK", "NAMA"]):
        sheet.write(0, position, header)
        sheet.write(1, position, [value, "Wa Ona"][position])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def word_document() -> bytes:
    return changed(b"PK\x05\x06" + bytes(18), **{"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})


def with_formula() -> bytes:
    """What it shows is read; the formula itself is nothing to us."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet().write_formula("A1", '=HYPERLINK("http://x.invalid")', value="shown")
    book.close()
    return file.getvalue()


HOSTILE = {
    "zip bomb": (zip_bomb, "bomb.xlsx", {"too_large"}),
    "zip of many": (bomb_of_many, "many.xlsx", {"too_large"}),
    "zip that lies about a size": (liar, "liar.xlsx", {"broken"}),
    "entity expansion": (entities, "entities.xlsx", {"broken"}),
    "entity expansion in UTF-16": (hidden_entities, "entities.xlsx", {"broken"}),
    "too many rows": (too_many_rows, "long.xlsx", {"too_large"}),
    "corner to corner": (corner_to_corner, "wide.xlsx", {"too_large"}),
    "one long text often": (long_text_often, "text.xlsx", {"too_large"}),
    "csv of commas": (lambda: b"," * 19_000_000, "commas.csv", {"too_large"}),
    "csv of fields": (lambda: b"1," * 9_000_000, "fields.csv", {"too_large"}),
    "csv with one field": (lambda: b'"' + b"x" * 1_000_000, "field.csv", {"broken"}),
    "more bytes than anyone sends": (lambda: b"x" * 20_000_001, "big.csv", {"too_large"}),
    "external link": (lambda: changed(plain(), **{"xl/externalLinks/externalLink1.xml": b"<x/>"}), "a.xlsx", {"external"}),
    "data connection": (lambda: changed(plain(), **{"xl/connections.xml": b"<x/>"}), "a.xlsx", {"external"}),
    "macro": (lambda: changed(plain(), **{"xl/vbaProject.bin": b"x"}), "a.xlsx", {"macro"}),
    "macro by its type": (macro_types, "a.xlsx", {"macro"}),
    "macro by its name": (plain, "a.xlsm", {"macro"}),
    "truncated": (lambda: plain(500)[:-300], "a.xlsx", {"broken"}),
    "cut in the middle": (lambda: plain(500)[:3000], "a.xlsx", {"broken"}),
    "xls cut off": (lambda: xls()[:2000], "a.xls", {"broken"}),
    "password": (lambda: write_sheet("A", [Column("NIK")], [(NIK,)], "rahasia"), "a.xlsx", {"password"}),
    "web page called xls": (lambda: b"\n<html><table><tr><td>NIK</td></tr></table></html>", "a.xls", {"html"}),
    "XML called xls": (lambda: b'<?xml version="1.0"?><Workbook/>', "a.xls", {"html"}),
    "Word document": (word_document, "a.xlsx", {"type"}),
    "PDF": (lambda: b"%PDF-1.7\n" + bytes(100), "a.xlsx", {"type"}),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "a.xlsx", {"type"}),
    "bytes": (lambda: bytes(range(256)) * 4, "a.csv", {"type"}),
    "nothing": (lambda: b"", "a.xlsx", {"empty"}),
}
