"""Every figure leads to the list behind it: each reader's links are opened, and the list is counted against the figure."""

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import local, show_number, today
from sbt_pwa.records.account import create_account
from sbt_pwa.records.region import region_names
from tests.oversee.test_every_number import late
from tests.oversee.test_page import country, entries, of  # noqa: F401
from tests.page_check import text_of
from tests.visitor import PASSWORD
from tests.words import words

READERS = {"agus": "81.05", "camat": "81.05.01", "negeri": "81.05.01.2003", "budi": "81.05.01", "dewi": "81.05"}
PLACES = ["81.05", "81.05.01", "81.05.04", "81.05.01.2003"]
CHOICES = [{}, {"category": "vulnerable"}]
STAGES = ("submitted", "held", "returned", "approved", "waitlisted", "sent", "declined")
# Who finds people behind a stage; everybody else finds places, and of a village nothing.
PEOPLE = {"budi": STAGES[:5], "dewi": ("approved", "waitlisted", "sent", "declined")}


def figures(page):
    """(figure, address) of every number on the page that is a link: in tiles, in tables, and of all members."""
    cells = [cell for tag in ("dd", "td") for cell in page.tree.iter(tag)]
    cells += [p for p in page.tree.iter("p") if words("All members") in text_of(p)]
    for cell in cells:
        for link in cell.iter("a"):
            yield int(re.search("[0-9][0-9.]*", text_of(link))[0].replace(".", "")), link.get("href")


def listed(visitor, url):
    """How many people or entries stand in a list, over all its pages."""
    count = 0
    while url:
        page = visitor.get(url)
        picks, rows = page.find("ul", class_="picks"), page.find("table", class_="as-cards")
        count += len(picks[0]) if picks else len(list(rows[0].find("tbody"))) if rows else 0
        url = next((a.get("href") for a in page.find("a") if a.get("rel") == "next"), None)
    return count


def told_by(visitor, page, url):
    """What the place behind a figure says: of a part of this page its sum, of a stage its foot, of a list its length."""
    if url == "#places":
        rows = next(one for one in page.find("table") if "places" in one.get("class").split()).find("tbody")
        return {sum(number(row[column]) for row in rows) for column in (1, 4)}
    if url == "#stuck":
        return {sum(number(row[1]) for row in page.find("table", class_="plain-table standing")[0].find("tbody"))}
    if url.startswith(("/oversee/stages/", "/oversee/weeks/")):
        behind = visitor.get(url)
        table = behind.find("table", class_="plain-table standing")[0]
        foot = [number(cell) for cell in table.find("tfoot")[0][1:]]
        assert foot == [sum(number(row[column]) for row in table.find("tbody") if len(row) > 1) for column in (1, 2)]
        return set(foot)
    return {listed(visitor, url)}


def number(cell):
    said = text_of(cell).replace(".", "")
    return int(said) if said.isdecimal() else 0


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("username", READERS)
def test_every_link_of_a_figure_opens_and_counts_the_same(country, new_visitor, username, choice):  # noqa: F811
    visitor, opened = new_visitor(), 0
    visitor.sign_in(username)
    for region in [one for one in PLACES if one.startswith(READERS[username])]:
        page = visitor.get(f"/oversee/region/{region}", query=choice)
        for figure, url in figures(page):
            assert figure in told_by(visitor, page, url), (region, url, figure)
            opened += 1
    assert opened > 2


@pytest.mark.parametrize("username", READERS)
def test_each_stage_leads_where_its_reader_may_go(country, new_visitor, username):  # noqa: F811
    """Of the own region and of a village: people for those who may see them, else places, and in a village nothing."""
    visitor = new_visitor()
    visitor.sign_in(username)
    for region in {READERS[username], "81.05.01.2003"}:
        page = visitor.get(f"/oversee/region/{region}")
        rows = page.find("table", class_="plain-table standing")[0].find("tbody")
        for status, row in zip(STAGES, rows, strict=True):
            there = of(region, status=status)
            for cell, people in ((row[1], there), (row[2], late(there))):
                link = cell.find(".//a")
                kind = urlsplit(link.get("href")).path if link is not None else ""
                listed_here = status in PEOPLE.get(username, ()) and (username == "budi" or region == "81.05")
                places = f"/oversee/stages/{status}" if len(region) < 13 else ""
                expected = {"budi": "/approve", "dewi": "/exchange/people"}.get(username) if listed_here else places
                assert kind == (expected if people else ""), (region, status)


def test_a_late_list_holds_only_those_who_stand_still(country, new_visitor):  # noqa: F811
    """The office's list, over a page's length; the supervisor's with its counts, and filtered on."""
    dewi, budi = new_visitor(), new_visitor()
    dewi.sign_in("dewi")
    budi.sign_in("budi")
    for status in PEOPLE["dewi"]:
        expected = {one.name for one in late(of("81.05", status=status))}
        url = f"/exchange/people?state={status}&late=yes"
        page = dewi.get(url).see(words("Only those who stand there for more than 7 days."))
        assert {one.name for one in entries() if one.name in page.text} >= expected
        assert listed(dewi, url) == len(expected)
    waiting = [one for one in of("81.05.01") if one.status in ("submitted", "held")]
    assert 0 < len(late(waiting)) < len(waiting)
    page = budi.get("/approve?late=yes").see(f"{show_number(len(late(waiting)))} {words('wait in all')}")
    assert page.values("/approve")["late"] == ["yes"]
    village = [one for one in late(waiting) if one.village_code == "81.05.01.2003"]
    assert listed(budi, "/approve?late=yes&village=81.05.01.2003") == len(village)
    budi.get("/approve?late=no", status=422)


def test_a_stage_by_place_leads_a_supervisor_on_to_the_people_of_a_village(country, new_visitor):  # noqa: F811
    budi, camat = new_visitor(), new_visitor()
    budi.sign_in("budi")
    camat.sign_in("camat")
    for status in ("submitted", "sent"):
        page = budi.get(f"/oversee/stages/{status}")
        links = list(figures(page))
        assert bool(links) == (status == "submitted")
        assert {figure for figure, _url in links} > {1} or not links
        for figure, url in links:
            assert parse_qs(urlsplit(url).query)["village"] and listed(budi, url) == figure
        assert not list(figures(camat.get(f"/oversee/stages/{status}")))


def test_no_list_is_wider_than_its_figure(country, new_visitor):  # noqa: F811
    """A supervisor of the whole regency has no list of one district alone: places are shown instead."""
    create_account("wide", "Wide", "supervisor", "81.05", PASSWORD, is_demo=True)
    db.session.commit()
    wide = new_visitor()
    wide.sign_in("wide")
    urls = {region: [url for _n, url in figures(wide.get(f"/oversee/region/{region}"))] for region in ("81.05", "81.05.04")}
    assert [url for url in urls["81.05"] if url.startswith("/approve?state=submitted")]
    assert not [url for url in urls["81.05.04"] if url.startswith("/approve")]
    village = wide.get("/oversee/region/81.05.04.2001").links()
    assert village[words("Who was sent back")] == "/approve?state=returned&village=81.05.04.2001"
    assert words("Who was sent back") not in wide.get("/oversee/region/81.05.04").links()


def test_the_changes_of_a_week_lead_to_the_places_in_which_they_happened(country, new_visitor):  # noqa: F811
    agus, negeri = new_visitor(), new_visitor()
    agus.sign_in("agus")
    negeri.sign_in("negeri")
    links = [url for _n, url in figures(agus.get("/oversee")) if url.startswith("/oversee/weeks/registered")]
    assert len(links) == 2
    page = agus.get(links[0])
    monday = (today() - dt.timedelta(days=today().weekday())).isoformat()
    for row in page.find("table", class_="plain-table standing")[0].find("tbody"):
        code = next(code for code, name in region_names().items() if name == text_of(row[0]) and len(code) == 8)
        came = [local(one.made_at).date().isoformat() >= monday for one in of(code)]
        assert number(row[1]) == sum(came), code
    assert not [url for _n, url in figures(negeri.get("/oversee")) if "/weeks/" in url]
    for path in ("/oversee/weeks/returned", "/oversee/weeks/x", "/oversee/weeks/ended?region=81.05.01.2003"):
        agus.get(path, status=404)
    negeri.get("/oversee/weeks/active", query={"region": "81.05"}, status=404)


def test_there_is_no_stage_of_a_village_and_none_that_is_no_stage(country, visitor):  # noqa: F811
    visitor.sign_in("camat")
    for path in ("/oversee/stages/active", "/oversee/stages/x", "/oversee/stages/submitted?region=81.05.01.2003"):
        visitor.get(path, status=404)
