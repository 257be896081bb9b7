"""The client's own tests, run by the node that Playwright brings: no machine needs to have one."""

import pytest

from tests.house.tree import files, name
from tests.node import run_node


@pytest.mark.parametrize("path", [p for p in files("tests/client/", ".mjs") if p.name.endswith(".test.mjs")], ids=name)
def test_passes_in_node(path):
    done = run_node("--test", "--test-reporter=tap", str(path), timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "\n# fail 0" in done.stdout
    assert "\n# tests 0" not in done.stdout, "it ran no test"
