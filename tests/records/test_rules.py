"""The rules, by the cases that the phone's twin runs too, and by anything that a program might send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbt_pwa.records import messages, rules
from tests.records.cases import cases, circumstances

SHARED, TABLE = cases("rules"), cases("rules_table")
TYPED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def pairs(findings) -> list[list[str]]:
    return [[finding.field, finding.code] for finding in findings]


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: f"{case['field']} {str(case['typed'])!r:.30}")
def test_one_field_is_cleaned_and_checked_as_the_cases_say(case):
    value = rules.clean(case["field"], case["typed"])
    assert (type(value), value) == (type(case["clean"]), case["clean"]) or (value == case["clean"] and case["field"] in NUMBERS)
    found = rules.problems({case["field"]: value}, circumstances(case))
    found = [problem for problem in found if problem.field == case["field"]]
    assert [problem.code for problem in found] == ([case["problem"]] if case["problem"] else [])
    if "values" in case:
        assert found[0].values == case["values"]


NUMBERS = {"latitude", "longitude", "accuracy_m", "monthly_income_rupiah"}  # JSON has one kind of number


@pytest.mark.parametrize("case", SHARED["clean_all"], ids=lambda case: case["about"])
def test_all_fields_are_cleaned_at_once(case):
    assert rules.clean_all(case["typed"]) == dict.fromkeys(rules.FIELDS) | case["clean"]


@pytest.mark.parametrize("case", SHARED["answers"], ids=lambda case: case["about"])
def test_whole_answers_are_judged_in_order(case):
    answers, at = case["answers"], circumstances(case)
    found = rules.problems(answers, at)
    if case.get("partial"):  # a correction: the server judges the entry with its changes, the phone only what it brings
        found = [problem for problem in found if problem.field in answers]
    assert pairs(found) == case["problems"]
    assert pairs(rules.warnings(answers, at)) == case["warnings"]


def test_only_codes_of_the_table_are_said_and_each_has_its_sentence():
    known = {*TABLE["problem_codes"], *TABLE["warning_codes"]}
    met = {case["problem"] for case in SHARED["cases"]} - {None}
    met |= {code for case in SHARED["answers"] for _field, code in case["problems"] + case["warnings"]}
    assert met == known
    for code in known:
        assert code in messages.FINDINGS or any(name.endswith(f".{code}") for name in messages.FINDINGS), code


@given(st.sampled_from(rules.FIELDS), TYPED)
def test_what_can_be_stored_stays_as_it_is_when_cleaned_again(field, typed):
    value = rules.clean(field, typed)
    if value is not None and not [p for p in rules.problems({field: value}, circumstances()) if p.field == field]:
        assert rules.clean(field, value) == value


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: f"{case['field']} {str(case['typed'])!r:.30}")
def test_what_the_cases_call_clean_stays_so(case):
    assert rules.clean(case["field"], case["clean"]) == case["clean"]


@given(st.dictionaries(st.sampled_from(rules.FIELDS), TYPED))
def test_no_value_that_a_program_can_send_breaks_the_rules(typed):
    answers = rules.clean_all(typed)
    for finding in [*rules.problems(answers, circumstances()), *rules.warnings(answers, circumstances())]:
        assert finding.code in {*TABLE["problem_codes"], *TABLE["warning_codes"]}


@given(TYPED)
def test_a_name_is_a_name_only_with_letters(typed):
    answers = rules.clean_all({"name": typed})
    wrong = {problem.field for problem in rules.problems(answers, circumstances())}
    if "name" not in wrong:
        assert answers["name"][0].isalpha()
        assert not set(answers["name"]) & set("<>=@+0123456789")
