"""Nothing in the tree knows one machine or another origin."""

import re

import pytest

from tests.house.tree import files, name, our_files

OURS = [p for p in our_files() if p.suffix not in {".gz", ".png", ".webp", ".jpg", ".ico"} and "/vendor/" not in name(p)]
# A folder of somebody's machine; /tmp in code is as bad, since two people's runs would meet there.
MACHINE = re.compile(r"/(?:home|Users|root)/[a-z0-9_.-]+/|/(?:work|tmp)/[a-z]", re.I)
ALLOWED = {"tests/house/test_traces.py", "docs/operate.md", "README.md"}
ORIGIN = re.compile(r"(?:https?:)?//(?!localhost|127\.0\.0\.1)[a-z0-9-]+\.[a-z0-9.-]+", re.I)
# Addresses that are named and never asked: XML namespaces and the messenger a person opens by hand.
NAMED_ONLY = ("http://www.w3.org", "https://wa.me")


@pytest.mark.parametrize("path", OURS, ids=name)
def test_no_path_of_a_machine(path):
    if name(path) not in ALLOWED:
        assert MACHINE.findall(path.read_text(errors="replace")) == []


SERVED = [p for p in files("templates/", ".html") + files("static/", ".js", ".css", ".svg", ".json") if "/vendor/" not in name(p)]


@pytest.mark.parametrize("path", SERVED, ids=name)
def test_nothing_served_names_another_origin(path):
    code = re.sub(r"^\s*(?://|\*|/\*).*$", "", path.read_text(), flags=re.M)
    assert [a for a in ORIGIN.findall(code) if not a.startswith(NAMED_ONLY)] == []
