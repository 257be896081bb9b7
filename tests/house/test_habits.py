"""Habits of the house that a reader should not have to check by eye."""

import ast
import re

import pytest

from tests.house.tree import ROOMS, files, name, our_files, parsed

# Names that say nothing: such a file grows for ever, because everything belongs into it.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "lib", "tools"}
ROOM_FILES = [p for room in ROOMS for p in files(f"sbt_pwa/{room}/", ".py")]


def test_no_file_has_an_empty_name():
    assert [name(p) for p in our_files() if p.stem.lower() in EMPTY_NAMES and "/vendor/" not in name(p)] == []


def rule_breaks(tree: ast.AST) -> list[str]:
    """What a room may not do: read rows past the one scoped query, or decide when a transaction ends."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        said = ast.unparse(node.func)
        if said == "select" and any(ast.unparse(one).split(".")[0] == "Registration" for one in node.args):
            found.append(f"line {node.lineno}: select(Registration): what a person may see comes out of registrations_seen_by()")
        if said.endswith(("session.get", "query.get")) or "get_or_404" in said:
            found.append(f"line {node.lineno}: {said} looks past the scoped query: another region's row would open")
        if said.endswith(("session.commit", "session.rollback")):
            found.append(f"line {node.lineno}: {said}: one request is one transaction, ended in kit/transactions.py")
    return found


@pytest.mark.parametrize("path", ROOM_FILES, ids=name)
def test_rooms_ask_records_and_leave_transactions_alone(path):
    assert rule_breaks(parsed(path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "db.session.get(Registration, id)",
        "Registration.query.get(id)",
        "db.get_or_404(Registration, id)",
        "db.session.commit()",
        "kit.db.session.rollback()",
        "db.session.scalars(select(Registration))",
        "db.session.scalar(select(Registration.id).where(Registration.id == id))",
    ],
)
def test_the_guard_sees(source):
    assert rule_breaks(ast.parse(source))


def test_the_guard_lets_dictionaries_be():
    assert rule_breaks(ast.parse("request.form.get('x'); session.get_token(); settings.get('y')")) == []


def swallowed(tree: ast.AST) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(child, ast.Raise) or "log" in ast.unparse(child) for child in node.body)
    ]


@pytest.mark.parametrize("path", files("sbt_pwa/", ".py"), ids=name)
def test_no_fault_of_ours_is_swallowed(path):
    """`except Exception: pass` hides our own bugs; a narrow exception says what was expected."""
    assert swallowed(parsed(path)) == []


def loose_patterns(tree: ast.AST) -> list[str]:
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).startswith("re.")
    ]
    patterns = [node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)]
    return [pattern for pattern in patterns if isinstance(pattern, str) and (r"\d" in pattern or pattern.endswith("$"))]


@pytest.mark.parametrize("path", files("sbt_pwa/", ".py"), ids=name)
def test_patterns_mean_ascii_digits_and_whole_texts(path):
    r"""`\d` also takes Arabic-Indic digits, and `$` a newline at the end: both let a wrong NIK through (measured)."""
    assert loose_patterns(parsed(path)) == []


def test_the_guards_see_swallowed_faults_and_loose_patterns():
    assert swallowed(ast.parse("try:\n    go()\nexcept Exception:\n    pass"))
    assert swallowed(ast.parse("try:\n    go()\nexcept:\n    x = 1"))
    assert not swallowed(ast.parse("try:\n    go()\nexcept ValueError:\n    pass"))
    assert loose_patterns(ast.parse(r"re.compile(r'\d{16}')"))
    assert loose_patterns(ast.parse("re.match('[0-9]{16}$', x)"))
    assert not loose_patterns(ast.parse("re.fullmatch('[0-9]{16}', x)"))


def test_a_create_app_fits_on_one_screen():
    """It is the house's table of contents."""
    assert len((files("sbt_pwa/__init__.py", ".py")[0]).read_text().splitlines()) <= 60


def lax_writes(source: str) -> list[str]:
    """Calls of `….transaction(…)` that may write and do not ask to reach the disk."""
    calls = re.findall(r"\.transaction\(.*?\);", source, flags=re.S)
    return [call for call in calls if 'durability: "strict"' not in call and '"readonly"' not in call]


def test_every_write_on_the_phone_waits_for_the_disk():
    """A receipt is a promise: Chromium may answer before the disk has it unless durability is strict."""
    sources = {name(path): path.read_text() for path in files("static/", ".js") if "/vendor/" not in name(path)}
    assert any(".transaction(" in source for source in sources.values())
    assert {path: found for path, source in sources.items() if (found := lax_writes(source))} == {}


def test_the_guard_sees_a_write_that_does_not_wait():
    assert lax_writes("const tx = db.transaction(names, mode);")
    assert lax_writes('db.transaction(["outbox"], "readwrite", { durability: "relaxed" }).objectStore("outbox");')
    assert not lax_writes('db.transaction(names, mode, { durability: "strict" });\ndb.transaction("facts", "readonly");')
