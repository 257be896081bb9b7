import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbt_pwa.records import rules
from sbt_pwa.records.nik import read_nik
from tests.records.cases import cases, circumstances

AS_OF = dt.date.fromisoformat(cases("nik")["as_of"])


@pytest.mark.parametrize("case", cases("nik")["cases"], ids=lambda case: repr(case["typed"]))
def test_a_nik_is_read_as_the_cases_say(case):
    nik = rules.clean("nik", case["typed"])
    answers = {"nik": nik, "birth_date": case["birth_date"], "sex": case["sex"]}
    at = circumstances({"as_of": cases("nik")["as_of"]})
    refused = any(problem.field == "nik" for problem in rules.problems(answers, at))
    assert (None if refused else nik) == case["clean"]
    found = [warning.code for warning in rules.warnings(answers, at) if warning.code.startswith("nik_")]
    assert found == case["warnings"]


@given(st.dates(dt.date(1927, 1, 1), AS_OF), st.sampled_from(["male", "female"]), st.integers(1, 9999))
def test_what_was_written_into_a_nik_is_read_out_of_it(born, sex, serial):
    day = born.day + (40 if sex == "female" else 0)
    reading = read_nik(f"810501{day:02}{born:%m%y}{serial:04}", AS_OF)
    assert (reading.region, reading.birth_date, reading.sex, reading.serial) == ("810501", born, sex, f"{serial:04}")


@given(st.text("0123456789", min_size=16, max_size=16))
def test_any_16_digits_can_be_read(nik):
    reading = read_nik(nik, AS_OF)
    assert (reading.birth_date is None) == (reading.sex is None)
