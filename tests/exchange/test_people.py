"""The page with everybody on it: found by name, NIK or KPJ, page by page, and nobody who was approved falls out of it."""

import csv
import datetime as dt
import io
from hashlib import sha256

import openpyxl
import pytest
from sqlalchemy import event, select

from sbt_pwa.kit.db import db
from sbt_pwa.records import ledger
from sbt_pwa.records.batch import OPEN_ROWS, BatchRow
from sbt_pwa.records.places import free_places
from tests.exchange.test_round_trip import bring, confirm, freeze, member_row, reply, status_of
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.sync.phones import account
from tests.words import words


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(places=9)


@pytest.fixture
def people(app, programme):
    found = [register(app, [n], name=name)[0] for n, name in ((1, "Siti Rumakat"), (2, "Siti Keliobas"), (3, "Jamal Rumakat"))]
    approve(found)
    return found


def found_by(dewi, text, **more):
    page = dewi.get("/exchange/people").submit("/exchange/people", text=text, **more)
    assert page.values("/exchange/people")["text"] == [text]
    rows = page.tree.findall(".//tbody/tr") if page.tree is not None else []
    return [row.find(".//a").text for row in reversed(rows)]


def test_people_are_found_by_words_of_the_name_nik_and_kpj(people, programme, dewi, lina):
    freeze(dewi, programme)
    confirm(lina, bring(dewi, reply([member_row(people[1], 7)])))
    siti, other, jamal = (one.name for one in people)
    for text, names in (
        ("rumakat", [siti, jamal]),
        ("Rumakat SITI", [siti]),
        (people[2].nik, [jamal]),
        (f"{people[2].nik[:4]} {people[2].nik[4:]}", [jamal]),
        ("20000000007", [other]),
        ("200 0000 0007", [other]),
        ("20000000008", []),
        ("'; drop table", []),
    ):
        assert sorted(found_by(dewi, text)) == sorted(names), text
    assert found_by(dewi, "siti", programme=str(programme.id)) == [siti, other]
    page = dewi.get("/exchange/people?state=active").submit("/exchange/people", text="siti")
    page.see(other).not_see(siti)


def test_what_was_looked_for_is_kept_from_page_to_page(people, dewi, monkeypatch):
    monkeypatch.setattr(ledger, "PAGE", 1)
    monkeypatch.setattr("sbt_pwa.exchange.ledger.PAGE", 1)
    first = dewi.get("/exchange/people?text=rumakat").see("Jamal Rumakat").not_see("Siti")
    second = first.follow(words("Next")).see("Siti Rumakat").not_see("Keliobas")
    assert second.values("/exchange/people")["text"] == ["rumakat"]
    assert not second.find("a", rel="next")


def names_on(page, people) -> list[str]:
    return [one.name for one in people if one.name in page.text]


def test_everybody_without_an_answer_is_told_page_by_page(app, people, programme, dewi, lina, monkeypatch):
    monkeypatch.setattr("sbt_pwa.exchange.batches.SHOWN", 2)
    monkeypatch.setattr("sbt_pwa.exchange.unanswered.SHOWN", 2)
    first = freeze(dewi, programme)
    more = register(app, [4, 5])
    approve(more)
    freeze(dewi, programme)
    everybody = people + more
    pages = [dewi.get("/exchange/unanswered").see(" 5 ")]
    for _page in range(2):
        pages.append(pages[-1].follow(words("Next")))
    told = [names_on(page, everybody) for page in pages]
    assert [len(names) for names in told] == [2, 2, 1]
    assert sorted(name for names in told for name in names) == sorted(one.name for one in everybody)
    assert set(told[0]) < {one.name for one in people}  # the longest waiting in front
    assert not pages[2].find("a", rel="next")
    batch = dewi.get(f"/exchange/batches/{first.id}")
    rest = batch.follow(words("Next"))
    assert sorted(names_on(batch, people) + names_on(rest, people)) == sorted(one.name for one in people)
    address = batch.find("a", rel="next")[0].get("href")
    confirm(lina, bring(dewi, reply([member_row(one, number) for number, one in enumerate(people)])))
    dewi.get(address).follow(words("To the beginning of the list")).see(words("Everybody in this batch has an answer."))
    for wrong in ("x", str(first.id)):
        dewi.get(f"/exchange/unanswered?after={wrong}", status=404)


def test_the_list_of_who_has_no_answer_is_taken_as_a_spreadsheet_and_that_is_noted(app, people, programme, dewi, lina):
    people[1].name = "=cmd|'/c calc'!A1"
    first = freeze(dewi, programme)
    approve(register(app, [4]))
    second = freeze(dewi, programme)
    first.frozen_at -= dt.timedelta(days=40)
    db.session.commit()
    rows = [[people[0].nik, people[0].name, "Y", ""], [people[2].nik, people[2].name, "N", "NIK TIDAK PADAN"]]
    confirm(lina, bring(dewi, reply(rows, ("NIK", "NAMA", "STATUS", "KETERANGAN"))))
    dewi.get("/exchange/unanswered").see(words("Download as spreadsheet"))
    taken = {
        ending: dewi.client.post(f"/exchange/unanswered/list.{ending}", data={"csrf_token": dewi.csrf_token()})
        for ending in ("xlsx", "csv")
    }
    assert [answer.status_code for answer in taken.values()] == [200, 200]
    sheet = openpyxl.load_workbook(io.BytesIO(taken["xlsx"].get_data())).worksheets[0]
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[0], row[4], row[5], row[7]) for row in told] == [
        (n, t, p, d) for n, (t, p, d) in enumerate(waiting(first, second), 1)
    ]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None} == {"s", "n"}
    said = {row[1].lstrip("'"): row[8] for row in told}
    assert said[people[0].name] == words("may become a member, the number has not come yet") and said[people[1].name] is None
    lines = list(csv.reader(io.StringIO(taken["csv"].get_data().decode("utf-8-sig")), delimiter=";"))
    assert [line[1] for line in lines if "cmd" in line[1]] == ["'=cmd|'/c calc'!A1"]
    assert len(lines) == 4
    assert people[1].nik not in str(told) + str(lines)
    for batch in (first, second):
        noted = [(one.kind, one.sha256, one.by.username) for one in batch.downloads]
        assert sorted(noted) == sorted(("chased", sha256(answer.get_data()).hexdigest(), "dewi") for answer in taken.values())
        dewi.get(f"/exchange/batches/{batch.id}").see(words("List of who has no answer"))
    dewi.post("/exchange/unanswered/list.pdf", status=404)


def waiting(first, second):
    """(batch, row, days) of who has no answer, the longest waiting in front."""
    for batch, days in ((first, 40), (second, 0)):
        rows = db.session.scalars(select(BatchRow).where(BatchRow.batch_id == batch.id).order_by(BatchRow.position))
        yield from ((batch.title, row.position, days) for row in rows if row.state in OPEN_ROWS)


def test_the_first_page_asks_as_much_with_many_people_as_with_few(app, people, programme, dewi):
    """It reads what is counted with each move, and walks through no registrations: among a million it took 1.6 s."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement) if statement.startswith("SELECT") else None

    told = []
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for more in (range(11, 12), range(12, 20)):
            approve(register(app, more))
            dewi.get("/exchange").see(words("Everybody who was approved"))
            asked.clear()
            page = dewi.get("/exchange")
            told.append(len(asked))
            walks = [statement for statement in asked if "FROM registration" in statement and "'waitlisted'" not in statement]
            assert walks == []
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert told[0] == told[1]
    page.see("9 menunggu dikirim", "3 menunggu kuota")


def test_who_was_approved_and_went_back_or_was_taken_back_stays_on_the_page(app, people, programme, dewi):
    programme.allot("81.05", 3, 10**12)
    never, given_up = register(app, [6, 7])
    approve([given_up])
    given_up.withdraw(given_up.author_id)
    returned, *approved = people
    returned.call_back(account("dewi"), ["mother_name_missing"])
    free_places([returned])
    db.session.commit()
    assert status_of([*people, given_up, never]) == ["returned", "approved", "approved", "withdrawn", "submitted"]
    for address in ("/exchange/people", f"/exchange/people?programme={programme.id}"):
        page = dewi.get(address)
        assert names_on(page, [*people, given_up, never]) == [one.name for one in (*people, given_up)]
        back = page.follow(f"2 {words('approved before, not now')}").see(words("The mother's name is missing."))
        assert names_on(back, [*people, given_up, never]) == [returned.name, given_up.name]
    assert names_on(dewi.get("/exchange/people?state=approved"), people) == [one.name for one in approved]


def test_somebody_who_does_not_open_leaves_the_others_to_be_read(people, programme, dewi):
    siti, other, jamal = people
    siti.name_sealed = other.name_sealed
    siti.nik_sealed = other.nik_sealed
    db.session.commit()
    page = dewi.get("/exchange/people")
    page.see(words("Cannot be read"), other.name, jamal.name, jamal.masked_nik)
    assert len(page.tree.findall(".//tbody/tr")) == 3
