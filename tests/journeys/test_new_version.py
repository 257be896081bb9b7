"""A release while the outbox is full: offered, never forced, and no record is lost."""

import re
import shutil

import pytest

from tests.factories import invented
from tests.faults.proxy import PASS, REFUSE, RESET
from tests.faults.server import ROOT, ServerProcess
from tests.words import words


@pytest.fixture(scope="module")
def server(demo_data, tmp_path_factory):
    """One of its own, since it is stopped."""
    server = ServerProcess(shutil.copytree(demo_data, tmp_path_factory.mktemp("server") / "data")).start()
    yield server
    server.kill()


@pytest.fixture
def newer(server, tmp_path):
    """The next release, on the same data."""
    newer = ServerProcess(server.data_dir, tree=newer_tree(tmp_path / "newer"))
    yield newer
    newer.kill()


def test_a_new_version_is_offered_and_costs_no_record(phone, line, server, newer, stored):
    phone.get_ready("sari")
    line.set(REFUSE)
    codes = [phone.register(invented(seed)) for seed in (47, 48, 49)]
    server.stop()
    newer.start()
    line.target_port = newer.port
    line.set(RESET, only="/sync/batch")
    phone.day()
    phone.page.locator("#update").wait_for(state="visible")
    phone.sees(words("A new version of the app is here. Everything on this phone is kept."))
    old = loaded_version(phone)
    phone.wait_for_counts(waiting=3)
    phone.day()
    assert loaded_version(phone) == old, "offered, never forced"
    phone.page.locator("#update button").wait_for(state="visible")
    phone.page.locator("#update button").click()
    phone.wait(f"!document.querySelector(`script[src*='/{old}/']`)")
    assert loaded_version(phone) != old
    phone.wait_for_counts(waiting=3)
    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=3)
    assert all(stored.by_code(code) for code in codes)


def loaded_version(phone) -> str:
    sources = phone.page.evaluate("[...document.scripts].map((s) => s.getAttribute('src')).join(' ')")
    return re.search(r"/static/([0-9a-f]+)/", sources)[1]


def newer_tree(folder):
    """A copy of the app whose client changed by a comment, as any release changes it."""
    folder.mkdir()
    for name in ("app.py", "sbt_pwa", "static", "templates"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    main = folder / "static" / "client" / "main.js"
    main.write_text("// the next release\n" + main.read_text())
    return folder
