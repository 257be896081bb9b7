"""From approved to covered: sixty people, fifty places, a file out, an answer edited by hand, and everybody accounted for."""

import datetime as dt
import io

import openpyxl
import pytest
from sqlalchemy import func, select

from sbt_pwa.kit.db import db
from sbt_pwa.records.answer import AnswerFile, AnswerRow
from sbt_pwa.records.batch import Batch, BatchRow
from sbt_pwa.records.job import Job, do_next
from sbt_pwa.records.ledger import STAGES, stage_counts
from sbt_pwa.records.profile import profile_of
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.registration import Registration
from tests.people import approve, code_of, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.sync.phones import account, enrolled, send
from tests.words import words

MEMBER_HEADERS = ("NIK", "KPJ", "NAMA", "TGL_LAHIR", "TGL_KEPESERTAAN", "TGL_BERAKHIR")


def work() -> None:
    db.session.commit()
    while do_next():
        pass
    db.session.rollback()
    failed = db.session.scalars(select(Job).where(Job.state == "failed")).all()
    assert not failed, [(job.kind, job.trouble) for job in failed]


@pytest.fixture
def programme(app) -> Programme:
    close_programmes()
    return make_programme(places=50, name="Perlindungan nelayan")


def freeze(dewi, programme) -> Batch:
    page = dewi.get(f"/exchange/batches/new?programme={programme.id}")
    page.submit("/exchange/batches")
    work()
    return db.session.scalars(select(Batch).order_by(Batch.made_at.desc())).first()


def sheet(dewi, batch) -> openpyxl.worksheet.worksheet.Worksheet:
    page = dewi.get(f"/exchange/batches/{batch.id}")
    file = dewi.client.post(f"/exchange/batches/{batch.id}/file", data={"csrf_token": dewi.csrf_token()})
    assert (page.status, file.status_code) == (200, 200)
    return openpyxl.load_workbook(io.BytesIO(file.get_data())).worksheets[0]


def reply(rows, headers=MEMBER_HEADERS) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["DAFTAR PESERTA BARU"])
    book.active.append([])
    book.active.append(headers)
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def bring(visitor, data: bytes, name: str = "jawaban.xlsx") -> AnswerFile:
    visitor.get("/exchange/answers")
    visitor.post("/exchange/answers", {"file": (io.BytesIO(data), name)})
    work()
    return db.session.scalars(select(AnswerFile).order_by(AnswerFile.made_at.desc())).first()


def confirm(visitor, file) -> None:
    visitor.get(f"/exchange/answers/{file.id}").submit("/confirm")
    work()


def member_row(entry, number: int, **other) -> list:
    told = {"nik": entry.nik, "kpj": f"{20_000_000_000 + number}", "name": entry.name, "born": "17-08-1990", "from": "01-01-2027",
            "to": "31-12-2027"} | other  # fmt: skip
    return list(told.values())


def status_of(entries) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [entry.status for entry in entries]


def test_sixty_people_fifty_places_and_every_kind_of_answer(app, dewi, lina, visitor, programme):
    people = register(app, range(1, 61))
    approve(people)
    assert stage_counts(programme) == {"approved": 50, "waitlisted": 10}
    batch = freeze(dewi, programme)
    assert (batch.state, batch.row_count, batch.title) == ("frozen", 50, f"{programme.budget_year}-001")
    assert batch.total_rupiah == sum(one.committed_rupiah for one in people[:50])

    lines = list(sheet(dewi, batch).iter_rows(values_only=True))
    assert lines[0][:3] == ("NOMOR_IDENTITAS", "NAMA_LENGKAP", "TGL_LAHIR")
    assert {line[0] for line in lines[1:]} == {one.nik for one in people[:50]}
    assert all(isinstance(line[0], str) and line[2] == "17-08-1990" for line in lines[1:])

    # The answer as it comes back, edited by hand: members, other names, spoiled NIKs, strangers, doubles.
    rows = [member_row(one, number) for number, one in enumerate(people[:30])]
    rows[0][2] = "SOMEBODY ELSE"
    rows[1][3] = "18-08-1990"
    rows.append(rows[2])  # the same person again
    spoiled = people[30]
    rows.append(member_row(spoiled, 30, nik=int(spoiled.nik[:15] + "0")))
    rows.append(member_row(people[31], 31, nik="8105011708999999"))  # nobody's
    rows.append(member_row(people[55], 32))  # waits for a place, was never sent
    file = bring(dewi, reply(rows))
    page = dewi.get(f"/exchange/answers/{file.id}").see(words("Nothing has changed yet"))
    page.see(words("You brought this file yourself. Another person of the office has to confirm it."))
    assert set(status_of(people[:50])) == {"sent"}
    counts = {row.verdict: 0 for row in db.session.scalars(select(AnswerRow))}
    for row in db.session.scalars(select(AnswerRow)):
        counts[row.verdict] += 1
    assert counts == {"accepted": 30, "twice": 1, "spoiled": 1, "unknown": 2}
    dewi.get(f"/exchange/answers/{file.id}?show=changed").see("SOMEBODY ELSE", people[0].name, "17 Agustus 1990")
    dewi.get(f"/exchange/answers/{file.id}?show=missing").see(people[40].name)
    cut_off = words("The spreadsheet cut the NIK off. Ask for a file in which the NIK is text.")
    seen = dewi.get(f"/exchange/answers/{file.id}?show=spoiled").see(cut_off)
    boxes = [box.get("value") for box in seen.find("input", name="row")]
    seen.submit("/suggestions", row=boxes)
    dewi.post(f"/exchange/answers/{file.id}/confirm", status=403)
    confirm(lina, file)
    assert status_of(people[:31]) == ["active"] * 31
    assert set(status_of(people[31:50])) == {"sent"}
    assert (people[3].kpj, people[3].covered_from, people[3].covered_to) == (
        "20000000003", dt.date(2027, 1, 1), dt.date(2027, 12, 31),
    )  # fmt: skip

    # The others come as an answer on eligibility: declined ones give their places to those who wait.
    told = [[n, one.nik, one.name, "17/08/1990", "T", "NIK TIDAK PADAN"] for n, one in enumerate(people[31:36], 1)]
    told += [[n, one.nik, one.name, "17/08/1990", "Y", "BISA DAFTAR"] for n, one in enumerate(people[36:40], 6)]
    file = bring(lina, reply(told, ("NO", "NIK", "NAMA", "TANGGAL LAHIR", "STATUS", "KETERANGAN")))
    confirm(dewi, file)
    assert status_of(people[31:36]) == ["declined"] * 5
    assert status_of(people[36:40]) == ["sent"] * 4
    assert status_of(people[50:]) == ["approved"] * 5 + ["waitlisted"] * 5
    assert [reason["code"] for reason in people[31].events[-1].reasons] == ["NIK_MISMATCH"]
    assert people[31].events[-1].note == "NIK TIDAK PADAN"
    limits_hold()

    # Everybody stands in exactly one place, on one page, and the workers' pages tell the truth.
    assert stage_counts(programme) == {"active": 31, "declined": 5, "sent": 14, "approved": 5, "waitlisted": 5}
    page = dewi.get(f"/exchange/people?programme={programme.id}")
    assert sum(one.name in page.text for one in people) == 60
    dewi.get("/exchange/unanswered").see(people[45].name)
    for number, first_words in ((3, "Peserta aktif"), (31, "Belum diterima BPJS"), (45, "Sudah dikirim"), (58, "menunggu kuota")):
        answer = visitor.get("/check").submit("/check", code=code_of(number + 1))
        assert first_words in answer.heading


def test_a_spoiled_row_is_not_taken_for_somebody_whom_the_file_names_already(app, dewi, lina, programme):
    """It would have been applied twice in one step, and nothing of such a file could ever take effect."""
    named, other = register(app, [1, 2])
    approve([named, other])
    freeze(dewi, programme)
    cut = [int(one.nik[:15] + "0") for one in (named, other)]
    rows = [member_row(named, 1), member_row(named, 2, nik=cut[0]), *(member_row(other, n, nik=cut[1]) for n in (3, 4))]
    file = bring(dewi, reply(rows))
    page = dewi.get(f"/exchange/answers/{file.id}?show=spoiled")
    boxes = [box.get("value") for box in page.find("input", name="row")]
    assert len(boxes) == 2
    page.submit("/suggestions", row=boxes)
    assert dewi.get(f"/exchange/answers/{file.id}?show=spoiled").find("input", name="row") == []
    confirm(lina, file)
    assert status_of([named, other]) == ["active"] * 2
    assert (named.kpj, other.kpj) == ("20000000001", "20000000003")


def test_a_suggestion_that_was_made_before_is_not_taken_beside_the_good_row(app, dewi, lina, programme):
    [one] = register(app, [1])
    approve([one])
    freeze(dewi, programme)
    file = bring(dewi, reply([member_row(one, 1), member_row(one, 2, nik=int(one.nik[:15] + "0"))]))
    good, spoiled = db.session.scalars(select(AnswerRow).order_by(AnswerRow.row_number))
    spoiled.suggested_id = good.batch_row_id
    db.session.commit()
    page = dewi.get(f"/exchange/answers/{file.id}?show=spoiled")
    page.submit("/suggestions", row=[str(spoiled.id)])
    confirm(lina, file)
    assert (status_of([one]), one.kpj) == (["active"], "20000000001")


def test_a_declined_person_is_put_right_by_the_officer_and_sent_again(app, dewi, lina, programme):
    [one] = register(app, [1])
    approve([one])
    freeze(dewi, programme)
    headers = ("NIK", "NAMA", "STATUS", "KETERANGAN")
    confirm(lina, bring(dewi, reply([[one.nik, one.name, "N", "NIK TIDAK PADAN"]], headers)))
    assert status_of([one]) == ["declined"]
    phone = enrolled(app)
    phone.read_news()
    assert phone.news[str(one.id)]["status"] == "declined"
    assert [reason["code"] for reason in phone.news[str(one.id)]["reasons"]] == ["NIK_MISMATCH"]
    assert send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=str(one.id)).state == "accepted"
    assert status_of([one]) == ["submitted"]
    approve([one])
    second = freeze(dewi, programme)
    assert (second.title, second.row_count) == (f"{programme.budget_year}-002", 1)
    confirm(dewi, bring(lina, reply([member_row(one, 7)])))
    assert status_of([one]) == ["active"]
    states = db.session.scalars(select(BatchRow.state).order_by(BatchRow.made_at)).all()
    assert states == ["declined", "accepted"]


def test_an_old_no_that_is_brought_once_more_waits_for_a_person(app, dewi, lina, programme):
    [one] = register(app, [1])
    approve([one])
    freeze(dewi, programme)
    no, headers = [[one.nik, one.name, "N", "NIK TIDAK PADAN"]], ("NIK", "NAMA", "STATUS", "KETERANGAN")
    confirm(lina, bring(dewi, reply(no, headers)))
    send(enrolled(app), {"name": "Siti Rumakat"}, kind="correct", parent=str(one.id))
    db.session.expire_all()
    approve([one])
    freeze(dewi, programme)
    file = bring(dewi, reply([*no, ["JUMLAH", 1]], headers))
    [row] = db.session.scalars(select(AnswerRow).where(AnswerRow.file_id == file.id))
    assert (row.verdict, row.problem, row.suggested is not None) == ("unclear", "said_before", True)
    confirm(lina, file)
    assert status_of([one]) == ["sent"]
    other = [[one.nik, one.name, "N", "SUDAH TERDAFTAR"]]  # other words are news
    confirm(lina, bring(dewi, reply(other, headers)))
    assert status_of([one]) == ["declined"]


def test_a_no_with_a_number_is_unclear_and_another_birth_date_is_told(app, dewi, lina, programme):
    people = register(app, [1, 2])
    approve(people)
    freeze(dewi, programme)
    headers = ("NIK", "NAMA", "TANGGAL LAHIR", "STATUS", "KPJ", "TGL_KEPESERTAAN")
    rows = [
        [one.nik, one.name, "01-01-1971", said, f"2000000000{n}", "01-01-2027"]
        for n, (one, said) in enumerate(zip(people, "TY", strict=True))
    ]
    file = bring(dewi, reply(rows, headers))
    found = {row.row_number: row for row in db.session.scalars(select(AnswerRow).where(AnswerRow.file_id == file.id))}
    assert [row.verdict for _number, row in sorted(found.items())] == ["unclear", "accepted"]
    assert all("birth_date" in row.differs for row in found.values())
    dewi.get(f"/exchange/answers/{file.id}?show=changed").see(people[1].name)
    confirm(lina, file)
    assert status_of(people) == ["sent", "active"]


def test_nobody_is_suggested_where_two_have_the_name_and_the_birth_date(app, dewi, programme):
    one, twin = register(app, [1, 2])
    twin.name, twin.birth_date = one.name, one.birth_date
    twin.person_index = one.person_index
    db.session.commit()
    approve([one, twin])
    freeze(dewi, programme)
    born = f"{one.birth_date:%d-%m-%Y}"
    file = bring(dewi, reply([member_row(one, 1, nik=int(one.nik[:15] + "0"), born=born)]))
    [row] = db.session.scalars(select(AnswerRow).where(AnswerRow.file_id == file.id))
    assert (row.verdict, row.suggested_id) == ("spoiled", None)
    dewi.get(f"/exchange/answers/{file.id}?show=spoiled").not_see('name="row"')


def test_the_same_file_twice_changes_nothing(app, dewi, lina, programme):
    people = register(app, range(1, 4))
    approve(people)
    freeze(dewi, programme)
    data = reply([member_row(one, number) for number, one in enumerate(people)])
    confirm(lina, bring(dewi, data))
    events = db.session.scalar(select(func.count()).select_from(Registration).join(Registration.events))
    dewi.get("/exchange/answers")
    dewi.post("/exchange/answers", {"file": (io.BytesIO(data), "again.xlsx")}, status=422).see(
        words("This very file was applied before. Nothing was changed.")
    )
    file = bring(dewi, data + b"\0")  # another file that says the same
    confirm(lina, file)
    assert {row.verdict for row in db.session.scalars(select(AnswerRow).where(AnswerRow.file_id == file.id))} == {"already"}
    assert status_of(people) == ["active"] * 3
    assert db.session.scalar(select(func.count()).select_from(Registration).join(Registration.events)) == events


def test_answers_that_were_read_before_another_file_took_effect_are_looked_at_again(app, dewi, lina, programme):
    people = register(app, range(1, 3))
    approve(people)
    freeze(dewi, programme)
    first = bring(dewi, reply([member_row(one, number) for number, one in enumerate(people)]))
    second = bring(dewi, reply([member_row(one, number + 50) for number, one in enumerate(people)]))
    confirm(lina, first)
    confirm(lina, second)
    status_of(people)
    assert [one.kpj for one in people] == ["20000000000", "20000000001"]
    assert db.session.get(AnswerFile, second.id).state == "applied"


def test_a_fall_while_answers_take_effect_leaves_everything_as_it_was(app, dewi, lina, programme, monkeypatch):
    """A fault in the middle: nobody is a member, and the next try makes all of them one."""
    people = register(app, range(1, 6))
    approve(people)
    freeze(dewi, programme)
    file = bring(dewi, reply([member_row(one, number) for number, one in enumerate(people)]))
    lina.get(f"/exchange/answers/{file.id}").submit("/confirm")
    count = iter(range(100))
    whole = Registration.activate

    def falls(self, *told):
        if next(count) == 3:
            raise RuntimeError("the machine falls")
        return whole(self, *told)

    monkeypatch.setattr(Registration, "activate", falls)
    do_next()
    assert set(status_of(people)) == {"sent"}
    monkeypatch.undo()
    work()
    assert set(status_of(people)) == {"active"}


def test_a_batch_whose_making_was_killed_goes_on_and_takes_everybody_once(app, dewi, programme, monkeypatch):
    from sbt_pwa.records import batch as batches

    monkeypatch.setattr(batches, "STEP", 2)
    people = register(app, range(1, 8))
    approve(people)
    dewi.get(f"/exchange/batches/new?programme={programme.id}").submit("/exchange/batches")
    job = db.session.scalars(select(Job)).one()
    job.state, job.tries = "running", 1
    steps = batches.fill_batch(job)
    next(steps)
    db.session.commit()
    next(steps)
    db.session.rollback()  # killed within the second step
    steps.close()
    job = db.session.scalars(select(Job)).one()
    job.lease_until = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    assert sorted(status_of(people)) == ["approved"] * 5 + ["sent"] * 2
    job = db.session.scalars(select(Job)).one()
    job.state, job.lease_until = "running", dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    work()
    assert set(status_of(people)) == {"sent"}
    rows = db.session.scalars(select(BatchRow).order_by(BatchRow.position)).all()
    assert [row.position for row in rows] == list(range(1, 8))
    assert db.session.scalars(select(Batch)).one().state == "frozen"


def test_a_frozen_batch_says_the_same_whatever_happens_to_its_people(app, dewi, programme):
    people = register(app, range(1, 4))
    approve(people)
    batch = freeze(dewi, programme)
    before = list(sheet(dewi, batch).iter_rows(values_only=True))
    people[0].name = "Another Name"
    db.session.commit()
    assert list(sheet(dewi, batch).iter_rows(values_only=True)) == before
    assert batches_digest(batch) == batch.digest
    kinds = [one.kind for one in db.session.get(Batch, batch.id).downloads]
    assert kinds == ["xlsx", "xlsx"]


def batches_digest(batch) -> str:
    from sbt_pwa.records.batch import digest_of_rows

    return digest_of_rows(db.session.get(Batch, batch.id))


def test_who_is_too_old_or_lacks_what_the_file_needs_stays_and_is_named(app, dewi, programme):
    old, bare, ready = register(app, [1, 2, 3])
    profile = profile_of(programme.profile_code)
    profile.columns = [one | {"required": one["required"] or one["source"] == "phone"} for one in profile.columns]
    approve([old, bare, ready])
    old.birth_date = dt.date.today().replace(year=dt.date.today().year - 65, day=1)
    bare.phone = None
    db.session.commit()
    dewi.get(f"/exchange/batches/new?programme={programme.id}").see(old.name, bare.name, "HANDPHONE")
    batch = freeze(dewi, programme)
    assert batch.row_count == 1
    assert status_of([old, bare, ready]) == ["approved", "approved", "sent"]


def test_nobody_ready_is_said_and_an_unreadable_file_too(app, dewi, programme):
    page = dewi.get(f"/exchange/batches/new?programme={programme.id}")
    assert not page.find("form", action="/exchange/batches")
    dewi.post("/exchange/batches", {"programme": str(programme.id)}, status=422)
    for data, status in ((b"", 422), (b"not a sheet at all", 200)):
        dewi.get("/exchange/answers")
        dewi.post("/exchange/answers", {"file": (io.BytesIO(data), "x.xlsx")}, status=status)
        while do_next():
            pass
    file = db.session.scalars(select(AnswerFile)).one()
    assert file.state == "refused"
    dewi.get(f"/exchange/answers/{file.id}").see(words("This file could not be read."))


def test_only_the_office_enters(new_visitor):
    for who in ("budi", "sari", "agus"):
        visitor = new_visitor()
        visitor.sign_in(who)
        for path in ("/exchange", "/exchange/people", "/exchange/batches", "/exchange/answers", "/exchange/unanswered"):
            visitor.get(path, status=403)
    assert STAGES and account("lina").role == "office"
