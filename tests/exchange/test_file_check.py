"""Is this the file that we sent? And how long may it be taken, and what an old answer does when it comes once more."""

import datetime as dt
import io
import json

import openpyxl
import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_moment
from sbt_pwa.records.answer import AnswerRow
from sbt_pwa.records.batch import Batch, BatchRow, Download, start_batch
from sbt_pwa.records.job import Job, do_next
from tests.exchange.test_round_trip import bring, confirm, freeze, member_row, reply, status_of
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.words import words

OURS = words("This is ours: batch %(title)s")
DECLINED = ("NIK", "NAMA", "STATUS", "KETERANGAN")


@pytest.fixture
def people(app):
    close_programmes()
    make_programme(places=50)
    found = register(app, range(1, 6))
    approve(found)
    return found


@pytest.fixture
def batch(people, dewi):
    return freeze(dewi, people[0].programme)


def taken(visitor, batch, what="file", status=200) -> bytes:
    visitor.get(f"/exchange/batches/{batch.id}")
    answer = visitor.client.post(f"/exchange/batches/{batch.id}/{what}", data={"csrf_token": visitor.csrf_token()})
    assert answer.status_code == status, answer.text
    return answer.get_data()


def asked(visitor, data: bytes, name: str = "berkas.xlsx", status=200):
    visitor.get("/exchange/batches/check")
    return visitor.post("/exchange/batches/check", {"file": (io.BytesIO(data), name)}, status=status)


def saved_again(data: bytes, change=lambda sheet: None) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book.worksheets[0])
    return saved(book)


def saved(book) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_file_as_it_was_handed_out_is_ours_and_told_with_who_took_it(batch, dewi, lina):
    data = taken(dewi, batch)
    asked(lina, data).see(OURS % {"title": batch.title}, account("dewi").name)
    asked(lina, taken(dewi, batch, "letter"), "surat.pdf").see(OURS % {"title": batch.title})


def test_the_file_saved_again_is_ours_as_long_as_every_row_stands(batch, dewi):
    data = taken(dewi, batch)
    again = saved_again(data)
    assert again != data
    asked(dewi, again).see(OURS % {"title": batch.title}, words("The file was saved again, but every row stands as it was sent."))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda sheet: sheet.cell(3, 2, "SOMEBODY ELSE"), "3"),
        (lambda sheet: sheet.cell(4, 9, 9_000_000), "4"),
        (lambda sheet: sheet.cell(1, 1, "NIK"), "1"),
        (lambda sheet: sheet.append(["8105011708999999", "ONE MORE"]), "7"),
        (lambda sheet: sheet.delete_rows(2), ""),
    ],
)
def test_one_changed_cell_is_found_with_its_line(batch, dewi, change, line):
    page = asked(dewi, saved_again(taken(dewi, batch), change))
    page.see(words("Changed: batch %(title)s, but not as it was sent") % {"title": batch.title}).not_see(OURS[:14])
    if line:
        page.see(f"{words('These lines of the file were not sent so:')} {line}")


@pytest.mark.parametrize("at", [0, 1])
def test_a_second_sheet_with_something_in_it_is_a_change(batch, dewi, at):
    book = openpyxl.load_workbook(io.BytesIO(taken(dewi, batch)))
    added = book.create_sheet("More", at)
    asked(dewi, saved(book)).see(OURS % {"title": batch.title})  # an empty one says nothing
    added.append(["8105011708999999", "ONE MORE"])
    page = asked(dewi, saved(book)).see(words("Changed: batch %(title)s, but not as it was sent") % {"title": batch.title})
    page.see(words("More than one of its sheets is filled. The one that was sent has one sheet."))


def test_a_strangers_list_is_not_ours_and_what_is_no_spreadsheet_is_refused(batch, dewi):
    asked(dewi, reply([["8105011708999999", "1", "X"]])).see(words("Nobody in this file stands in a batch that was sent."))
    asked(dewi, taken(dewi, batch)[:500], status=422)
    asked(dewi, b"", status=422)


def test_a_manifest_bears_our_mark_and_no_word_of_it_can_be_changed(batch, dewi):
    data = taken(dewi, batch, "manifest")
    told = json.loads(data)
    assert (told["batch"], told["rows"], told["rupiah"], told["digest"]) == (batch.title, 5, batch.total_rupiah, batch.digest)
    asked(dewi, data, "manifest.json").see(OURS % {"title": batch.title})
    asked(dewi, json.dumps(told).encode(), "manifest.json").see(OURS % {"title": batch.title})
    for name, value in (("rows", 6), ("rupiah", 1), ("digest", "0" * 64), ("batch", "2026-099"), ("mark", "0" * 32), ("more", 1)):
        asked(dewi, json.dumps(told | {name: value}).encode(), "manifest.json").see(words("Not ours, or changed"))


def test_what_is_nested_too_deep_to_be_a_manifest_is_read_as_any_text(batch, dewi):
    asked(dewi, b"[" * 9_000, "manifest.json").see(words("Nobody in this file stands in a batch that was sent."))


def test_the_manifests_of_two_batches_with_the_same_rows_are_each_ours(people, batch, dewi, lina):
    """A person who was declined and is sent again unchanged gives the same rows, and so the same digest."""
    confirm(lina, bring(dewi, reply([[one.nik, one.name, "N", "NIK TIDAK PADAN"] for one in people], DECLINED)))
    for one in people:
        one.resubmit(one.author_id, ["name"], [], False)
    db.session.commit()
    approve(people)
    later = freeze(dewi, people[0].programme)
    assert later.id != batch.id and later.digest == db.session.get(Batch, batch.id).digest
    for one in (batch, later):
        data = json.dumps(json.loads(taken(dewi, one, "manifest"))).encode()  # other bytes than those handed out
        asked(dewi, data, "manifest.json").see(OURS % {"title": one.title})


def test_a_manifest_whose_batch_was_tampered_with_is_not_confirmed(batch, dewi):
    data = json.dumps(json.loads(taken(dewi, batch, "manifest"))).encode()  # other bytes than those handed out
    db.session.get(Batch, batch.id).total_rupiah += 1
    db.session.commit()
    asked(dewi, data, "manifest.json").see(words("Not ours, or changed"))


def test_after_three_days_the_file_is_taken_only_when_the_batch_is_opened_again_and_that_is_noted(batch, dewi):
    taken(dewi, batch)
    batch = db.session.get(Batch, batch.id)
    batch.frozen_at -= dt.timedelta(hours=72, seconds=1)
    db.session.commit()
    dewi.get(f"/exchange/batches/{batch.id}").not_see(words("Download the spreadsheet"))
    taken(dewi, batch, status=409)
    page = dewi.get(f"/exchange/batches/{batch.id}").submit("/open")
    page.see(words("Opened for download again"), account("dewi").name)
    taken(dewi, batch)
    opened = db.session.scalars(select(Download).where(Download.kind == "opened")).one()
    page.see(show_moment(opened.made_at + dt.timedelta(hours=72)))
    opened.made_at -= dt.timedelta(hours=73)
    db.session.commit()
    taken(dewi, batch, status=409)


def test_a_no_that_is_brought_once_more_after_the_person_was_sent_again_waits_for_a_human(people, batch, dewi, lina):
    """An old answer, saved anew: its bytes are others, and it would decline a person who stands in a later batch."""
    row = [people[0].nik, people[0].name, "N", "NIK TIDAK PADAN"]
    confirm(lina, bring(dewi, reply([row], DECLINED)))
    people[0].resubmit(people[0].author_id, ["name"], [], False)
    db.session.commit()
    approve([people[0]])
    freeze(dewi, people[0].programme)
    file = bring(dewi, reply([row], DECLINED) + b"\0")
    page = lina.get(f"/exchange/answers/{file.id}").see(
        words("An earlier file said the same of this person and took effect. Tick it only if it is a new answer.")
    )
    confirm(lina, file)
    assert status_of([people[0]]) == ["sent"]
    file = bring(dewi, reply([row], DECLINED) + b"\0\0")  # and if it is a new answer, a person says so
    page = dewi.get(f"/exchange/answers/{file.id}?show=unclear")
    page.submit("/suggestions", row=[box.get("value") for box in page.find("input", name="row")])
    confirm(lina, file)
    assert status_of([people[0]]) == ["declined"]


def test_an_answer_about_a_batch_that_was_not_sent_yet_means_nobody(people, dewi):
    batch = start_batch(people[0].programme, None, account("dewi"))
    db.session.commit()
    db.session.add_all(
        BatchRow(batch_id=batch.id, position=number, registration_id=one.id, nik_index=one.nik_index, rupiah=1)
        for number, one in enumerate(people, 1)
    )
    for job in db.session.scalars(select(Job)).all():
        job.state = "failed"  # it is never frozen
    db.session.commit()
    bring_quietly(dewi, reply([member_row(people[0], 1)]))
    assert db.session.scalars(select(AnswerRow.verdict)).all() == ["unknown"]


def bring_quietly(visitor, data) -> None:
    visitor.get("/exchange/answers")
    visitor.post("/exchange/answers", {"file": (io.BytesIO(data), "jawaban.xlsx")})
    db.session.commit()
    while do_next():
        pass
    db.session.rollback()
