"""A batch of people frozen, and their answer read, judged and applied: against bare calamine reading the same file.

SBT_BENCH_COUNT sets how many (default 10,000).

Wall time, because the file is read in a process of its own and PostgreSQL works in processes of its own too.
"""

from __future__ import annotations

import io
import random

import openpyxl
from python_calamine import CalamineWorkbook
from sqlalchemy import func, insert, select, update

from sbt_pwa.kit.db import db, now, uuid7
from sbt_pwa.records.answer import AnswerFile
from sbt_pwa.records.answer_effect import confirm
from sbt_pwa.records.answer_judge import take_file
from sbt_pwa.records.batch import Batch, sheet_of, start_batch
from sbt_pwa.records.job import do_next
from sbt_pwa.records.profile import load_profiles
from sbt_pwa.records.programme import Allotment, Programme
from sbt_pwa.records.rates import load_rates
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.worker import SEALED_FIELDS

from . import place, rows
from .effort import effort
from .people import people
from .result import Figure

COUNT = rows.count(10_000)
STEP = 1_000
COST = 16_800 * 12
HEADERS = ("NO", "NIK", "NAMA", "TANGGAL LAHIR", "KPJ", "TGL_KEPESERTAAN", "TGL_BERAKHIR", "STATUS", "KETERANGAN")
MOST_SECONDS, MOST_MEGABYTES = 120.0, 150.0


def figures() -> list[Figure]:
    found = []
    for database in place.DATABASES:
        with place.fresh(database):
            load_rates()
            load_profiles()
            programme = fill(COUNT)
            frozen = effort(lambda programme=programme: freeze(programme))  # type: ignore[misc]
            data = answer()
            bare = effort(lambda data=data: read_bare(data))  # type: ignore[misc]
            preview = effort(lambda data=data: read(data))  # type: ignore[misc]
            applied = effort(apply)
            check(COUNT)
            found += told(database, "frozen", frozen, bare) + told(database, "answer read and judged", preview, bare)
            found += told(database, "answer applied, all or nothing", applied, bare)
    return found


def told(database: str, what: str, ours: tuple[float, float], bare: tuple[float, float]) -> list[Figure]:
    name = f"batch of {COUNT:,}: {what}, {database}"
    unit = f"s ({ours[0] / bare[0]:.0f} x bare calamine's reading of its file, {bare[0]:.2f} s)"
    return [
        Figure(name, ours[0], unit, f"at most {MOST_SECONDS:.0f}", ours[0] <= MOST_SECONDS),
        Figure(f"{name}, memory", ours[1], "MB more at the peak", f"at most {MOST_MEGABYTES:.0f}", ours[1] <= MOST_MEGABYTES),
    ]


def fill(count: int) -> Programme:
    """Approve `count` invented people into a programme, by the shortest way."""
    dewi, sari = place.account("dewi"), place.account("sari")
    programme = Programme(
        name="Bench", budget_year=now().year, category="vulnerable", insurances=["JKK", "JKM"], funding="APBD",
        start_on=now().date().replace(month=1, day=1), months=24, income_base_rupiah=1_000_000, profile_code="bpu", by_id=dewi.id,
    )  # fmt: skip
    db.session.add(programme)
    programme.allot("81.05", count, count * COST)
    programme.open()
    db.session.flush()
    told, born = people(count, place.villages()), now().date().replace(year=1990)
    for at in range(0, count, STEP):
        made = []
        for person in told[at : at + STEP]:
            facts = rows.sealed(uuid7(), person, SEALED_FIELDS) | {"sex": person["sex"], "birth_date": born}
            facts |= {"status": "approved", "programme_id": programme.id, "committed_rupiah": COST}
            made.append(rows.registration(person["village"], now(), sari.id, **facts))
        db.session.execute(insert(Registration), made)
        db.session.commit()
    db.session.execute(update(Allotment).values(taken=count, committed_rupiah=count * COST))
    db.session.commit()
    return programme


def freeze(programme: Programme) -> None:
    start_batch(programme, None, place.account("dewi"))
    _work()


def answer() -> bytes:
    """Nine of ten become members, one is declined; the rows come in another order, as the insurer's do."""
    batch = db.session.scalars(select(Batch)).one()
    sent = list(openpyxl.load_workbook(io.BytesIO(sheet_of(batch, None)), read_only=True).worksheets[0].values)[1:]
    random.Random(8105).shuffle(sent)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADERS)
    for number, row in enumerate(sent):
        taken = (
            ["", "", "", "T", "NIK TIDAK PADAN"]
            if number % 10 == 0
            else [f"{10**10 + number}", "01-01-2027", "31-12-2027", "Y", ""]
        )
        sheet.append([number, row[0], row[1], row[2], *taken])
    file = io.BytesIO()
    book.save(file)
    db.session.rollback()
    return file.getvalue()


def read_bare(data: bytes) -> int:
    return len(CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python())


def read(data: bytes) -> None:
    take_file(data, "answer.xlsx", place.account("dewi"))
    _work()


def apply() -> None:
    confirm(db.session.scalars(select(AnswerFile)).one(), place.account("lina"))
    _work()


def _work() -> None:
    db.session.commit()
    while do_next():
        pass
    db.session.rollback()


def check(count: int) -> None:
    query = select(Registration.status, func.count()).group_by(Registration.status)
    stands = {row[0]: row[1] for row in db.session.execute(query)}
    db.session.rollback()
    if stands != {"active": count - count // 10, "declined": count // 10}:
        raise RuntimeError(f"not everybody was answered: {stands}")
