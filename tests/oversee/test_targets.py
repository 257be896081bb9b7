"""The office sets targets: typed, or from a spreadsheet, all of it or nothing, with source, who and when."""

import csv
import io

import openpyxl
import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import today
from sbt_pwa.records.target import Target, Targets, set_target
from tests.sync.phones import account
from tests.words import words

BULA, SALAS = "81.05.01", "81.05.01.2004"


@pytest.fixture
def dewi(visitor):
    visitor.sign_in("dewi")
    return visitor


def told(year=None, category="vulnerable"):
    db.session.rollback()
    rows = db.session.query(Target).filter_by(year=year or today().year, category=category)
    return {one.region_code: one.people for one in rows}


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def bring(dewi, data, source="SK 120", name="target.xlsx", status=200, **more):
    dewi.get("/exchange/targets")
    file = {"file": (io.BytesIO(data), name), "source": source, "year": str(today().year), "category": "vulnerable"}
    return dewi.post("/exchange/targets/file", file | more, status=status)


def test_typed_targets_carry_their_source_and_who_set_them(dewi):
    page = dewi.get("/exchange/targets")
    page = page.submit("/targets/numbers", people_810501="1.250", people_810504="40", source="SK Bupati 120")
    assert told() == {BULA: 1250, "81.05.04": 40}
    assert {one.by_id for one in db.session.query(Target)} == {account("dewi").id}
    page.see("SK Bupati 120", account("dewi").name)
    assert sum(aim.people for aim in Targets(today().year).aims_of("81.05")) == 1290


def test_what_stays_keeps_its_source_and_an_emptied_row_has_no_target(dewi):
    set_target(BULA, today().year, "vulnerable", 7, "older")
    set_target("81.05.02", today().year, "vulnerable", 8, "older")
    dewi.get("/exchange/targets").submit("/targets/numbers", people_810502="", people_810503="9", source="newer")
    assert told() == {BULA: 7, "81.05.03": 9}
    assert {one.region_code: one.source for one in db.session.query(Target)} == {BULA: "older", "81.05.03": "newer"}


def test_villages_of_a_district_in_another_year_and_group(dewi):
    year = today().year + 1
    page = dewi.get("/exchange/targets", query={"year": year, "category": "non_civil_servant", "district": BULA})
    page.submit("/targets/numbers", people_8105012004="12", source="x").see(words("Together: %(count)s") % {"count": 12})
    assert told(year, "non_civil_servant") == {SALAS: 12} and told() == {}


def test_a_slip_keeps_what_was_typed_and_sets_nothing(dewi):
    page = dewi.get("/exchange/targets")
    page = page.submit("/targets/numbers", people_810501="many", people_810502="5", source="", status=422)
    assert page.values("/targets/numbers")["people_810501"] == ["many"]
    assert page.find("a", href="#people_810501") and page.find("a", href="#source")
    assert told() == {}


def test_a_spreadsheet_is_shown_first_and_set_after(dewi):
    set_target(BULA, today().year, "vulnerable", 5, "older")
    rows = [["SASARAN 2026"], ["No", "Kecamatan", "Negeri/Desa", "Jumlah"], [1, "Kec. Bula", None, 300]]
    rows += [[2, "BULA", "Negeri Bula", "1.200"], [3, "Bula", "salas", 40], [4, "Bula", "Englas", None]]
    page = bring(dewi, sheet(*rows)).see("1.200", "SK 120")
    assert told() == {BULA: 5}
    page = page.submit("/exchange/targets/rows")
    assert told() == {BULA: 300, "81.05.01.2003": 1200, SALAS: 40}
    page.see(words("Set. Targets that changed: %(count)s.") % {"count": 3})
    assert {one.source for one in db.session.query(Target)} == {"SK 120"}


def test_codes_name_regions_too_also_without_dots_and_in_a_csv(dewi):
    data = f"Kode;Target\n{BULA};10\n8105012004;20\n".encode()
    bring(dewi, data, name="t.csv").submit("/exchange/targets/rows")
    assert told() == {BULA: 10, SALAS: 20}


def test_every_wrong_row_is_named_and_nothing_is_set(dewi):
    rows = [["Kecamatan", "Desa", "Target"], ["Bula", "", 10], ["Bulla", "", 10], ["Bula", "Salas", "ten"], ["Bula", None, 3]]
    rows += [["", "Kilwaru", -4], ["", "Kampung Tengah", 5]]
    page = bring(dewi, sheet(*rows), status=422)
    for number in (3, 4, 5, 6):
        assert page.find("p", id=f"row-{number}"), number
    assert not page.find("p", id="row-2") and told() == {}
    assert page.values("/exchange/targets/file")["source"] == ["SK 120"]


def test_a_name_that_several_villages_have_needs_its_district(dewi):
    from sbt_pwa.records.region import region_names

    names = region_names()
    villages = [name for code, name in names.items() if len(code) == 13]
    code, twice = next((code, name) for code, name in names.items() if len(code) == 13 and villages.count(name) > 1)
    page = bring(dewi, sheet(["Desa", "Target"], [twice, 4]), status=422)
    page.see(words("More than one region has this name. Give its code, or the district too."))
    bring(dewi, sheet(["Kecamatan", "Desa", "Target"], [names[code[:8]], twice, 4])).submit("/exchange/targets/rows")
    assert told() == {code: 4}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", sheet(["a", "b"]), sheet(["Kecamatan", "Target"])])
def test_what_is_no_list_of_targets_is_refused_in_words(dewi, data):
    page = bring(dewi, data, status=422)
    assert page.find("div", id="error_summary") and told() == {}


def test_a_list_without_a_source_is_not_taken(dewi):
    assert bring(dewi, sheet(["Kecamatan", "Target"], ["Bula", 4]), source=" ", status=422).find("a", href="#file_source")


def test_a_refused_list_leaves_the_numbers_on_the_page_as_they_are(dewi):
    """Else whoever sets them next would take every target away."""
    set_target(BULA, today().year, "vulnerable", 1_250, "older")
    db.session.commit()
    page = bring(dewi, sheet(["Kecamatan", "Target"], ["Bula", 4]), source="", status=422)
    page.see(words("Say where these numbers come from."), words("Together: %(count)s") % {"count": "1.250"})
    assert page.values("/targets/numbers")["people_810501"] == ["1.250"]
    page.submit("/targets/numbers", people_810504="5", source="newer")
    assert told() == {BULA: 1_250, "81.05.04": 5}


def test_rows_that_were_changed_on_the_way_are_refused(dewi):
    dewi.get("/exchange/targets")
    about = {"year": str(today().year), "category": "vulnerable", "source": "x"}
    for rows in ('{"81.05.01": -1}', '{"82.01.01": 4}', "[]", "x", '{"81.05.01": true}'):
        dewi.post("/exchange/targets/rows", about | {"rows": rows}, status=422)
    assert told() == {}


def test_the_list_to_fill_in_comes_back_as_it_went(dewi):
    set_target(SALAS, today().year, "vulnerable", 44, "x")
    db.session.commit()
    data = dewi.client.get("/exchange/targets.xlsx").data
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
    [one] = [row for row in rows if row[3] == 44]
    assert one[:5] == (SALAS, "Bula", "Salas", 44, "x") and one[5].date() == today()
    bring(dewi, data).see("44")
    plain = csv.reader(io.StringIO(dewi.client.get("/exchange/targets.csv").data.decode("utf-8-sig")), delimiter=";")
    assert [row for row in plain if row[3] == "44"] == [[SALAS, "Bula", "Salas", "44", "x", f"{today():%d-%m-%Y}"]]
    assert {"/exchange/targets.csv", "/exchange/targets.xlsx"} <= {
        a.get("href").partition("?")[0] for a in dewi.get("/exchange/targets").find("a")
    }
