"""Imports only point down: app -> rooms -> records -> kit. A room never imports a room; records know no request.

Why: five jobs touch one record. Where rooms import rooms, a change for one person breaks another's page.
"""

import ast
from pathlib import Path

import pytest

from tests.house.tree import APP, ROOMS, files, name, parsed

FLOOR = {"kit": 0, "records": 1} | dict.fromkeys(ROOMS, 2)
# What a record may not know: the web. (flask_babel it may: its messages are lazy and meet a language only when they are shown.)
WEB = {"flask", "flask_login", "flask_wtf", "wtforms", "flask_htmx", "flask_limiter", "werkzeug", "jinja2"}


def imports(path: Path, source: str | None = None) -> list[str]:
    """Full names of all modules that a file imports, wherever in the file it does."""
    package = name(path).removesuffix(".py").removesuffix("/__init__").split("/")
    if path.name != "__init__.py":
        package = package[:-1]
    found = []
    for node in ast.walk(ast.parse(source) if source is not None else parsed(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            found += [f"{module}.{alias.name}" for alias in node.names]
    return found


def trouble(path: Path, source: str | None = None) -> list[str]:
    parts = path.relative_to(APP).parts
    here = parts[0] if len(parts) > 1 else "app"
    if here not in FLOOR:
        return []  # sbt_pwa/__init__.py and its neighbours see everything; migrations see nothing of ours
    found = []
    for module in imports(path, source):
        top, *rest = module.split(".")
        if top == "sbt_pwa":
            there = rest[0] if rest else "app"
            if there == "settings" and FLOOR[here] == 2:
                continue  # a list of names and defaults that itself imports nothing of ours
            if there not in FLOOR:
                found.append(f"{name(path)} imports {module}: only the top floor sees that")
            elif FLOOR[there] > FLOOR[here] or (FLOOR[there] == FLOOR[here] == 2 and there != here):
                found.append(f"{name(path)} ({here}) imports {module} ({there})")
        elif here == "records" and top in WEB:
            found.append(f"{name(path)} imports {module}: records know no request")
    return found


@pytest.mark.parametrize("path", files("sbt_pwa/", ".py"), ids=name)
def test_imports_only_point_down(path):
    assert trouble(path) == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("kit/seal.py", "from ..records import worker"),
        ("kit/seal.py", "from .. import settings"),
        ("kit/seal.py", "def f():\n    from ..settings import VERSION"),
        ("records/rules.py", "from flask import request"),
        ("records/rules.py", "import flask_login"),
        ("records/rules.py", "from ..approve.views import room"),
        ("approve/views.py", "from ..register.forms import Form"),
        ("approve/views.py", "from sbt_pwa.register import forms"),
        ("approve/views.py", "import sbt_pwa.register.views"),
    ],
)
def test_the_guard_sees(place, source):
    assert trouble(APP / place, source)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("approve/views.py", "from . import room\nfrom .forms import Decision\nfrom ..records.rules import problems"),
        ("records/rules.py", "from ..kit.db import db\nfrom .nik import read_nik\nimport re"),
        ("kit/seal.py", "from .db import db\nfrom flask import g"),
    ],
)
def test_the_guard_lets_pass(place, source):
    assert trouble(APP / place, source) == []
