"""Every figure leads to the list behind it: each reader's links are opened, and the list is counted against the figure."""

import csv
import datetime as dt
import io
import re
from collections import Counter
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import local, show_day, show_number, today
from sbt_pwa.records.account import create_account
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.region import region_names
from sbt_pwa.records.spent import SpentPlace
from sbt_pwa.records.target import Target, set_target
from tests.oversee.test_every_number import FEW, late
from tests.oversee.test_page import country, entries, of  # noqa: F401
from tests.page_check import text_of
from tests.sync.phones import account
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
    """What the place behind a figure says: of a part of this page its sum, of sums by place the foot, of a list its length."""
    if url == "#places":
        rows = next(one for one in page.find("table") if "places" in one.get("class").split()).find("tbody")
        return {sum(number(row[column]) for row in rows) for column in (1, 2, 4)}
    if url == "#stuck":
        return {sum(number(row[1]) for row in page.find("table", class_="plain-table standing")[0].find("tbody"))}
    if url.startswith("/oversee/"):
        rows, foot = by_place(visitor.get(url))
        assert foot == [sum(column) for column in zip(*rows.values(), strict=True)]
        return {sum(foot)} if "/portrait/" in url else {foot[0]} if "monday=" in url else set(foot)
    return {listed(visitor, url)}


def by_place(page):
    """Numbers by the name of a place, in their order, and those at the foot."""
    table = page.find("table", class_="plain-table standing")[0]
    rows = {text_of(row[0]): [number(cell) for cell in row[1:]] for row in table.find("tbody") if len(row) > 1}
    return rows, [number(cell) for cell in table.find("tfoot")[0][1:]]


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
    changes = agus.get("/oversee").find("table", class_="plain-table change")[0]
    links = [one.get("href") for one in changes.iter("a") if "/registered" in one.get("href")]
    assert links == ["/oversee/weeks/registered"] * 2
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


def trend_of(page):
    """(figure, address) of each figure of the weeks that is a link."""
    section = next(one for one in page.tree.iter("section") if one.get("aria-labelledby") == "trend")
    return [(number(link), link.get("href")) for link in section.iter("a")]


@pytest.mark.parametrize(
    "choice", [{"weeks": "4"}, pytest.param({"weeks": "4", "category": "vulnerable"}, marks=pytest.mark.long)]
)
def test_an_older_week_leads_to_the_places_in_which_it_happened(country, new_visitor, choice):  # noqa: F811
    """That week and the one before, also the first of the period; on from a district to its villages, and into a file."""
    agus, camat, seen = new_visitor(), new_visitor(), set()
    agus.sign_in("agus")
    camat.sign_in("camat")
    wanted, names = {"category": choice["category"]} if "category" in choice else {}, region_names()
    for visitor, region, length in ((agus, "81.05", 8), (camat, "81.05.01", 13)):
        for figure, url in trend_of(visitor.get(f"/oversee/region/{region}", query=choice)):
            told, kind = dict(parse_qsl(urlsplit(url).query)), urlsplit(url).path.rpartition("/")[2]
            monday = told.get("monday", (today() - dt.timedelta(days=today().weekday())).isoformat())
            mondays = [dt.date.fromisoformat(monday), dt.date.fromisoformat(monday) - dt.timedelta(weeks=1)]
            expected = {
                names[code]: [happened(of(code, **wanted), kind, one) for one in mondays]
                for code in names
                if len(code) == length and code.startswith(region)
            }
            page = visitor.get(url)
            rows, foot = by_place(page)
            assert rows == {name: told for name, told in expected.items() if any(told)} and foot[0] == figure, url
            assert choice.items() <= told.items()
            for link in page.find("a", class_="place-link"):
                assert by_place(visitor.get(link.get("href")))[1] == rows[text_of(link)]
            seen.add((kind, "monday" in told))
    assert {("registered", True), ("registered", False), ("approved", False), ("active", False)} <= seen


def happened(people, kind, monday):
    days = [local(one.made_at).date() for one in people] if kind == "registered" else []
    days += [local(event.at).date() for one in people for event in one.events if event.kind == kind]
    return sum(monday <= day < monday + dt.timedelta(weeks=1) for day in days)


def test_a_week_that_is_not_looked_at_is_refused(country, new_visitor):  # noqa: F811
    agus, camat = new_visitor(), new_visitor()
    agus.sign_in("agus")
    camat.sign_in("camat")
    monday = today() - dt.timedelta(days=today().weekday())
    told = {back: (monday - dt.timedelta(weeks=back)).isoformat() for back in (-1, 0, 3, 4)}
    this = agus.get("/oversee/weeks/registered").text
    assert agus.get("/oversee/weeks/registered", query={"monday": told[0]}).text == this
    older = {"monday": told[3], "weeks": "4"}
    page = agus.get("/oversee/weeks/registered", query=older).see(
        words("Week from %(day)s") % {"day": show_day(monday - dt.timedelta(weeks=3))}
    )
    assert "monday" not in page.find("p", class_="up no-print")[0].find("a").get("href")
    camat.get("/oversee/weeks/registered", query=older | {"region": "81.05.04"}, status=404)
    for wrong in (told[4], told[-1], (monday - dt.timedelta(days=1)).isoformat(), "2026-13-01", "x"):
        for path in ("/oversee/weeks/registered", "/oversee/tables/weeks-by-place.csv"):
            agus.get(path, query={"monday": wrong, "weeks": "4"}, status=422)


def test_there_is_no_stage_of_a_village_and_none_that_is_no_stage(country, visitor):  # noqa: F811
    visitor.sign_in("camat")
    for path in ("/oversee/stages/active", "/oversee/stages/x", "/oversee/stages/submitted?region=81.05.01.2003"):
        visitor.get(path, status=404)


def portrait_of(page):
    """(figure, address) of each occupation, sex and age that is a link."""
    return [(figure, url) for figure, url in figures(page) if "/oversee/portrait/" in url]


def is_one_of(kind, value):
    """Whether the address of an occupation, a sex or an age means somebody."""
    if kind == "age":
        youngest, oldest = map(int, value.split("-"))
        return lambda one: youngest <= today().year - one.birth_date.year <= oldest
    return lambda one: getattr(one, kind) == value


@pytest.mark.parametrize("choice", [CHOICES[1], pytest.param(CHOICES[0], marks=pytest.mark.long)])
def test_each_occupation_sex_and_age_leads_to_the_places_in_which_they_live(country, new_visitor, choice):  # noqa: F811
    """Members and on the way, reckoned from the people; and on from a district to its villages."""
    agus, camat, seen = new_visitor(), new_visitor(), set()
    agus.sign_in("agus")
    camat.sign_in("camat")
    for visitor, region, length in ((agus, "81.05", 8), (camat, "81.05.01", 13), (agus, "81.05.04", 13)):
        codes = [code for code in region_names() if len(code) == length and code.startswith(region)]
        for figure, url in portrait_of(visitor.get(f"/oversee/region/{region}", query=choice)):
            kind, value = urlsplit(url).path.split("/")[3:]
            page, expected = visitor.get(url), {}
            for code in codes:
                here = [one for one in of(code, **choice) if is_one_of(kind, value)(one)]
                members = sum(one.status == "active" for one in here)
                expected[region_names()[code]] = [members, sum(one.status in STAGES for one in here)]
            rows, foot = by_place(page)
            assert rows == {name: told for name, told in expected.items() if any(told)} and sum(foot) == figure, url
            assert choice.items() <= dict(parse_qsl(urlsplit(url).query)).items()
            seen.add(kind)
            for link in page.find("a", class_="place-link"):
                below, _foot = by_place(visitor.get(link.get("href")))
                assert [sum(column) for column in zip(*below.values(), strict=True)] == rows[text_of(link)]
    assert seen == {"occupation", "sex", "age"}


def test_who_they_are_in_a_village_or_outside_has_no_places(country, new_visitor):  # noqa: F811
    agus, camat, negeri = new_visitor(), new_visitor(), new_visitor()
    for visitor, username in ((agus, "agus"), (camat, "camat"), (negeri, "negeri")):
        visitor.sign_in(username)
    assert not portrait_of(negeri.get("/oversee")) and not portrait_of(agus.get("/oversee/region/81.05.01.2003"))
    agus.get("/oversee/portrait/sex/male?region=81.05.04")
    camat.get("/oversee/portrait/sex/male")
    for region in ("81.05", "81.05.04", "81.05.01.2003", "81.05.99"):
        camat.get("/oversee/portrait/sex/male", query={"region": region}, status=404)
    for wrong in ("sex/x", "sex/", "born/male", "occupation/male", "occupation/x", "age/25", "age/26-34", "age/x"):
        agus.get(f"/oversee/portrait/{wrong}", status=404)


def test_behind_an_occupation_too_places_with_a_handful_are_not_ranked(country, visitor):  # noqa: F811
    visitor.sign_in("agus")
    for one in of("81.05.01")[FEW - 1 :]:
        one.status = "withdrawn"
    db.session.query(Target).where(Target.region_code.startswith("81.05.01")).delete()
    db.session.commit()
    rows, _foot = by_place(visitor.get("/oversee/portrait/sex/male"))
    many, few = (region_names()[code] for code in ("81.05.04", "81.05.01"))
    assert list(rows) == [many, few] and sum(rows[many]) < sum(rows[few])


@pytest.mark.parametrize("choice", [{}, {"category": "non_civil_servant", "sort": "name"}])
def test_the_committed_rupiah_lead_to_the_places_that_cost_them(country, new_visitor, choice):  # noqa: F811
    """Places that are held, and what stays spent of others; on from a district to its villages, and into a file."""
    agus, camat = new_visitor(), new_visitor()
    agus.sign_in("agus")
    camat.sign_in("camat")
    programmes = {one.id for one in db.session.query(Programme) if one.category == choice.get("category", one.category)}
    cost = [(one.village_code, one.committed_rupiah or 0) for one in of("81.05") if one.programme_id in programmes]
    cost += [(one.village_code, one.rupiah) for one in db.session.query(SpentPlace) if one.programme_id in programmes]
    for visitor, region, length in ((agus, "81.05", 8), (camat, "81.05.01", 13)):
        page = visitor.get(f"/oversee/region/{region}", query=choice)
        [(figure, url)] = [one for one in figures(page) if "/committed" in one[1]]
        expected = Counter()
        for village, rupiah in cost:
            expected[region_names()[village[:length]]] += rupiah if village.startswith(region) else 0
        rows, foot = by_place(visitor.get(url))
        assert rows == {name: [rupiah] for name, rupiah in expected.items() if rupiah} and foot == [figure] != [0]
        assert choice.items() <= dict(parse_qsl(urlsplit(url).query)).items()
        for link in visitor.get(url).find("a", class_="place-link"):
            assert by_place(visitor.get(link.get("href")))[1] == rows[text_of(link)]
        file = next(a.get("href") for a in visitor.get(url).find("a") if "committed-by-place.csv" in a.get("href"))
        said = io.StringIO(visitor.client.get(file).data.decode("utf-8-sig"))
        _heads, *lines = csv.reader(said, delimiter=";")
        assert {line[1]: [int(line[2])] for line in lines if line[2] != "0"} == rows


def test_where_nothing_is_committed_or_no_place_is_below_no_figure_leads_on(country, new_visitor):  # noqa: F811
    agus, negeri = new_visitor(), new_visitor()
    agus.sign_in("agus")
    negeri.sign_in("negeri")
    next_year = {"year": str(today().year + 1)}
    assert "/oversee/committed" not in agus.get("/oversee", query=next_year).html + negeri.get("/oversee").html
    agus.get("/oversee/committed", query=next_year).see(words("Nothing is committed here."))
    negeri.get("/oversee/committed", status=404)
    negeri.get("/oversee/committed", query={"region": "81.05.01"}, status=404)


def test_the_target_leads_to_the_places_where_theirs_add_up_to_it(country, visitor):  # noqa: F811
    visitor.sign_in("agus")
    for own, expected in ((None, "#places"), (500, ""), (122, "#places")):
        if own:
            set_target("81.05", today().year, "vulnerable", own, "invented")
            db.session.commit()
        page = visitor.get("/oversee")
        link = page.find("dl", class_="tiles")[0][2].find(".//a")
        assert (link.get("href") if link is not None else "") == expected
        if expected:
            assert number(link) in told_by(visitor, page, expected)
    target = visitor.get("/oversee", query={"year": "2031"}).find("dl", class_="tiles")[0][2]
    assert text_of(target.find("dd")) == "–" and target.find(".//a") is None


def officers_of(page):
    """(name, figure, address) of each linked figure of an officer."""
    section = next(one for one in page.tree.iter("section") if one.get("aria-labelledby") == "officers")
    for row in section.find(".//tbody"):
        for link in row.iter("a"):
            yield text_of(row[0]), number(link), link.get("href")


def named_in(page):
    return sorted(text_of(row[0].find("a")) for body in page.find("tbody") for row in body)


def choices_of_officers():
    programme = db.session.query(Programme).filter_by(category="vulnerable").one().id
    return [{}, {"category": "non_civil_servant", "weeks": "4"}, {"programme": str(programme), "weeks": "13", "sort": "name"}]


@pytest.mark.parametrize("region", ["81.05", "81.05.04", "81.05.01.2003"])
def test_the_office_finds_behind_an_officers_figure_exactly_whom_it_counts(country, visitor, region):  # noqa: F811
    """By name, and by what else was chosen; the way back carries it."""
    visitor.sign_in("dewi")
    names = {account(username).name: account(username).id for username in ("sari", "yusuf")}
    monday = today() - dt.timedelta(days=today().weekday())
    for choice in choices_of_officers():
        page, opened = visitor.get(f"/oversee/region/{region}", query=choice), set()
        for who, figure, url in officers_of(page):
            asked = {name: told[0] for name, told in parse_qs(urlsplit(url).query).items()}
            there = visitor.get(url).see(who)
            mine = [one for one in of(region) if one.author_id == names[who]]
            mine = [one for one in mine if one.category == choice.get("category", one.category)]
            mine = [one for one in mine if str(one.programme_id) == choice.get("programme", str(one.programme_id))]
            if asked["kind"] == "registered" and "this_week" in asked:
                mine = [one for one in mine if local(one.made_at).date() >= monday]
            elif asked["kind"] != "registered":
                mine = [one for one in mine if asked["kind"] in {event.kind for event in one.events}]
            assert named_in(there) == sorted(one.name for one in mine) and len(mine) == figure, url
            back = next(a.get("href") for a in there.find("a") if "/oversee/region/" in a.get("href"))
            assert choice.items() <= dict(parse_qsl(urlsplit(back).query)).items() and f"/{region}?" in back
            opened.add((asked["kind"], "this_week" in asked))
        assert opened >= {("registered", False), ("registered", True)}


@pytest.mark.parametrize("username", ["agus", "camat", "negeri", "budi"])
def test_nobody_else_is_led_from_an_officer_to_people(country, new_visitor, username):  # noqa: F811
    visitor = new_visitor()
    visitor.sign_in(username)
    page = visitor.get("/oversee")
    assert not list(officers_of(page)) and "/exchange" not in page.html
    visitor.get("/exchange/quality/moves", query={"region": READERS[username]}, status=403)


def test_an_office_of_one_district_finds_nobody_of_another(country, new_visitor):  # noqa: F811
    """With the region in the address, and without one: the query itself keeps to the own region."""
    create_account("small", "Small", "office", "81.05.04", PASSWORD, is_demo=True)
    db.session.commit()
    small = new_visitor()
    small.sign_in("small")
    for query in ({}, {"region": "81.05.04"}):
        page = small.get("/exchange/quality/moves", query=query)
        assert named_in(page) == sorted(one.name for one in of("81.05.04")) != []
    for wrong in ({"region": "81.05"}, {"region": "81.05.01"}, {"region": "x"}, {"category": "x"}, {"programme": "x"}):
        small.get("/exchange/quality/moves", query=wrong, status=404)
