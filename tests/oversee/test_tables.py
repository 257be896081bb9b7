"""Files of the tables: what the page says, of the own region, without anybody's name."""

import csv
import datetime as dt
import io

import openpyxl
import pytest

from sbt_pwa.kit.i18n import show_number, today
from sbt_pwa.records.region import region_names
from tests.oversee.test_page import VILLAGES, country, entries, is_covered, of, table  # noqa: F401
from tests.page_check import text_of
from tests.sync.phones import account
from tests.words import words

NAMES = (
    "places",
    "villages",
    "stages",
    "stages-by-place",
    "unvisited",
    "weeks",
    "weeks-by-place",
    "occupations",
    "sexes",
    "ages",
    "occupation-by-place",
    "sex-by-place",
    "age-by-place",
    "officers",
    "money",
    "committed-by-place",
)


def file_of(visitor, name, ending="csv", **query):
    answer = visitor.client.get(f"/oversee/tables/{name}.{ending}", query_string=query)
    assert answer.status_code == 200, (name, answer.status_code)
    if ending == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
        return [[f"{cell:%d-%m-%Y}" if isinstance(cell, dt.datetime) else cell for cell in row] for row in rows]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_every_table_says_the_same_in_both_kinds_of_file_and_nobodys_name(country, visitor):  # noqa: F811
    """The office knows its officers by name, as on the page; leaders do not."""
    officers = [account(name).name for name in ("sari", "yusuf")]
    for username in ("dewi", "agus"):
        people = [one.name for one in entries()] + (officers if username == "agus" else [])
        visitor.sign_in(username)
        listed = [a.get("href") for a in visitor.get("/oversee/tables").find("a")]
        for name in NAMES:
            assert any(f"/oversee/tables/{name}.csv" in link for link in listed)
            rows, cells = file_of(visitor, name), file_of(visitor, name, "xlsx")
            assert len(rows) > 1
            assert [["" if c is None else str(c) for c in row] for row in cells] == rows
            said = " ".join(cell for row in rows for cell in row)
            assert not [one for one in people if one in said]
            assert all(one in said for one in officers) == (username == "dewi" and name == "officers")
        visitor.sign_out()


def test_all_villages_stand_in_one_file_and_stages_by_place(country, new_visitor):  # noqa: F811
    for username, region in (("agus", "81.05"), ("camat", "81.05.01"), ("negeri", "81.05.01.2003")):
        visitor = new_visitor()
        visitor.sign_in(username)
        villages = file_of(visitor, "villages")[1:]
        inside = {code for code in region_names() if len(code) == 13 and code.startswith(region)}
        assert {row[0] for row in villages} == inside and len(villages) == len(inside)
        assert {row[0]: int(row[3]) for row in villages} == {code: sum(map(is_covered, of(code))) for code in inside}
        returned = [row for row in file_of(visitor, "stages-by-place")[1:] if row[2] == words("Sent back to be put right")]
        assert {row[0]: int(row[4]) for row in returned} == {row[0]: len(of(row[0], status="returned")) for row in returned}
        assert sum(int(row[4]) for row in returned) == len(of(region, status="returned")) > 0


def test_the_weeks_by_place_say_in_a_file_what_each_page_says(country, new_visitor):  # noqa: F811
    """By the link on the page, which carries the choice on."""
    last = (today() - dt.timedelta(days=today().weekday(), weeks=1)).isoformat()
    for username, choice in (("agus", {}), ("camat", {"category": "non_civil_servant"}), ("agus", {"monday": last})):
        visitor, seen = new_visitor(), 0
        visitor.sign_in(username)
        for kind in ("registered", "approved", "active", "ended"):
            page = visitor.get(f"/oversee/weeks/{kind}", query=choice)
            link = next(a.get("href") for a in page.find("a") if "weeks-by-place.csv" in a.get("href"))
            rows = list(csv.reader(io.StringIO(visitor.client.get(link).data.decode("utf-8-sig")), delimiter=";"))[1:]
            mine = {row[1]: row[3:] for row in rows if f": {row[2]}" in text_of(page.find("h1")[0])}
            shown = [[text_of(cell) for cell in row] for row in page.find("tbody")[0] if len(row) > 1]
            assert {name: cells for name, cells in mine.items() if cells != ["0", "0"]} == {row[0]: row[1:] for row in shown}
            assert len(rows) == 4 * len(mine)
            seen += len(shown)
        assert seen > (1 if "monday" in choice else 2)


def test_who_they_are_by_place_stands_in_files_as_on_the_pages(country, visitor):  # noqa: F811
    """By the link on each page, under the choice of that page."""
    visitor.sign_in("camat")
    for kind, value in (("occupation", "fisher"), ("sex", "female"), ("age", "25-34")):
        page = visitor.get(f"/oversee/portrait/{kind}/{value}", query={"category": "vulnerable"})
        link = next(a.get("href") for a in page.find("a") if f"{kind}-by-place.csv" in a.get("href"))
        _heads, *rows = csv.reader(io.StringIO(visitor.client.get(link).data.decode("utf-8-sig")), delimiter=";")
        mine = [[row[1], *row[4:]] for row in rows if text_of(page.find("h1")[0]).endswith(f": {row[2]}")]
        shown = [[text_of(cell) for cell in row] for row in page.find("tbody")[0]]
        assert sorted(mine) == sorted(shown) != [] and (len(rows) > len(mine) or kind == "occupation")
        assert all(int(row[3]) == int(row[4]) + int(row[5]) for row in rows)


def test_days_are_days_that_a_spreadsheet_can_reckon_with(country, visitor):  # noqa: F811
    visitor.sign_in("agus")
    book = openpyxl.load_workbook(io.BytesIO(visitor.client.get("/oversee/tables/weeks.xlsx").data)).active
    assert [book.cell(row, 1).value.weekday() for row in range(2, 10)] == [0] * 8
    assert (book["A2"].number_format, book["A1"].value) == ("dd-mm-yyyy", words("Week from"))


def test_places_are_those_of_the_page_in_its_order(country, visitor):  # noqa: F811
    visitor.sign_in("camat")
    for choice in ({"sort": "name"}, {"sort": "covered", "category": "non_civil_servant"}):
        page = table(visitor.get("/oversee", query=choice), "The villages")
        _heads, *rows = file_of(visitor, "places", **choice)
        assert [row[1] for row in rows] == [row[0] for row in page]
        assert [show_number(int(row[2])) for row in rows] == [row[1] for row in page]
    for code, _name, covered, *_rest in file_of(visitor, "places")[1:]:
        assert int(covered) == sum(map(is_covered, of(code)))


def test_a_file_holds_only_the_own_region(country, new_visitor):  # noqa: F811
    for username, outside in (("camat", "81.05.04"), ("negeri", "81.05.01"), ("budi", "81.05")):
        visitor = new_visitor()
        visitor.sign_in(username)
        for name in NAMES:
            visitor.get(f"/oversee/tables/{name}.csv", query={"region": outside}, status=404)
            said = " ".join(cell for row in file_of(visitor, name) for cell in row)
            assert region_names()["81.05.04"] not in said
        visitor.get("/oversee/tables", query={"region": outside}, status=404)


@pytest.mark.parametrize("wrong", ["people", "places.pdf", ""])
def test_there_are_no_other_files(visitor, wrong):
    visitor.sign_in("agus")
    name, _dot, ending = wrong.partition(".")
    visitor.get(f"/oversee/tables/{name}.{ending or 'csv'}", status=404)


def test_the_list_of_files_carries_the_choice_on(country, visitor):  # noqa: F811
    visitor.sign_in("agus")
    page = visitor.get("/oversee/tables", query={"region": VILLAGES[2], "weeks": "4"})
    link = next(a.get("href") for a in page.find("a") if "weeks.csv" in a.get("href"))
    assert len(list(csv.reader(io.StringIO(visitor.client.get(link).data.decode("utf-8-sig")), delimiter=";"))) == 5
    page.see(words("Tables as files: %(region)s").split(":")[0])
