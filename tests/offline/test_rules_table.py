"""The table that phones get is the one that the shared cases were run with."""

import datetime as dt

import pytest

from sbt_pwa.records import reference, statuses
from tests.records.cases import cases

TABLE = cases("rules_table")
SAME = "regency minimum_age age_limit provinces fields content photo".split()


@pytest.fixture
def told(visitor):
    return visitor.client.get("/rules.json").get_json()


@pytest.mark.parametrize("name", SAME)
def test_it_is_the_table_of_the_shared_cases(told, name):
    assert told[name] == TABLE[name]


def test_its_days_are_today_and_the_first_of_next_month(told):
    as_of, start_on = (dt.date.fromisoformat(told[name]) for name in ("as_of", "start_on"))
    assert start_on.day == 1
    assert 0 < (start_on - as_of).days <= 31


def test_it_has_a_word_for_all_that_it_can_say(told):
    for code in TABLE["problem_codes"] + TABLE["warning_codes"]:
        assert told["messages"].get(code) or any(name.endswith(f".{code}") for name in told["messages"]), code
    assert set(told["reasons"]) == set(reference.reasons())
    assert set(told["statuses"]) == set(statuses.FIRST_WORDS)
    assert all(told["statuses"].values())
    assert set(told["occupations"]) == set(reference.occupations())


def test_its_words_are_in_the_language_of_the_phone_and_its_version_changes_with_them(new_visitor):
    visitor = new_visitor()
    indonesian = visitor.client.get("/rules.json").get_json()
    visitor.post("/language", {"lang": "en"}, csrf=False)
    english = visitor.client.get("/rules.json").get_json()
    assert indonesian["statuses"]["active"] == "Peserta aktif"
    assert english["statuses"]["active"] == "Active member"
    assert indonesian["version"] != english["version"]
