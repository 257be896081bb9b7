"""Open data: for everybody once it is switched on, sums of districts only, and no hidden one can be reckoned."""

import csv
import datetime as dt
import io
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, show_number, today
from sbt_pwa.records.open_data import OpenEdition, edition_of, told
from sbt_pwa.records.publishing import switch_open_data
from sbt_pwa.records.region import covers, known_regions
from sbt_pwa.records.target import set_target
from tests.oversee.test_page import country, entries, is_covered, of  # noqa: F401
from tests.page_check import text_of
from tests.sync.phones import account
from tests.visitor import Visitor
from tests.words import words

ON_THE_WAY = ("submitted", "held", "returned", "approved", "waitlisted", "sent", "declined")
PATHS = ("/oversee/open", "/oversee/open.csv", "/oversee/open.json")


@pytest.fixture
def switched_on(app):
    switch_open_data(True, account("dewi"))
    db.session.commit()
    return app


def worlds_by_what_is_told(districts, highest):
    """Every table of this size, by what is told of it: those of one group look alike from outside."""
    alike = defaultdict(list)
    for numbers in product(range(highest + 1), repeat=districts):
        published = told(dict(zip("abcde", numbers, strict=False)))
        alike[tuple(published.sums.values()), published.total].append(numbers)
    return alike


def fitting(worlds):
    """The numbers that fit each district, and the total."""
    return [{numbers[place] for numbers in worlds} for place in range(len(worlds[0]))] + [{sum(n) for n in worlds}]


@pytest.mark.parametrize(("districts", "highest"), [(1, 29), (2, 24), (3, 14), (4, 9), (5, 9)])
def test_for_every_sum_at_least_two_numbers_fit_all_that_is_told(districts, highest):
    for shown, worlds in worlds_by_what_is_told(districts, highest).items():
        assert min(map(len, fitting(worlds))) >= 2, (shown, worlds)


@pytest.mark.parametrize(("districts", "highest"), [(1, 24), (2, 14), (3, 9), (4, 4)])
def test_two_editions_subtracted_tell_no_change_to_the_last_person(districts, highest):
    """Whoever keeps the last edition knows of each sum, and of the total, at least two changes that fit both."""
    editions = [fitting(worlds) for worlds in worlds_by_what_is_told(districts, highest).values()]
    for before, after in product(editions, repeat=2):
        changes = [{new - old for new, old in product(*pair)} for pair in zip(after, before, strict=True)]
        assert all(len(change) >= 2 for change in changes), (before, after)


def test_within_a_month_nobody_sees_a_sum_move(country, switched_on, visitor, monkeypatch):  # noqa: F811
    """Whoever asks every day gets the same edition, though people come and targets change; the next month tells anew."""
    first = {path: visitor.client.get(path).data for path in PATHS[1:]}
    for one in entries():
        if one.status == "active":
            one.end(account("dewi"), ["moved_away"], today())
    set_target("81.05.01", today().year, "vulnerable", 777, "x")
    db.session.commit()
    assert {path: visitor.client.get(path).data for path in PATHS[1:]} == first
    visitor.get(PATHS[0]).not_see("777")
    next_month = (today().replace(day=1) + dt.timedelta(days=40)).replace(day=9)
    monkeypatch.setattr("sbt_pwa.oversee.open_data.today", lambda: next_month)
    later = visitor.client.get("/oversee/open.json").json
    assert later["day"] == next_month.isoformat() and not any(row["covered"] for row in later["rows"])


def test_whoever_asks_first_in_the_same_moment_gets_the_same(country, switched_on):  # noqa: F811
    with ThreadPoolExecutor(6) as together:
        answers = list(together.map(lambda _n: Visitor(switched_on).client.get(PATHS[2]).json, range(6)))
    assert answers == answers[:1] * 6 and answers[0]["rows"]


def test_what_is_told_is_rounded_down_and_small_sums_are_left_out():
    published = told({"a": 4, "b": 5, "c": 9, "d": 10, "e": 0, "f": 14})
    assert published.sums == {"a": None, "b": 5, "c": 5, "d": 10, "e": None, "f": 10} and published.total == 40
    assert told({"a": 1, "b": 2}).total is None
    assert told(dict.fromkeys("abcde", 9)).total is None and told(dict.fromkeys("abcdef", 9)).total == 50


def test_files_may_be_kept_and_are_not_sent_twice(country, switched_on, visitor):  # noqa: F811
    for path in PATHS:
        answer = visitor.client.get(path)
        kept = answer.headers["Cache-Control"]
        assert "max-age=3600" in kept and ("public" in kept) == (path != PATHS[0]) and ("private" in kept) == (path == PATHS[0])
    again = visitor.client.get(PATHS[2], headers={"If-None-Match": visitor.client.get(PATHS[2]).headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_nothing_is_kept_of_the_page_that_somebody_signed_in_reads(country, switched_on, visitor):  # noqa: F811
    """It carries their doors, and the next who sits at this device must not find it."""
    visitor.sign_in("agus")
    for path in PATHS:
        answer = visitor.client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), path
        assert "ETag" not in answer.headers


def test_each_regency_is_told_its_own_edition(country, switched_on, visitor):  # noqa: F811
    """When the app is set to another regency, what was told of the one before does not stand there."""
    before = edition_of("81.05.01", today())
    assert {code for group in before.groups for code in group.targets} == {
        code for code in known_regions() if covers("81.05.01", code) and len(code) == 13
    }
    told_here = {row["code"] for row in visitor.client.get(PATHS[2]).json["rows"]}
    assert told_here == {code for code in known_regions() if len(code) == 8}
    visitor.get(PATHS[0])
    assert edition_of("81.05.01", today()) == before


def test_an_address_that_asks_all_the_time_has_to_wait(country, switched_on, visitor):  # noqa: F811
    answers = [visitor.client.get(PATHS[number % 3]).status_code for number in range(62)]
    assert answers[:60] == [200] * 60 and answers[60:] == [429, 429]
    assert visitor.client.get(PATHS[1], environ_overrides={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200


def test_it_does_not_exist_until_it_is_switched_on(app, visitor):
    for path in PATHS:
        visitor.get(path, status=404)
    visitor.sign_in("agus")
    visitor.get(PATHS[0], status=404)


def test_page_csv_and_json_tell_the_same_and_what_the_rows_say(country, switched_on, visitor):  # noqa: F811
    set_target("81.05.01", today().year, "vulnerable", 1_250, "x")
    db.session.commit()
    answer = visitor.client.get("/oversee/open.json").json
    found = {(row["code"], row["category"]): row for row in answer["rows"]}
    assert len(found) == 32
    for category in ("vulnerable", "non_civil_servant"):
        true = {code: of(code, category=category) for code, kind in found if kind == category}
        covered = told({code: sum(map(is_covered, people)) for code, people in true.items()})
        way = told({code: sum(one.status in ON_THE_WAY for one in people) for code, people in true.items()})
        for code in true:
            row = found[code, category]
            assert (row["covered"], row["on_the_way"]) == (covered.sums[code], way.sums[code])
        totals = next(one for one in answer["totals"] if one["category"] == category)
        assert (totals["covered"], totals["on_the_way"]) == (covered.total, way.total)
    rows = list(csv.DictReader(io.StringIO(visitor.client.get("/oversee/open.csv").data.decode("utf-8-sig")), delimiter=";"))
    assert rows == [{key: "" if n is None else str(n) for key, n in row.items()} for row in answer["rows"]]
    page = visitor.get("/oversee/open").see("1.250", show_day(today()))
    shown = [[text_of(cell) for cell in row] for body in page.tree.iter("tbody") for row in body.iter("tr")]
    hidden = words("below %(step)s") % {"step": 5}
    expected = [[hidden if row[k] is None else show_number(row[k]) for k in ("covered", "on_the_way")] for row in answer["rows"]]
    assert [row[1:3] for row in shown if row[0] != words("All districts")] == expected
    assert any(row["covered"] for row in answer["rows"]) and any(row["covered"] is None for row in answer["rows"])


def test_a_share_is_told_only_where_the_target_counts_whom_the_covered_are(country, switched_on, visitor):  # noqa: F811
    """Of one district two villages have a target, of another each village, of a third the district itself."""
    each = [code for code in known_regions() if covers("81.05.02", code) and len(code) == 13]
    for number, code in enumerate(each):
        set_target(code, today().year, "vulnerable", 20, f"village {number}")
    set_target("81.05.04", today().year, "vulnerable", 20, "x")
    db.session.commit()
    found = {row["code"]: row for row in visitor.client.get(PATHS[2]).json["rows"] if row["category"] == "vulnerable"}
    assert [(found[code]["target"], found[code]["target_counts"]) for code in sorted(found)[:4]] == [
        (82, "part"), (20 * len(each), "all"), (None, ""), (20, "all"),
    ]  # fmt: skip
    covered, name = found["81.05.01"]["covered"], known_regions()["81.05.01"]
    assert covered and row_of(visitor, name) == [f"82 {words('some villages only')}", "–"]
    db.session.query(OpenEdition).delete()
    set_target("81.05.01", today().year, "vulnerable", 90, "x")
    db.session.commit()
    assert row_of(visitor, name) == ["90", f"{covered * 100 // 90} %"]


def test_the_share_of_all_districts_is_told_where_each_has_a_target(country, switched_on, visitor):  # noqa: F811
    districts = [code for code in known_regions() if len(code) == 8]
    for code in districts[1:]:
        set_target(code, today().year, "vulnerable", 30, "x")
    db.session.commit()
    name = words("All districts")
    assert districts[0] == "81.05.01" and row_of(visitor, name) == [show_number(82 + 30 * 15), "–"]  # of it a part only
    set_target(districts[0], today().year, "vulnerable", 60, "x")
    db.session.query(OpenEdition).delete()
    db.session.commit()
    covered = visitor.client.get(PATHS[2]).json["totals"][0]["covered"]
    assert row_of(visitor, name) == [show_number(30 * 15 + 60), f"{covered * 100 // 510} %"] and covered


def row_of(visitor, name):
    body = next(visitor.get(PATHS[0]).tree.iter("tbody"))
    return next(row[3:] for row in ([text_of(cell) for cell in row] for row in body.iter("tr")) if row[0] == name)


def test_of_an_edition_from_before_parts_were_told_apart_no_share_is_told(country, switched_on, visitor):  # noqa: F811
    visitor.get(PATHS[0])
    kept = db.session.query(OpenEdition).one()
    kept.told = [{name: said for name, said in group.items() if name != "in_part"} for group in kept.told]
    db.session.commit()
    assert {row["target_counts"] for row in visitor.client.get(PATHS[2]).json["rows"]} == {"", "part"}


def test_the_rule_is_told_in_both_languages_whoever_asks(country, switched_on, new_visitor):  # noqa: F811
    rules = []
    for language in ("id", "en"):
        visitor = new_visitor()
        visitor.client.set_cookie("lang", language)
        rules.append(visitor.client.get(PATHS[2], headers={"Accept-Language": language}).json["rule"])
    assert rules[0] == rules[1] and set(rules[0]) == {"id", "en"}
    assert "dibulatkan ke bawah ke kelipatan 5" in rules[0]["id"] and "rounded down to a multiple of 5" in rules[0]["en"]


def test_nothing_finer_than_a_district_and_no_choice_that_could_be_subtracted(country, switched_on, visitor):  # noqa: F811
    plain = visitor.client.get("/oversee/open.json").json
    assert {len(row["code"]) for row in plain["rows"]} == {8}
    programme = next(str(one.programme_id) for one in entries() if one.programme_id)
    for query in ({"programme": programme}, {"category": "vulnerable"}, {"region": "81.05.01"}, {"weeks": "4", "year": "2020"}):
        assert visitor.client.get("/oversee/open.json", query_string=query).json == plain
    page = visitor.get("/oversee/open")
    for one in entries():
        page.not_see(one.name, one.village_code)
