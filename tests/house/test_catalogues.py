"""Every visible word is there in Indonesian, with the same placeholders. The msgids are the English words."""

import re
from gettext import GNUTranslations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.house.tree import ROOT

FOLDER = ROOT / "sbt_pwa" / "translations"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_n": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")


@pytest.fixture(scope="module")
def words() -> set:
    """The msgids that the code and the templates ask for: text, or (one, many)."""
    found = set()
    lists = "sbt_pwa.kit.i18n:words_of_list"
    kinds = (("sbt_pwa", "**.py", "python"), ("templates", "**.html", "jinja2"), ("sbt_pwa", "**.csv", lists))
    for folder, pattern, method in kinds:
        rows = extract_from_dir(ROOT / folder, method_map=[(pattern, method)], keywords=KEYWORDS)
        found |= {message for _file, _line, message, _comments, _context in rows}
    assert found
    return found


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def test_indonesian_has_every_word(words):
    there = catalogue("id")
    missing = [word for word in words if word not in there or not there[word].string or not all(listed(there[word].string))]
    assert sorted(map(str, missing)) == []


def test_no_word_is_a_guess():
    assert [m.id for m in catalogue("id") if m.fuzzy and m.id] == []


def test_placeholders_are_the_same_on_both_sides():
    different = []
    for message in catalogue("id"):
        asked = set(PLACEHOLDER.findall(listed(message.id)[-1]))
        for text in listed(message.string):
            # A plural form may leave the number out ("one worker"), never bring a new one.
            if message.id and text and set(PLACEHOLDER.findall(text)) != asked:
                different.append((message.id, text))
    assert different == []


def test_what_is_counted_comes_as_text(words):
    """`%(count)s` with `show_number`, which writes 1.234: with `%(num)d` a thousand would lose its dot."""
    assert [word for word in words if isinstance(word, tuple) and re.search(r"%\(\w+\)d", "".join(word))] == []


def test_no_word_is_left_over(words):
    """A word that nothing asks for is kept in step by nobody."""
    assert [m.id for m in catalogue("id") if m.id and m.id not in words] == []


def test_what_is_served_was_made_from_the_catalogue():
    with (FOLDER / "id" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        served = GNUTranslations(file)
    written = catalogue("id")
    said = {
        m.id: served.ngettext(*m.id, 5) if isinstance(m.id, tuple) else served.gettext(m.id)
        for m in written
        if m.id and all(listed(m.string))
    }
    assert {one: text for one, text in said.items() if text != listed(written[one].string)[-1]} == {}


def listed(text) -> list[str]:
    return list(text) if isinstance(text, tuple | list) else [text]
