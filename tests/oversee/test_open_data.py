"""Open data: for everybody once it is switched on, sums of districts only, and no hidden one can be reckoned."""

import csv
import io
from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_number, today
from sbt_pwa.records.open_data import LEAST, told
from sbt_pwa.records.target import set_target
from tests.oversee.test_page import country, entries, is_covered, of  # noqa: F401
from tests.page_check import text_of
from tests.words import words

ON_THE_WAY = ("submitted", "held", "returned", "approved", "waitlisted", "sent", "declined")
PATHS = ("/oversee/open", "/oversee/open.csv", "/oversee/open.json")


@pytest.fixture
def switched_on(app):
    app.config["SBT_OPEN_DATA"] = True
    yield app
    app.config["SBT_OPEN_DATA"] = False


@pytest.mark.parametrize("districts", [1, 2, 3, 4])
def test_for_every_hidden_sum_at_least_two_numbers_fit_all_that_is_told(districts):
    """Every table of this size: those that look alike from outside must differ in each hidden sum."""
    highest = {1: 30, 2: 22, 3: 13, 4: 8}[districts]
    alike = defaultdict(list)
    for numbers in product(range(highest + 1), repeat=districts):
        published = told(dict(zip("abcd", numbers, strict=False)))
        alike[tuple(published.sums.items()), published.total].append(numbers)
    for (sums, _total), worlds in alike.items():
        for place, (_code, n) in enumerate(sums):
            fitting = {numbers[place] for numbers in worlds}
            assert len(fitting) >= 2 if n is None else fitting == {n}, (sums, worlds)


@given(st.dictionaries(st.sampled_from([f"81.05.{n:02}" for n in range(1, 17)]), st.integers(0, 40), min_size=2))
def test_nothing_small_is_told_and_no_total_stands_over_one_hidden_sum(sums):
    published = told(sums)
    hidden = [code for code, n in published.sums.items() if n is None]
    assert all(n is None or n >= LEAST for n in published.sums.values())
    assert all(n is None or n == sums[code] for code, n in published.sums.items())
    assert published.total in (None, sum(sums.values()))
    assert published.total is None or len(hidden) != 1


def test_a_total_is_told_where_it_gives_nothing_away():
    assert told({"a": 9, "b": 7}).total == 16
    assert told({"a": 3, "b": 7, "c": 8}).sums == {"a": None, "b": None, "c": 8} and told({"a": 3, "b": 7, "c": 8}).total == 18
    assert told({"a": 0, "b": 0, "c": 8}).total is None and told({"a": 4, "b": 4, "c": 8}).total is None
    assert told({"a": 3}).total is None


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
    page = visitor.get("/oversee/open").see("1.250")
    shown = [[text_of(cell) for cell in row] for body in page.tree.iter("tbody") for row in body.iter("tr")]
    hidden = words("left out")
    expected = [[hidden if row[k] is None else show_number(row[k]) for k in ("covered", "on_the_way")] for row in answer["rows"]]
    assert [row[1:3] for row in shown if row[0] != words("All districts")] == expected
    assert any(row["covered"] for row in answer["rows"]) and any(row["covered"] is None for row in answer["rows"])


def test_nothing_finer_than_a_district_and_no_choice_that_could_be_subtracted(country, switched_on, visitor):  # noqa: F811
    plain = visitor.client.get("/oversee/open.json").json
    assert {len(row["code"]) for row in plain["rows"]} == {8}
    programme = next(str(one.programme_id) for one in entries() if one.programme_id)
    for query in ({"programme": programme}, {"category": "vulnerable"}, {"region": "81.05.01"}, {"weeks": "4", "year": "2020"}):
        assert visitor.client.get("/oversee/open.json", query_string=query).json == plain
    page = visitor.get("/oversee/open")
    for one in entries():
        page.not_see(one.name, one.village_code)
