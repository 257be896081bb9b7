"""Quality, each figure recomputed from the events."""

import csv
import datetime as dt
import io
import math
import re
import uuid
from collections import Counter

import openpyxl
import pytest
import sqlalchemy

from sbt_pwa.exchange import quality as quality_page
from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, show_number, today
from sbt_pwa.records import moves, quality
from sbt_pwa.records.coverage import Choice
from sbt_pwa.records.device import Device
from sbt_pwa.records.envelope import Envelope
from sbt_pwa.records.event import Event
from sbt_pwa.records.reference import reasons
from tests.oversee.test_page import country, entries  # noqa: F401
from tests.page_check import text_of
from tests.sync.phones import account, content, enrolled
from tests.words import words

NOW = dt.datetime.now(dt.UTC)


def tables(page, heading):
    """The tables of a section, each as rows of texts."""
    section = next(s for s in page.tree.iter("section") if text_of(s.find(".//h2")) == words(heading))
    return [[[text_of(cell) for cell in row] for row in table.find("tbody").iter("tr")] for table in section.iter("table")]


def events(*kinds):
    db.session.rollback()
    return [event for event in db.session.query(Event).order_by(Event.seq) if event.kind in kinds]


def by_reason(kind, since=None):
    told = [event for event in events(kind) if since is None or event.at >= since]
    counts = Counter(code for event in told for code in {reason["code"] for reason in event.reasons})
    return {words(reasons()[code].text): [f"{show_number(n)} {n * 100 // len(told)} %"] for code, n in counts.items()}


def test_reasons_of_what_came_back_and_of_what_bpjs_did_not_take(country, visitor):  # noqa: F811
    for number, event in enumerate(events("returned", "declined")):
        more = "photo_missing" if event.kind == "returned" else "DUPLICATE"
        event.reasons = [{"field": None, "code": more}] if number % 2 else [*event.reasons, {"field": None, "code": more}]
    db.session.commit()
    visitor.sign_in("dewi")
    page = visitor.get("/exchange/quality").see(show_day(today()))
    assert {row[0]: row[1:] for row in tables(page, "Sent back")[0]} == by_reason("returned")
    assert {row[0]: row[1:] for row in tables(page, "Not taken by BPJS")[0]} == by_reason("declined")
    doubled = sum("DUPLICATE" in {r["code"] for r in event.reasons} for event in events("declined"))
    assert tables(page, "Doubled people")[0][3][1] == show_number(doubled) != "0"


def test_what_is_older_than_the_period_is_left_out(country, visitor):  # noqa: F811
    old = events("returned")[:2]
    for event in old:
        event.at -= dt.timedelta(weeks=6)
    db.session.commit()
    visitor.sign_in("dewi")
    since = NOW - dt.timedelta(weeks=5)
    told = tables(visitor.get("/exchange/quality", query={"weeks": "4"}), "Sent back")[0]
    assert {row[0]: row[1:] for row in told} == by_reason("returned", since) != by_reason("returned")
    assert {row[0]: row[1:] for row in tables(visitor.get("/exchange/quality"), "Sent back")[0]} == by_reason("returned")
    visitor.get("/exchange/quality", query={"weeks": "5"}, status=422)


def test_what_each_officer_registered_and_got_back(country, visitor):  # noqa: F811
    visitor.sign_in("dewi")
    rows = {row[0]: row[1:] for row in tables(visitor.get("/exchange/quality"), "Sent back")[1]}
    author = {one.id: one.author.name for one in entries()}
    registered, returned = Counter(author.values()), Counter(author[event.registration_id] for event in events("returned"))
    assert set(rows) == {account("sari").name, account("yusuf").name}
    for name, cells in rows.items():
        assert cells == [
            show_number(registered[name]),
            show_number(returned[name]),
            f"{returned[name] * 100 // registered[name]} %",
        ]


def test_median_and_p90_of_what_people_waited(country, visitor):  # noqa: F811
    hours = 0
    for event in events("approved", "active"):
        event.at += dt.timedelta(hours=hours % 17 if event.kind == "approved" else 17 + hours % 41)
        hours += 7
    db.session.commit()
    since, saved = NOW - dt.timedelta(weeks=20), {one.id: one.saved_at for one in entries()}
    approved = {event.registration_id: event.at for event in events("approved")}
    active = {event.registration_id: event.at for event in reversed(events("active"))}
    expected = [
        [at - saved[one] for one, at in approved.items()],
        [at - approved[one] for one, at in active.items()],
        [at - saved[one] for one, at in active.items()],
    ]
    found = [quality.time_to_approval(since), *quality.time_to_number(since)]
    for spell, spans in zip(found, expected, strict=True):
        spans = sorted(max(span, dt.timedelta()) for span in spans)
        assert (spell.people, spell.median) == (len(spans), spans[math.ceil(len(spans) / 2) - 1])
        assert spell.p90 == spans[math.ceil(len(spans) * 0.9) - 1]
    visitor.sign_in("dewi")
    assert [row[1] for row in tables(visitor.get("/exchange/quality"), "How long it takes")[0]] == [
        show_number(len(spans)) for spans in expected
    ]


def test_a_thousand_days_are_written_with_a_dot(country, visitor):  # noqa: F811
    for one in entries():
        one.saved_at -= dt.timedelta(days=1_234)
    db.session.commit()
    visitor.sign_in("dewi")
    said = words("%(count)s day") % {"count": "1.234"}
    assert tables(visitor.get("/exchange/quality"), "How long it takes")[0][0][2:] == [said, said]


def let_a_phone_fall_silent():
    phone = db.session.query(Device).first()
    for one in db.session.query(Envelope).filter(Envelope.device_id == phone.id):
        one.received_at -= dt.timedelta(days=9)
    return phone


def file_of(visitor, name, ending="csv", **query):
    answer = visitor.client.get(f"/exchange/quality/{name}.{ending}", query_string=query)
    assert answer.status_code == 200, (name, answer.status_code)
    if ending == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
        return [[f"{cell:%d-%m-%Y}" if isinstance(cell, dt.datetime) else cell for cell in row] for row in rows]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_each_table_is_a_file_that_says_the_same(country, visitor):  # noqa: F811
    """By the links on the page, for the weeks that were chosen; in both kinds; without the name of a worker."""
    for number, event in enumerate(events("returned", "declined")):
        event.at -= dt.timedelta(weeks=6 if number % 3 else 0)
    let_a_phone_fall_silent()
    db.session.commit()
    visitor.sign_in("dewi")
    page = visitor.get("/exchange/quality", query={"weeks": "4"})
    links = [a.get("href") for a in page.find("a") if re.search(r"\.(csv|xlsx)\b", a.get("href"))]
    assert len(links) == 12 and all(url.endswith("?weeks=4") for url in links)
    people = [one.name for one in entries()]
    for name in ("returned", "officers", "spells", "doubled", "declined", "phones"):
        rows, same = (file_of(visitor, name, ending, weeks="4") for ending in ("csv", "xlsx"))
        assert [["" if cell is None else str(cell) for cell in row] for row in same] == rows and len(rows) > 1, name
        assert not [one for one in people if any(one in cell for row in rows for cell in row)]
    for name, heading, which in (
        ("returned", "Sent back", 0),
        ("officers", "Sent back", 1),
        ("declined", "Not taken by BPJS", 0),
    ):
        shown = [[row[0], *re.findall("[0-9]+", " ".join(row[1:]))] for row in tables(page, heading)[which]]
        assert file_of(visitor, name, weeks="4")[1:] == shown != file_of(visitor, name)[1:], name
    visitor.get("/exchange/quality/people.csv", status=404)
    visitor.get("/exchange/quality/returned.csv", query={"weeks": "5"}, status=422)


def test_a_name_that_computes_stands_there_as_text(country, visitor):  # noqa: F811
    account("sari").name = '=HYPERLINK("x")'
    let_a_phone_fall_silent().label = "@SUM(1)"
    db.session.commit()
    visitor.sign_in("dewi")
    assert '\'=HYPERLINK("x")' in [row[0] for row in file_of(visitor, "officers")]
    assert "'@SUM(1)" in [row[1] for row in file_of(visitor, "phones")]
    book = openpyxl.load_workbook(io.BytesIO(visitor.client.get("/exchange/quality/officers.xlsx").data)).active
    assert {cell.data_type for row in book.iter_rows(min_row=2, max_col=1) for cell in row} == {"s"}


def test_nearest_rank_takes_a_time_that_somebody_waited():
    spell = quality._spell([(NOW, NOW + dt.timedelta(hours=hours)) for hours in range(10, 0, -1)])
    assert (spell.median, spell.p90) == (dt.timedelta(hours=5), dt.timedelta(hours=9))


def test_a_member_who_is_carried_on_is_not_counted_again(country, visitor):  # noqa: F811
    since = NOW - dt.timedelta(weeks=4)
    before = quality.time_to_number(since)
    one = next(one for one in entries() if one.status == "active")
    one.activate(account("dewi"), one.kpj, one.covered_from, one.covered_to)
    db.session.commit()
    assert quality.time_to_number(since) == before and before[0].people


def test_only_the_newest_are_read(country, visitor, monkeypatch):  # noqa: F811
    monkeypatch.setattr(quality, "SAMPLE", 3)
    since = NOW - dt.timedelta(weeks=4)
    assert quality.reasons_of("approved", since).events == 3 and quality.reasons_of("approved", since).is_sample
    assert quality.time_to_approval(since).people == 3


def test_where_the_page_looks_at_the_newest_it_says_so_and_the_file_has_all(country, visitor, monkeypatch):  # noqa: F811
    """With more than fit: reasons, times, doubled people and phones."""
    for event in events("declined"):
        event.reasons = [{"field": None, "code": "DUPLICATE"}]
    let_a_phone_fall_silent()
    for number in range(4):
        db.session.add(Device(token_hash=bytes([number]) * 32, made_at=NOW - dt.timedelta(days=30 + number)))
    db.session.commit()
    visitor.sign_in("dewi")
    of_newest = words("of the newest %(count)s; all of them in the file") % {"count": "3"}
    visitor.get("/exchange/quality").not_see(of_newest)
    declined = {row[0]: row[1:] for row in file_of(visitor, "declined")[1:]}
    spells = file_of(visitor, "spells")
    for module in (quality, quality_page):
        monkeypatch.setattr(module, "SAMPLE", 3)
        monkeypatch.setattr(module, "MOST_PHONES", 2)
    page = visitor.get("/exchange/quality")
    assert page.html.count(of_newest) == 4  # twice by reason, twice of doubled people
    assert [row[1] for row in tables(page, "How long it takes")[0]] == ["3", "3", "3"]
    page.see(words("Here stand the first %(count)s; all of them are in the file.") % {"count": "2"})
    assert len(tables(page, "Phones to ask about")[0]) == 2 and len(file_of(visitor, "phones")) == 6
    assert file_of(visitor, "spells") == spells != tables(page, "How long it takes")[0]
    assert {row[0]: row[1:] for row in file_of(visitor, "declined")[1:]} == declined
    assert tables(page, "Doubled people")[0][3][1] == "3" and int(file_of(visitor, "doubled")[4][2]) > 3


def test_phones_that_are_silent_or_lack_records(app, visitor):
    sari, yusuf = enrolled(app, "sari"), enrolled(app, "yusuf")
    for phone, seeds in ((sari, range(1, 6)), (yusuf, range(6, 9))):
        for seed in seeds:
            phone.save(content(seed))
        phone.send()
    visitor.sign_in("dewi")
    visitor.get("/exchange/quality").see(words("Every phone sent records this week, and none lacks one."))
    last = db.session.query(Envelope).filter(Envelope.device_id == uuid.UUID(sari.device_id))
    for one in last:
        one.received_at -= dt.timedelta(days=8)
    db.session.commit()  # it asks for news every day, and sends nothing
    yusuf.save(content(20))
    yusuf.outbox.popitem()
    yusuf.save(content(21))
    yusuf.send()
    newer = enrolled(app, "sari")
    db.session.get(Device, uuid.UUID(newer.device_id)).made_at -= dt.timedelta(days=20)
    db.session.commit()
    page = visitor.get("/exchange/quality")
    rows = [(row[0], words("silent") in row[2], row[4]) for row in tables(page, "Phones to ask about")[0]]
    assert rows == [(account("sari").name, True, "0"), (account("sari").name, True, "0"), (account("yusuf").name, False, "1")]
    page.see(words("none yet"))  # the phone that is the longest without a record: it never sent one


def test_people_that_wait_doubled(app, visitor):
    phone = enrolled(app)
    for seed in (1, 1, 2):
        phone.save(content(seed))
    phone.send()
    visitor.sign_in("dewi")
    rows = tables(visitor.get("/exchange/quality"), "Doubled people")[0]
    waiting = [one for one in entries() if "same_nik" in one.warnings]
    assert rows[0][1] == show_number(len(waiting)) != "0"


@pytest.mark.only_on("sqlite")
def test_events_are_found_by_the_index_and_never_walked(app):
    """With a million registrations a walk takes a second; what SQLite means to do stands in its plan."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_more):
        asked.append((statement, parameters))

    sqlalchemy.event.listen(db.engine, "before_cursor_execute", note)
    quality.reasons_of("returned", NOW)
    quality.time_to_approval(NOW)
    quality.time_to_number(NOW)
    quality.phones_in_trouble()
    moves.moves_of(account("dewi"), Choice("81.05", NOW.year), "registered", NOW)
    sqlalchemy.event.remove(db.engine, "before_cursor_execute", note)
    connection = db.session.connection().connection
    plans = [row[3] for one in asked for row in connection.execute("EXPLAIN QUERY PLAN " + one[0], one[1])]
    assert sum("ix_event_telling" in plan for plan in plans) == 3
    assert sum("SEARCH registration USING INDEX ix_registration_made_at (made_at>?)" in plan for plan in plans) == 1
    assert not [plan for plan in plans if re.fullmatch("SCAN (event|envelope|registration).*", plan)]


def test_each_figure_opens_the_people_whom_it_counts(country, visitor):  # noqa: F811
    visitor.sign_in("dewi")
    page = visitor.get("/exchange/quality")
    links = [(link.get("href"), text_of(link)) for link in page.find("a") if "/moves?" in link.get("href", "")]
    kinds = Counter(re.search("kind=([a-z]+)", href)[1] for href, _n in links)
    assert min(kinds[kind] for kind in ("registered", "returned", "declined", "approved", "active")) >= 1
    assert any("officer=" in href for href, _n in links) and any("reason=" in href for href, _n in links)
    for href, n in links:
        behind = visitor.get(href)
        rows = behind.find("tbody")[0].findall("tr")
        assert show_number(len(rows)) == n or (len(rows) == moves.SHOWN and int(n.replace(".", "")) > moves.SHOWN), href
    sari = account("sari")
    behind = visitor.get(f"/exchange/quality/moves?kind=returned&officer={sari.id}").see(sari.name)
    assert {text_of(row[2]) for row in behind.find("tbody")[0].findall("tr")} == {sari.name}


@pytest.mark.parametrize("asked", ["kind=x", "officer=x", f"officer={uuid.UUID(int=1)}", "kind=returned&reason=x"])
def test_a_list_behind_nothing_is_a_404(country, visitor, asked):  # noqa: F811
    visitor.sign_in("dewi")
    visitor.get(f"/exchange/quality/moves?{asked}", status=404)
