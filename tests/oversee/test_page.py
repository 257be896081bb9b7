"""The leaders' page: every number recomputed from the rows, and nothing of anybody's name."""

import datetime as dt
import io
import random
import re
from collections import Counter

import openpyxl
import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_number, today
from sbt_pwa.oversee.shown import in_order
from sbt_pwa.records.account import create_account
from sbt_pwa.records.counters import NO_PROGRAMME, FlowCount
from sbt_pwa.records.coverage import Figures
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.region import region_names
from sbt_pwa.records.spent import SpentPlace
from sbt_pwa.records.target import Target, set_target
from tests.page_check import text_of
from tests.sync.phones import account, content, enrolled, entries
from tests.visitor import PASSWORD
from tests.words import words

VILLAGES = ["81.05.01.2003", "81.05.01.2004", "81.05.04.2001"]
ON_THE_WAY = ("submitted", "held", "returned", "approved", "waitlisted", "sent", "declined")
LEADERS = {"camat": "81.05.01", "negeri": "81.05.01.2003"}


@pytest.fixture
def country(app, house):
    """Ninety entries in three villages, led to where they may be. Built once, and found again by every other test."""
    house.furnish("country", lambda: build_country(app))


def build_country(app):
    """Ninety entries in three villages, led to where they may be; some stand still for more than a week."""
    chance = random.Random(3)
    phones = {name: enrolled(app, name) for name in ("sari", "yusuf")}
    for seed in range(1, 91):
        village = VILLAGES[0] if seed % 3 else chance.choice(VILLAGES[1:])
        other = {"category": "non_civil_servant", "agency": "Dinas"} if seed % 7 == 0 else {}
        phones["sari" if seed % 4 else "yusuf"].save(content(seed, village=village, district=village[:8], **other))
    for phone in phones.values():
        phone.send()
    dewi, now = account("dewi"), dt.datetime.now(dt.UTC)
    for one in entries():
        lead(one, chance, account("budi" if one.district_code == "81.05.01" else "halima"), dewi)
        if chance.random() < 0.4:
            one.status_at = now - dt.timedelta(days=chance.choice([6, 7, 7, 8, 30]))
        if chance.random() < 0.5:
            one.made_at -= dt.timedelta(days=chance.choice([3, 7, 14]))
    for region, people in (("81.05.01.2003", 70), ("81.05.01.2004", 12), ("81.05.04", 40)):
        set_target(region, today().year, "vulnerable", people, "invented")
    for username, region in LEADERS.items():
        create_account(username, f"Leader {username}", "leader", region, PASSWORD, is_demo=True)
    db.session.commit()
    return app


def lead(one, chance, by, dewi):
    goal = chance.choice(["stay", "return", "refuse", "approve", "sent", "active", "active", "later", "over", "decline", "end"])
    if goal == "return":
        one.send_back(by, ["other"])
    elif goal == "refuse":
        one.refuse(by, ["deceased"])
    elif goal != "stay":
        one.approve(by)
    if goal in ("sent", "active", "later", "over", "decline", "end"):
        one.mark_sent(dewi)
    if goal == "decline":
        one.decline(dewi, "NIK_MISMATCH")
    if goal in ("active", "later", "over", "end"):
        first, last = {"later": (1, 300), "over": (-300, -1)}.get(goal, (0, 0) if chance.random() < 0.5 else (-30, 300))
        days = today() + dt.timedelta(days=first), today() + dt.timedelta(days=last)
        one.activate(dewi, f"{one.id.int % 10**11:011}", *days)
    if goal == "end":
        one.end(dewi, ["moved_away"], today())


def of(region, **wanted):
    return [
        one for one in entries() if one.village_code.startswith(region) and all(getattr(one, k) == v for k, v in wanted.items())
    ]


def is_covered(one):
    return one.status == "active" and one.covered_from <= today() <= one.covered_to


def tiles(page):
    found = {}
    for tile in page.tree.iter("div"):
        if "tile" in (tile.get("class") or "").split():
            found[text_of(tile.find("dt"))] = text_of(tile.find("dd"))
    return list(found.values())


def table(page, heading):
    """Rows of the table in the section with this heading, as texts."""
    heads = {words(heading), words(heading) % {"weeks": 13} if "%" in heading else ""}
    section = next(s for s in page.tree.iter("section") if text_of(s.find(".//h2")) in heads)
    return [[text_of(cell) for cell in row] for body in section.iter("tbody") for row in body.iter("tr")]


def shown(number):
    return show_number(number)


SCOPES = [("agus", "/oversee", "81.05"), ("camat", "/oversee", "81.05.01"), ("negeri", "/oversee", "81.05.01.2003")]
SCOPES += [("agus", "/oversee/region/81.05.04", "81.05.04"), ("agus", "/oversee/region/81.05.01.2003", "81.05.01.2003")]


@pytest.mark.parametrize("category", ["", "non_civil_servant"])
def test_covered_on_the_way_target_and_missing(country, new_visitor, category):
    set_to = {"81.05.01.2003": 70, "81.05.01.2004": 12, "81.05.04": 40}  # of the vulnerable only
    for username, path, region in SCOPES:
        visitor = new_visitor()
        visitor.sign_in(username)
        page = visitor.get(path, query={"category": category} if category else {})
        here = of(region, **({"category": category} if category else {}))
        covered, on_the_way = sum(map(is_covered, here)), sum(one.status in ON_THE_WAY for one in here)
        aimed = {} if category else {code: people for code, people in set_to.items() if code.startswith(region)}
        lacks = [max(people - sum(map(is_covered, of(code, category="vulnerable"))), 0) for code, people in aimed.items()]
        target, missing = (shown(sum(aimed.values())), shown(sum(lacks))) if aimed else ("–", "–")
        assert tiles(page) == [shown(covered), shown(on_the_way), target, missing], region
        assert covered


def test_what_the_places_lack_is_told_where_it_is_another_number(country, new_visitor):
    """A target of the whole district stands in none of its villages: the page and the report say so, and say what those lack."""
    visitor = new_visitor()
    visitor.sign_in("camat")
    said = words("The places in it lack %(count)s in all; here a target of the whole region counts.")
    set_target("81.05.01", today().year, "non_civil_servant", 30, "invented")
    db.session.commit()
    for path in ("/oversee", "/oversee/report"):
        page = visitor.get(path, query={"sort": "name"})
        lacking = sum(int(cell) for row in page.find("tbody") for line in row if (cell := lacks_of(path, line)))
        assert 0 < lacking < int(tiles(page)[3])
        page.see(said % {"count": shown(lacking)})
    for query in ({"category": "non_civil_servant"}, {"category": "vulnerable"}):  # in no village; only in villages
        visitor.get("/oversee", query=query).not_see(said.partition("%")[0])


def lacks_of(path, row):
    """What a village's row says that is missing, else nothing."""
    is_village = text_of(row[0]) in {name for code, name in region_names().items() if len(code) == 13}
    return text_of(row[4]).strip("–") if is_village and len(row) > 4 else ""


def test_each_stage_with_what_stands_still(country, visitor):
    visitor.sign_in("agus")
    rows = table(visitor.get("/oversee"), "Where entries stand, and who acts next")
    here = of("81.05")
    for (_word, now, old), status in zip(rows, ON_THE_WAY, strict=True):
        there = [one for one in here if one.status == status]
        late = [one for one in there if local(one.status_at) < today() - dt.timedelta(days=7)]
        assert (now, old) == (shown(len(there)), shown(len(late))), status


def local(moment):
    return (moment + dt.timedelta(hours=9)).date()


def test_places_stand_in_the_order_that_was_asked_for_and_say_what_the_rows_say(country, visitor):
    visitor.sign_in("camat")
    names = region_names()
    for sort in ("missing", "covered", "name", "stuck", "share"):
        rows = table(visitor.get("/oversee", query={"sort": sort}), "The villages")
        assert len(rows) == 10
        for name, covered, *_rest in rows:
            code = next(c for c, n in names.items() if n == name and c.startswith("81.05.01."))
            assert covered == shown(sum(map(is_covered, of(code))))
        order = [row[0] for row in rows]
        if sort == "name":
            assert order == sorted(order)
        if sort in ("missing", "share"):
            assert order[0] == names["81.05.01.2003"]  # the only one with a target of more than a handful
            small = next(row for row in rows if row[0] == names["81.05.01.2004"])
            assert small[2] == "12" and small[3] == words("few people")


@pytest.mark.parametrize("sort", ["missing", "share", "covered", "stuck", "name"])
def test_places_with_a_handful_of_people_are_ranked_by_nothing(sort):
    """They stand at the end by name, however high their figures; so do in a ranking by share those without a target."""
    figures = [("C", 40, 3, 9), ("B", 60, 8, 2), ("A", 19, 18, 19), ("Z", 5, 5, 5), ("N", None, 90, 1), ("M", None, 19, 0)]
    places = [
        Figures(name, name, target, target and target - n, Counter(covered=n), Counter(covered=n), Counter(sent=old))
        for name, target, n, old in figures
    ]
    ranked = {"missing": "BC", "share": "CB", "covered": "NBC", "stuck": "CBN", "name": "ABCMNZ"}[sort]
    assert "".join(place.name for place in in_order(places, sort)) == ranked + "".join(sorted(set("ABCMNZ") - set(ranked)))


def test_of_a_programme_the_places_say_what_can_be_said(country, visitor):
    """No target is told of it, so neither are its columns; and the places stand by how many are covered."""
    visitor.sign_in("camat")
    programme = next(one.programme_id for one in of("81.05.01") if one.programme_id)
    page = visitor.get("/oversee", query={"programme": str(programme)})
    people = {name: of(code, programme_id=programme) for code, name in region_names().items() if code.startswith("81.05.01.")}
    covered = sum(is_covered(one) for there in people.values() for one in there)
    page.see(words("%(covered)s people are covered in this programme.") % {"covered": shown(covered)})
    rows = table(page, "The villages")
    assert {row[0]: row[1] for row in rows} == {name: shown(sum(map(is_covered, there))) for name, there in people.items()}
    [sorted_by] = [text_of(head) for head in page.find("th") if head.get("aria-sort")]
    assert (
        sorted_by.startswith(words("Covered"))
        and {len(row) for row in rows} == {4}
        and rows[0][0] == region_names()["81.05.01.2003"]
    )


def test_stages_and_what_came_back_rank_no_handful_either(country, visitor):
    visitor.sign_in("agus")
    small, gone = of("81.05.04"), of("81.05.01", status="returned")[3:]
    for one in small:
        one.status, one.status_at = "returned", one.status_at - dt.timedelta(days=40)
    for one in small[5:] + gone:
        one.status = "withdrawn"
    db.session.query(Target).delete()
    db.session.commit()
    here, few = region_names()["81.05.01"], region_names()["81.05.04"]
    assert [row[0] for row in table_rows(visitor.get("/oversee/stages/returned"))] == [here, few]
    assert re.search(rf"{here} \([1-3]\), {few} \(5\)", visitor.get("/oversee").text)


def table_rows(page):
    return [[text_of(cell) for cell in row] for body in page.tree.iter("tbody") for row in body.iter("tr")]


def test_it_is_said_what_the_figures_of_a_week_mean_and_that_the_last_one_still_runs(country, visitor):
    """On the page, in the chart for who cannot see it, on the report; numbers as Indonesians write them."""
    visitor.sign_in("agus")
    monday = today() - dt.timedelta(days=today().weekday())
    key = {"region_code": "81.05", "kind": "registered", "week": monday, "category": "vulnerable", "programme_id": NO_PROGRAMME}
    db.session.add(FlowCount(**key, slot=9, n=12_345))
    db.session.commit()
    so_far = words("day %(day)s of 7") % {"day": today().weekday() + 1}
    page, report = visitor.get("/oversee"), visitor.get("/oversee/report")
    meaning = "Registered: arrived at the office; what still waits on phones is not in it."
    for one in (page, report):
        one.see(words(meaning), words("Approved and became members: each person once, the first time."))
    assert so_far in text_of(page.find("table", class_="plain-table change")[0].find("thead")) and f"({so_far})" in report.text
    label = next(e.get("aria-label") for e in page.find("figure", class_="chart")[0].iter() if e.get("role") == "img")
    assert re.search(rf" 12\.[0-9]{{3}} \({so_far}\)$", label), label


def test_weeks_begin_on_monday_and_hold_what_happened(country, visitor):
    visitor.sign_in("agus")
    rows = table(visitor.get("/oversee", query={"weeks": "4"}), "Week by week")
    monday = today() - dt.timedelta(days=today().weekday())
    here = of("81.05")
    for back, row in enumerate(reversed(rows)):
        first = monday - dt.timedelta(weeks=back)
        week = [first, first + dt.timedelta(days=6)]
        registered = sum(week[0] <= local(one.made_at) <= week[1] for one in here)
        told = [event.kind for one in here for event in one.events if week[0] <= local(event.at) <= week[1]]
        kinds = Counter(told)
        assert row[1:] == [shown(n) for n in (registered, kinds["approved"], kinds["active"], kinds["ended"])]
    assert len(rows) == 4


def test_who_they_are(country, visitor):
    visitor.sign_in("agus")
    page = visitor.get("/oversee")
    here = [one for one in of("81.05") if one.status in (*ON_THE_WAY, "active")]
    found = {row[0]: row[1:] for row in table(page, "Who they are")}
    for sex, word in (("male", "Male"), ("female", "Female")):
        mine = [one for one in here if one.sex == sex]
        share = f"{len(mine) * 100 // len(here)} %"
        members = words("%(count)s members") % {"count": sum(one.status == "active" for one in mine)}
        assert found[words(word)] == [f"{shown(len(mine))} {share}", members]
    ages = Counter(min(max((today().year - one.birth_date.year - 15) // 10, 0), 5) for one in here)
    told = [int(found[band][0].split()[0]) for band in ("25–34", "35–44", "45–54", "55–64")]
    assert told == [ages[band] for band in (1, 2, 3, 4)]


PLACES = ("81.05", "81.05.01")


def test_money_is_that_of_the_programmes(country, visitor):
    visitor.sign_in("agus")
    page = visitor.get("/oversee")
    programmes = db.session.query(Programme).all()
    budget = sum(p.whole.budget_rupiah for p in programmes)
    left = {
        place: sum(one.rupiah for one in db.session.query(SpentPlace) if one.village_code.startswith(place)) for place in PLACES
    }
    committed, there = (sum(one.committed_rupiah or 0 for one in of(place)) + left[place] for place in PLACES)
    assert committed == sum(p.whole.committed_rupiah for p in programmes) > 0
    page.see(f"Rp{shown(budget)}", f"Rp{shown(committed)}", f"Rp{shown(budget - committed)}")
    visitor.get("/oversee/region/81.05.01").see(f"Rp{shown(there)}")


def test_the_map_says_what_the_table_says(country, visitor):
    visitor.sign_in("agus")
    page = visitor.get("/oversee")
    title = next(text_of(e) for e in page.tree.iter() if e.get("id") == "map-title")
    said = dict(re.findall(r"([A-Z][A-Za-z ]+?) ([0-9]+ %|–)(?:,|$)", title.split(": ", 1)[1]))
    rows = table(page, "The districts")
    assert len(said) == len(rows) == 16
    assert said == {row[0]: row[3] for row in rows}


def test_what_can_be_done_is_counted_from_the_rows(country, new_visitor):
    """Who came back, by place; where nobody was for a month; and for supervisors the way to the lists."""
    first = today() - dt.timedelta(days=today().weekday(), weeks=4)
    for username, region in (("camat", "81.05.01"), ("negeri", "81.05.01.2003"), ("agus", "81.05"), ("budi", "81.05.01")):
        visitor = new_visitor()
        visitor.sign_in(username)
        page = visitor.get("/oversee")
        returned, unseen, _recheck = [text_of(one) for one in page.find("dl", class_="to-do")[0].iter("dd")]
        names, length = region_names(), {5: 8, 8: 13, 13: 13}[len(region)]
        expected = Counter(names[one.village_code[:length]] for one in of(region, status="returned"))
        if len(region) == 13:
            assert returned == shown(expected.total())
        else:
            assert sorted(returned.split(", ")) == sorted(f"{name} ({n})" for name, n in expected.items())
        visited = {one.village_code for one in of(region) if local(one.made_at) >= first}
        villages = {code for code in names if len(code) == 13 and code.startswith(region)}
        if len(region) < 13:
            assert unseen.startswith(f"{len(villages - visited)} ") and expected
            assert not [code for code in visited if f" {names[code]}," in unseen and code not in villages]
        assert ("/approve/recheck" in page.links().values()) == (username == "budi")


def test_the_map_of_a_phone_and_its_list_tell_the_same_numbers(country, visitor):
    visitor.sign_in("agus")
    page = visitor.get("/oversee")
    names, on_map = ([text_of(e) for e in page.tree.iter() if e.get("class") == kind] for kind in ("map-name", "map-number"))
    listed = {text_of(one.find("a")): one.get("data-number") for one in page.find("th", scope="row") if one.get("data-number")}
    assert dict(zip(names, on_map, strict=True)) == listed and len(set(on_map)) == 16
    assert "data-number" not in visitor.get("/oversee/region/81.05.01").html


def test_what_lies_outside_the_own_region_does_not_exist(country, new_visitor):
    for username in LEADERS:
        visitor = new_visitor()
        visitor.sign_in(username)
        for code in ("81.05", "81.05.04", "81.05.04.2001", "81.05.01.9999"):
            visitor.get(f"/oversee/region/{code}", status=404)
        own = visitor.get("/oversee")
        assert "81.05.04" not in own.html and region_names()["81.05.04"] not in own.text


def test_a_choice_that_no_list_offers_is_refused(visitor):
    visitor.sign_in("agus")
    for wrong in ({"category": "x"}, {"weeks": "5"}, {"sort": "id"}, {"year": "1"}, {"programme": "x"}):
        visitor.get("/oversee", query=wrong, status=422)


def test_every_year_that_has_a_target_or_a_programme_can_be_chosen(country, visitor):
    set_target("81.05.04", today().year + 2, "vulnerable", 64, "invented")
    db.session.commit()
    visitor.sign_in("agus")
    page = visitor.get("/oversee", query={"year": str(today().year - 3)})
    offered = [text_of(one) for one in page.find("select", id="year")[0]]
    assert offered == [str(today().year + 2), str(today().year), str(today().year - 3)]
    assert page.values()["year"] == [str(today().year - 3)]
    assert tiles(page.submit(year=str(today().year + 2)))[2] == "64"


def test_the_page_says_who_set_its_targets(country, visitor):
    set_target("81.05.01.2003", today().year, "vulnerable", 70, "SK Bupati 120")
    set_target("81.05.04", today().year, "vulnerable", 40, "Musyawarah 7")
    db.session.commit()
    visitor.sign_in("camat")
    visitor.get("/oversee").see("SK Bupati 120").not_see("Musyawarah 7")
    visitor.get("/oversee", query={"year": str(today().year + 1)}).not_see("SK Bupati 120")


def test_a_page_of_the_whole_regency_weighs_at_most_60_kb(country, visitor):
    visitor.sign_in("agus")
    answer = visitor.client.get("/oversee", query_string={"weeks": "13"}, headers={"Accept-Encoding": "br"})
    assert len(visitor.get("/oversee", query={"weeks": "13"}).html.encode()) <= 60_000
    assert len(answer.data) <= 12_000  # what the line carries


def test_of_many_officers_the_busiest_stand_on_the_page_and_all_in_the_file(country, visitor):
    people = [create_account(f"o{n}", f"Officer {n}", "officer", "81.05.01", PASSWORD, is_demo=True) for n in range(18)]
    db.session.commit()
    for one, author in zip(of("81.05.01"), [people[max(n - 20, 0) % 18] for n in range(200)], strict=False):
        one.author_id = author.id
    db.session.commit()
    visitor.sign_in("agus")
    page = visitor.get("/oversee/region/81.05.01", query={"weeks": "13"})
    numbers = [int(row[2]) for row in table(page, "Officers at work in %(weeks)s weeks")]
    link = next(a for a in page.find("a") if "officers.xlsx" in a.get("href"))
    sheet = openpyxl.load_workbook(io.BytesIO(visitor.client.get(link.get("href")).data)).active
    every = [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert len(numbers) == 12 and numbers == every[:12] == sorted(every, reverse=True)[:12]
    assert text_of(link).startswith(f"{len(every) - 12} ") and len(every) > 14


def test_leaders_see_no_name_and_no_list(country, visitor):
    visitor.sign_in("agus")
    for path in ("/oversee", "/oversee/region/81.05.01", "/oversee/region/81.05.01.2003"):
        page = visitor.get(path)
        for one in entries():
            page.not_see(one.name, one.nik, str(one.id))
        page.not_see(account("sari").name, account("yusuf").name, '"/approve', '"/exchange')


def test_a_supervisor_finds_behind_a_figure_exactly_those_whom_it_counts(country, visitor):
    visitor.sign_in("budi")
    page = visitor.get("/approve").follow(words("Coverage"))
    assert page.path == "/oversee"
    waiting = len(of("81.05.01", status="submitted"))
    link = next(a for a in page.find("a") if a.get("href") == "/approve?state=submitted")
    assert text_of(link) == shown(waiting)
    visitor.get("/approve?state=submitted").see(words("ordinary"))
    assert len(visitor.get("/approve?state=returned").find("ul", class_="picks")[0]) == len(of("81.05.01", status="returned"))
    visitor.get("/oversee/region/81.05.01.2003").see(shown(len(of("81.05.01.2003", status="submitted"))))
    visitor.get("/oversee/region/81.05.04", status=404)


def test_the_office_finds_its_list_and_the_officers_names(country, visitor):
    visitor.sign_in("dewi")
    page = visitor.get("/oversee").see(account("sari").name)
    assert "/exchange/people?state=sent" in page.links().values()


def test_officers_and_what_they_did(country, visitor):
    visitor.sign_in("dewi")
    page = visitor.get("/oversee")
    for username in ("sari", "yusuf"):
        mine = [one for one in of("81.05") if one.author_id == account(username).id]
        row = next(
            r for r in page.tree.iter("tr") if r.find("th") is not None and text_of(r.find("th")) == account(username).name
        )
        cells = [text_of(cell) for cell in row]
        returned = sum(event.kind == "returned" for one in mine for event in one.events)
        assert cells[2] == shown(len(mine)) and cells[4].split()[0] == shown(returned)


def test_a_programme_is_chosen_by_those_who_have_a_place_in_it(country, visitor):
    visitor.sign_in("agus")
    programme = db.session.query(Programme).filter_by(category="vulnerable").one()
    page = visitor.get("/oversee", query={"programme": str(programme.id)}).see(programme.name)
    here = of("81.05", programme_id=programme.id)
    assert tiles(page)[:2] == [shown(sum(map(is_covered, here))), shown(sum(one.status in ON_THE_WAY for one in here))]
