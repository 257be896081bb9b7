"""What goes to the insurer opens in LibreOffice as it was written, and what LibreOffice saves is read as it was meant."""

import csv
import subprocess

import pytest

from sbt_pwa.kit.spreadsheets import Column, read_table, write_sheet
from sbt_pwa.records.batch import sheet_of
from sbt_pwa.records.reply import read_reply
from tests.exchange.test_round_trip import freeze, programme  # noqa: F401
from tests.people import approve, register

pytestmark = pytest.mark.long
AWKWARD = ["=1+1", "@SUM(A1)", "Rumakat, S.Pd.", "D'Angelo", "ＷＡ ＯＮＡ", "Ny. Åsa Ñusi"]
HEADERS = ("NO", "NIK", "NAMA", "TANGGAL LAHIR", "STATUS", "KETERANGAN")
ANSWER = ["1", "8105011708900001", "ALI", "17-08-1990", "Y", "BISA DAFTAR"]


def converted(path, kind: str, folder):
    """Let LibreOffice open a file and save it as another kind."""
    profile = folder / "profile"
    command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind, "--outdir", folder, path]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{kind.split(':')[0]}"


def test_a_batch_opens_in_libreoffice_with_every_digit(app, dewi, programme, tmp_path):  # noqa: F811
    people = register(app, range(1, 7))
    for one, name in zip(people, AWKWARD, strict=True):
        one.name = name
    approve(people)
    batch = freeze(dewi, programme)
    path = tmp_path / "kiriman.xlsx"
    path.write_bytes(sheet_of(batch, None))
    out = tmp_path / "out"
    out.mkdir()
    # 9 and 34: comma and quotes; 76: UTF-8; true: every cell as it is shown.
    with converted(path, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", out).open(encoding="utf-8") as file:
        seen = list(csv.reader(file))
    sent = [["" if cell is None else str(cell) for cell in row] for row in batch.rows()]
    assert [row[:3] for row in seen[1:]] == [row[:3] for row in sent]
    assert {row[1] for row in seen[1:]} == set(AWKWARD)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_what_libreoffice_saves_is_read_as_it_was_meant(tmp_path, kind):
    path = tmp_path / "jawaban.xlsx"
    path.write_bytes(write_sheet("Hasil", [Column(header) for header in HEADERS], [ANSWER]))
    out = tmp_path / "out"
    out.mkdir()
    saved = converted(converted(path, "ods", out), kind, out)
    reply = read_reply(read_table(saved.read_bytes(), saved.name))
    [row] = reply.rows
    assert (row.nik, row.name, row.birth_date.isoformat(), row.status) == ("8105011708900001", "ALI", "1990-08-17", "yes")
