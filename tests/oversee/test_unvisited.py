"""The villages in which nobody was registered for a month: all of them, on a page and as files, for the own region."""

import csv
import datetime as dt
import io

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, today
from sbt_pwa.records.region import region_names
from tests.oversee.test_page import country, local, of  # noqa: F401
from tests.page_check import text_of
from tests.words import words

LONG_AGO = "81.05.01.2004"


@pytest.fixture
def left_alone(country):  # noqa: F811
    """In one village the last registration lies nine weeks back; in most there never was any."""
    for one in of(LONG_AGO):
        one.made_at = dt.datetime.now(dt.UTC) - dt.timedelta(weeks=9)
    db.session.commit()
    return country


def expected(region):
    """(district, village, last Monday or None) of each, reckoned from the rows."""
    first, names = today() - dt.timedelta(days=today().weekday(), weeks=4), region_names()
    found = []
    for code in sorted(code for code in names if len(code) == 13 and code.startswith(region)):
        days = [local(one.made_at) for one in of(code)]
        if not days or max(days) < first:
            last = max(days) - dt.timedelta(days=max(days).weekday()) if days else None
            found.append((names[code[:8]], names[code], last))
    return sorted(found, key=lambda row: row[2] or dt.date.min)


@pytest.mark.parametrize(("username", "region"), [("agus", "81.05"), ("camat", "81.05.01")])
def test_page_and_files_name_all_of_them_the_longest_without_a_visit_in_front(left_alone, new_visitor, username, region):
    visitor = new_visitor()
    visitor.sign_in(username)
    true = expected(region)
    page = visitor.get("/oversee").follow(words("Villages without a visit"))
    rows = [[text_of(cell) for cell in row] for row in page.find("tbody")[0]]
    week = words("week of %(day)s")
    lasts = [week % {"day": show_day(last)} if last else words("never") for _district, _name, last in true]
    assert [row[1] for row in rows] == lasts and len(set(lasts)) == 2 and len(true) > 8
    inside = [f"{name} {district}" if region == "81.05" else name for district, name, _last in true]
    assert [row[0] for row in rows] == inside
    page.see(str(len(true)))
    links = [a.get("href") for a in page.find("a") if "tables/unvisited" in a.get("href")]
    data = visitor.client.get(links[0]).data.decode("utf-8-sig")
    told = list(csv.reader(io.StringIO(data), delimiter=";"))[1:]
    assert [row[1:] for row in told] == [[*row[:2], f"{row[2]:%d-%m-%Y}" if row[2] else ""] for row in true]
    assert visitor.client.get(links[1]).data[:2] == b"PK"


def test_a_village_that_was_visited_has_an_empty_page(country, visitor):  # noqa: F811
    visitor.sign_in("negeri")
    visitor.get("/oversee/unvisited").see(words("Somebody was registered in every village this month."))
