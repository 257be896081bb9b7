"""The rules of a registration, told once: field, how it is cleaned, what is checked, what is warned of.

The table is served to the phone as /rules.json; static/client/rules.js is the twin of this file, and
tests/shared_cases holds them together. Sources of the rules: the insurer's conditions (age 65, NIK of 16 digits) and
UU PDP 27/2022 (consent); see docs/decisions.md.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache, lru_cache
from typing import Any, Literal

from . import reference, region
from .nik import make_date, nik_warnings

Answers = dict[str, Any]
AGE_LIMIT = 65  # completed years on the start day; insurer's condition, refusal AGE_LIMIT


@dataclass(frozen=True)
class Rule:
    field: str
    clean: str
    checks: tuple[tuple[Any, ...], ...] = ()
    required: bool = False
    only_for: str | None = None
    wanted_for: str | None = None  # may stay empty, but the insurer's file of this category needs it: warned of


@dataclass(frozen=True)
class Finding:
    """A problem (the entry cannot be saved) or a warning (it can, after a look)."""

    field: str
    code: str
    values: Mapping[str, Any] = dataclass_field(default_factory=dict)


@dataclass(frozen=True)
class Circumstances:
    """What the rules depend on besides the answers."""

    as_of: dt.date
    start_on: dt.date  # planned first day of cover: age limits count on it
    regency: str  # 81.05
    minimum_age: int = 17

    @classmethod
    @lru_cache(maxsize=500)
    def on(cls, day: dt.date, regency: str, minimum_age: int) -> Circumstances:
        """Cover is planned to start on the first day of the month after the registration."""
        return cls(day, (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1), regency, minimum_age)


@cache
def table() -> tuple[Rule, ...]:
    name = (("max", 100), ("name",))
    digits = (("digits", 16),)
    return (
        Rule("category", "code", (("one_of", list(reference.CATEGORIES)),), True),
        Rule("nik", "digits", digits, True),
        Rule("family_card_no", "digits", digits),
        Rule("name", "name", name, True),
        Rule("birth_place", "name", (("max", 60), ("name",)), wanted_for="non_civil_servant"),
        Rule("birth_date", "date", (("date",), ("past",), ("under_age", AGE_LIMIT)), True),
        Rule("sex", "code", (("one_of", list(reference.SEXES)),), True),
        Rule("phone", "phone", (("phone",),)),
        Rule("phone_is_own", "flag"),
        Rule("district", "code", (("district",),)),
        Rule("village", "code", (("village",), ("within", "district")), True),
        Rule("address", "text", (("max", 200),)),
        Rule("occupation", "code", (("one_of", list(reference.occupations())),), True),
        Rule("workplace", "text", (("max", 100),)),
        Rule("monthly_income_rupiah", "money", (("integer", 0, 100_000_000),)),
        Rule("mother_name", "name", name, wanted_for="non_civil_servant"),
        Rule("heir_name", "name", name),
        Rule("heir_relation", "code", (("one_of", list(reference.HEIR_RELATIONS)),)),
        Rule("heir_phone", "phone", (("phone",),)),
        Rule("agency", "text", (("max", 100),), True, "non_civil_servant"),
        Rule("position", "text", (("max", 100),), False, "non_civil_servant"),
        Rule("latitude", "decimal", (("decimal", -90, 90),)),
        Rule("longitude", "decimal", (("decimal", -180, 180),)),
        Rule("accuracy_m", "integer", (("integer", 0, 100_000),)),
        Rule("consent", "flag", (("true",),), True),
    )


@cache
def rules_by_field() -> dict[str, Rule]:
    return {rule.field: rule for rule in table()}


FIELDS = tuple(rule.field for rule in table())

# ---- cleaning: from what was typed to what is stored; what cannot be read stays text, for a check to name

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]")
_SPACES = re.compile("[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_DASHES = re.compile("[ .\\-\u2010-\u2015\u2212]")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


def _tidy(typed: Any, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    text = str(typed)
    if _PLAIN.fullmatch(text):
        return text  # nothing to do for plain ASCII, which is nearly everything
    return _SPACES.sub(" ", unicodedata.normalize(form, _UNSEEN.sub("", text))).strip(" ")


def _compact(typed: Any) -> str:
    return _DASHES.sub("", _tidy(typed, "NFKC"))


_DATE_MARKS = re.compile(r" ?[-/. ] ?")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})")
_EIGHT_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")


def _clean_date(typed: Any) -> str:
    if isinstance(typed, str) and _ISO_DATE.fullmatch(typed):
        return typed  # as phones send it; whether there is such a day, a check says
    text = _tidy(typed, "NFKC")
    parts = _DATE_MARKS.sub("-", text)
    if match := _YEAR_FIRST.fullmatch(parts):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(parts) or _EIGHT_DIGITS.fullmatch(parts):
        day, month, year = match.groups()
    else:
        return text
    made = make_date(int(year), int(month), int(day))
    return made.isoformat() if made else text


_INDONESIAN = re.compile(r"(?:\+?62|0062)?0?(8.*)")
_RUPIAH = re.compile(r"(?:[Rr][Pp]\.?)?([0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+)(?:[.,]00|[.,]-)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")


def _clean_phone(typed: Any) -> str:
    text = _compact(typed).replace("(", "").replace(")", "")
    match = _INDONESIAN.fullmatch(text)
    return "+62" + match[1] if match else text


def _clean_money(typed: Any) -> int | str:
    if type(typed) is int and 0 <= typed < 10**15:
        return typed
    text = _tidy(typed, "NFKC")
    match = _RUPIAH.fullmatch(text.replace(" ", ""))
    digits = match[1].replace(".", "").replace(",", "") if match else ""
    return int(digits) if digits and len(digits) <= 15 else text


def _clean_decimal(typed: Any) -> float | str:
    if type(typed) is float and -999 < typed < 999:
        return float(f"{typed:.6f}") + 0.0  # no minus before zero
    finite = isinstance(typed, int | float) and not isinstance(typed, bool) and abs(typed) < 1e15
    text = f"{typed:.6f}" if finite else _tidy(typed, "NFKC")
    point = text.replace(",", ".", 1)
    return round(float(point), 6) + 0.0 if _DECIMAL.fullmatch(point) else text


def _clean_integer(typed: Any) -> int | str:
    if isinstance(typed, int | float) and not isinstance(typed, bool) and abs(typed) < 1e15:
        return int((typed + 0.5) // 1)
    text = _tidy(typed, "NFKC")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text


_FLAGS = {**dict.fromkeys(["true", "1", "on", "yes", "ya"], True), **dict.fromkeys(["false", "0", "off", "no", "tidak"], False)}

CLEAN: dict[str, Callable[[Any], Any]] = {
    "digits": _compact,
    "name": _tidy,
    "text": _tidy,
    "code": _tidy,
    "date": _clean_date,
    "phone": _clean_phone,
    "money": _clean_money,
    "decimal": _clean_decimal,
    "integer": _clean_integer,
    "flag": lambda typed: typed if isinstance(typed, bool) else _FLAGS.get(_tidy(typed).lower()),
}


def clean(name: str, typed: Any) -> Any:
    """Return the stored form of what was typed, or None when nothing was."""
    if typed is None:
        return None
    value = CLEAN[rules_by_field()[name].clean](typed)
    return None if value == "" else value


def clean_all(typed: Mapping[str, Any]) -> Answers:
    answers: Answers = dict.fromkeys(FIELDS)
    for name, clean_one in _cleaners():
        raw = typed.get(name)
        if raw is not None and (value := clean_one(raw)) != "":
            answers[name] = value
    for rule in _of_one_category():
        if answers["category"] and rule.only_for != answers["category"]:
            answers[rule.field] = None
    return answers


@cache
def _cleaners() -> list[tuple[str, Callable[[Any], Any]]]:
    """Looked up once and not for each of 50 records, as the checks."""
    return [(rule.field, CLEAN[rule.clean]) for rule in table()]


@cache
def _of_one_category() -> list[Rule]:
    return [rule for rule in table() if rule.only_for]


# ---- checks: each returns None, or a code with the values that its sentence needs

Outcome = tuple[str, dict[str, Any]] | None


def age_on(day: dt.date, born: dt.date) -> int:
    """Return completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _digits(value: str, rule: Rule, _answers: Answers, _at: Circumstances, want: int) -> Outcome:
    if not _ONLY_DIGITS.fullmatch(value):
        return "not_digits", {}
    if rule.field == "nik" and len(value) == 11:
        return "looks_like_kpj", {}
    return None if len(value) == want else ("digits", {"have": len(value), "want": want})


def _max(value: str, _rule: Rule, _answers: Answers, _at: Circumstances, most: int) -> Outcome:
    return None if len(value) <= most else ("too_long", {"have": len(value), "max": most})


def _one_of(value: Any, _rule: Rule, _answers: Answers, _at: Circumstances, choices: list[str]) -> Outcome:
    return None if value in choices else ("unknown_choice", {})


_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z .',/-]*")
_ONLY_DIGITS = re.compile(r"[0-9]*")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOBILE = re.compile(r"\+628[0-9]{7,11}")
_NIK = re.compile(r"[0-9]{16}")


def _name(value: str, _rule: Rule, _answers: Answers, _at: Circumstances) -> Outcome:
    if _PLAIN_NAME.fullmatch(value):
        return None
    fine = all(c in " .'’,/-" or unicodedata.category(c)[0] in "LM" for c in value)
    return None if fine and unicodedata.category(value[0])[0] == "L" else ("name_characters", {})


def _date(value: str, _rule: Rule, _answers: Answers, _at: Circumstances) -> Outcome:
    fine = _ISO_DATE.fullmatch(value) and make_date(*map(int, value.split("-")))
    return None if fine else ("not_a_date", {})


def _past(value: str, _rule: Rule, _answers: Answers, at: Circumstances) -> Outcome:
    return None if value <= at.as_of.isoformat() else ("in_future", {})


def _under_age(value: str, _rule: Rule, _answers: Answers, at: Circumstances, limit: int) -> Outcome:
    age = age_on(at.start_on, dt.date.fromisoformat(value))
    return None if age < limit else ("age_limit", {"age": age, "limit": limit})


def _phone(value: str, _rule: Rule, _answers: Answers, _at: Circumstances) -> Outcome:
    return None if _MOBILE.fullmatch(value) else ("not_a_phone", {})


def _between(value: Any, _rule: Rule, _answers: Answers, _at: Circumstances, least: float, most: float) -> Outcome:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "not_a_number", {}
    return None if least <= value <= most else ("out_of_range", {"min": least, "max": most})


@cache
def _region_code(regency: str, rest: str) -> re.Pattern[str]:
    return re.compile(re.escape(regency) + rest)


def _district(value: str, _rule: Rule, _answers: Answers, at: Circumstances) -> Outcome:
    return None if _region_code(at.regency, r"\.[0-9]{2}").fullmatch(value) else ("unknown_choice", {})


def _village(value: str, _rule: Rule, _answers: Answers, at: Circumstances) -> Outcome:
    return None if _region_code(at.regency, r"\.[0-9]{2}\.[0-9]{4}").fullmatch(value) else ("unknown_choice", {})


def _within(value: str, _rule: Rule, answers: Answers, _at: Circumstances, outer: str) -> Outcome:
    return None if not answers.get(outer) or region.covers(answers[outer], value) else ("other_district", {})


def _true(value: Any, _rule: Rule, _answers: Answers, _at: Circumstances) -> Outcome:
    return None if value is True else ("consent_needed", {})


CHECKS: dict[str, Callable[..., Outcome]] = {
    "digits": _digits,
    "max": _max,
    "one_of": _one_of,
    "name": _name,
    "date": _date,
    "past": _past,
    "under_age": _under_age,
    "phone": _phone,
    "integer": _between,
    "decimal": _between,
    "district": _district,
    "village": _village,
    "within": _within,
    "true": _true,
}


def problems(answers: Answers, at: Circumstances) -> list[Finding]:
    """Return what must be put right before the entry can be saved, at most one for each field, in field order."""
    found = []
    for rule, checks in _checks():
        value = answers.get(rule.field)
        if value is None or value == "":
            if rule.required and rule.only_for in (None, answers.get("category")):
                found.append(Finding(rule.field, "required"))
            continue
        for check, parameters in checks:
            if outcome := check(value, rule, answers, at, *parameters):
                found.append(Finding(rule.field, *outcome))
                break
    return found


@cache
def _checks() -> list[tuple[Rule, list[tuple[Callable[..., Outcome], list[Any]]]]]:
    return [(rule, [(CHECKS[name], told) for name, *told in rule.checks]) for rule in table()]


@lru_cache
def known_provinces() -> frozenset[str]:
    return frozenset(region.provinces())


def warnings(answers: Answers, at: Circumstances) -> list[Finding]:
    """Return what deserves a look at the KTP, of answers without problems in the fields concerned."""
    found = [Finding(name, f"{name}_wanted") for name, category in _wanted() if _is_missed(answers, name, category)]
    nik, born = answers.get("nik"), answers.get("birth_date")
    if not isinstance(born, str) or _date(born, rules_by_field()["birth_date"], answers, at):
        born = None  # a date that is none is a problem, and says nothing about the NIK
    if isinstance(nik, str) and _NIK.fullmatch(nik):
        regency = at.regency.replace(".", "")
        odd = nik_warnings(nik, born, answers.get("sex"), as_of=at.as_of, regency=regency, provinces=known_provinces())
        found += [Finding(name, code) for name, code in odd]
    if born:
        age = age_on(at.start_on, dt.date.fromisoformat(born))
        if age < at.minimum_age:
            found.append(Finding("birth_date", "age_young", {"age": age, "minimum": at.minimum_age}))
        if age == AGE_LIMIT - 1:
            found.append(Finding("birth_date", "age_near_limit", {"age": age, "limit": AGE_LIMIT}))
    return sorted(found, key=lambda finding: FIELDS.index(finding.field))


@cache
def _wanted() -> list[tuple[str, str]]:
    return [(rule.field, rule.wanted_for) for rule in table() if rule.wanted_for]


def _is_missed(answers: Answers, name: str, category: str) -> bool:
    return answers.get("category") == category and answers.get(name) in (None, "")
