"""Files with the insurer: writing against bare XlsxWriter, reading an answer against bare calamine, of the same rows in one run.

Each measurement has a process of its own, so that its memory peak is its own. Seconds are those of the processor, children
included, because the machine may be busy with other things; of several runs the shortest counts.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from sbt_pwa.kit.spreadsheets import Cell, Column, read_table, write_sheet
from sbt_pwa.records.reply import read_reply

from .effort import count_peak_anew, peak
from .result import Figure

PROFILE = Path(__file__).parent.parent / "sbt_pwa" / "records" / "data" / "profiles" / "bpu.json"
HEADERS = ["NO", "NIK", "NAMA", "TANGGAL LAHIR", "STATUS", "KETERANGAN"]
SIZES = {10_000: 3, 100_000: 1}  # rows and runs
MOST_TIMES_WRITING = 1.5
MOST_MEGABYTES_WRITING = 60


def figures() -> list[Figure]:
    found = []
    for count, runs in SIZES.items():
        ours, bare = best(write_ours, count, runs), best(write_bare, count, runs)
        ratio = ours[0] / bare[0]
        unit = f"x bare XlsxWriter ({ours[0]:.1f} s against {bare[0]:.1f} s)"
        goal = f"at most {MOST_TIMES_WRITING}"
        found.append(Figure(f"export of {count:,} rows to xlsx", ratio, unit, goal, ratio <= MOST_TIMES_WRITING))
        unit, goal = f"MB more at the peak (bare {bare[1]:.0f} MB)", f"at most {MOST_MEGABYTES_WRITING}"
        found.append(Figure(f"export of {count:,} rows, memory", ours[1], unit, goal, ours[1] <= MOST_MEGABYTES_WRITING))
    return found + reading(10_000)


def reading(count: int) -> list[Figure]:
    ours, bare = best(read_ours, count, 3), best(read_bare, count, 3)
    unit = f"x bare calamine ({ours[0]:.2f} s against {bare[0]:.2f} s)"
    return [
        Figure(f"answer of {count:,} rows, file read and understood", ours[0] / bare[0], unit, "told"),
        Figure(f"answer of {count:,} rows, memory of the app", ours[1], f"MB more at the peak (bare {bare[1]:.0f} MB)", "told"),
        Figure(
            f"answer of {count:,} rows, memory of the reader", ours[2], "MB at the peak, or less", "at most 600", ours[2] <= 600
        ),
    ]


def best(work: Callable[[int], Any], count: int, runs: int) -> tuple[float, float, float]:
    """Return the shortest time in seconds, the growth of this process in MB, and the size of a child of it in MB."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        measured = [pool.apply(measure, (work, count)) for _ in range(runs)]
    seconds, grown, child = zip(*measured, strict=True)
    return min(seconds), min(grown), min(child)


def measure(work: Callable[[Any], Any], count: int) -> tuple[float, float, float]:
    prepared: Any = answer_file(count) if work in (read_ours, read_bare) else count
    count_peak_anew()
    before, began = peak(), processor_seconds()
    work(prepared)
    took, grown = processor_seconds() - began, peak() - before
    return took, grown, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def columns() -> list[Column]:
    return [Column(one["header"], one["kind"], one["width"]) for one in json.loads(PROFILE.read_text())["columns"]]


def rows(count: int) -> Iterator[list[Cell]]:
    """Invented rows as `cells_of` makes them."""
    chance = random.Random(8105)
    for number in range(count):
        name, place = f"LA RUMAKAT {chance.randrange(10**6)}", f"Pasar Bula {number % 50}"
        phone, nik = f"62812{chance.randrange(10**8):08}", f"8105{chance.randrange(10**12):012}"
        yield [nik, name, "17-08-1990", phone, None, "Nelayan", None, place, 1_000_000, "T", 12]


def write_ours(count: int) -> bytes:
    return write_sheet("Data TK Baru", columns(), rows(count))


def write_bare(count: int) -> bytes:
    """The shortest program that writes these rows with little memory."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Data TK Baru")
    sheet.write_row(0, 0, [column.header for column in columns()])
    for line, row in enumerate(rows(count), 1):
        for position, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(line, position, value)
            elif value is not None:
                sheet.write_string(line, position, str(value))
    book.close()
    return file.getvalue()


def answer_file(count: int) -> bytes:
    answers = [["Y", "BISA DAFTAR"], ["T", "DUPLIKASI"], ["T", "USIA LEBIH 65 TAHUN"]]
    told = ([str(n), row[0], row[1], row[2], *answers[n % 3]] for n, row in enumerate(rows(count)))
    return write_sheet("Hasil", [Column(header) for header in HEADERS], told)


def read_ours(data: bytes) -> int:
    return len(read_reply(read_table(data, "answer.xlsx")).rows)


def read_bare(data: bytes) -> int:
    return len(CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python())
