import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbt_pwa.records.receipt_code import (
    ALPHABET,
    CodeSlip,
    check_character,
    make_receipt_code,
    read_receipt_code,
    show_receipt_code,
)
from tests.records.cases import cases

BODIES = st.text(ALPHABET, min_size=11, max_size=11)


def reading(typed: str) -> tuple[str | None, str | None]:
    try:
        return read_receipt_code(typed), None
    except CodeSlip as slip:
        return None, slip.problem


@pytest.mark.parametrize("case", cases("receipt_codes")["cases"], ids=lambda case: repr(case["typed"])[:40])
def test_a_code_is_read_as_the_cases_say(case):
    assert reading(case["typed"]) == (case["code"], case["problem"])


@pytest.mark.parametrize(("code", "shown"), cases("receipt_codes")["shown"])
def test_a_code_is_shown_in_groups_of_four(code, shown):
    assert show_receipt_code(code) == shown


def test_a_made_code_is_read_and_never_the_same_twice():
    made = [make_receipt_code() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(read_receipt_code(show_receipt_code(code).lower()) == code for code in made)


@given(BODIES, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_caught(body, at, other):
    code = body + check_character(body)
    wrong = code[:at] + other + code[at + 1 :]
    assert reading(wrong) == ((code, None) if wrong == code else (None, "check"))


@given(BODIES, st.integers(0, 9))
def test_two_neighbours_that_changed_places_are_caught_unless_their_values_are_16_apart(body, at):
    code = body + check_character(body)
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    far = (ALPHABET.index(code[at]) - ALPHABET.index(code[at + 1])) % 16 == 0
    assert (reading(swapped)[1] is None) == (swapped == code or far)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_code_or_a_slip(typed):
    code, problem = reading(typed)
    assert (code is None) != (problem is None)
    assert problem in {None, "length", "characters", "check"}
    assert code is None or read_receipt_code(code) == code
