"""Operations as a person types them: each in its own process, with settings from the environment."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


@pytest.fixture
def flask(tmp_path):
    """`flask(*words)` runs the command on a data folder of its own and answers what was printed."""

    def run(*words, fails=False, **settings):
        environ = KEPT | {"SBT_DATA_DIR": str(tmp_path / "data")} | settings
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    run.folder = tmp_path / "data"
    return run


def serve(flask, **settings):
    """What a WSGI server does: import the app."""
    environ = KEPT | {"SBT_DATA_DIR": str(flask.folder)} | settings
    command = [sys.executable, "-c", "import app"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A data folder with keys and an empty database, made once by the commands themselves."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    for words in (("keys", "make"), ("db", "upgrade")):
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        subprocess.run(command, cwd=ROOT, env=KEPT | {"SBT_DATA_DIR": str(folder)}, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture
def ready(flask, prepared):
    shutil.copytree(prepared, flask.folder)
    return flask


def test_a_server_without_keys_does_not_start_and_says_how_to_make_them(flask):
    done = serve(flask)
    assert done.returncode != 0
    assert "keys make" in done.stderr


def test_keys_are_made_once_and_are_readable_by_their_owner_only(flask):
    flask("keys", "make")
    path = flask.folder / "keys.json"
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "exists already" in flask("keys", "make", fails=True)
    assert path.read_text() == before


def test_a_key_file_that_others_may_read_keeps_the_server_from_starting(flask):
    flask("keys", "make")
    (flask.folder / "keys.json").chmod(0o644)
    done = serve(flask)
    assert done.returncode != 0
    assert "chmod 600" in done.stderr


def test_keys_may_come_from_the_environment(ready):
    keys = (ready.folder / "keys.json").read_text()
    (ready.folder / "keys.json").unlink()
    assert serve(ready, SBT_KEYS=keys).returncode == 0
    broken = serve(ready, SBT_KEYS=json.dumps({"data": []}))
    assert broken.returncode != 0
    assert "cannot be read" in broken.stderr


def test_an_account_gets_a_one_time_password(ready):
    ready("load-regions")
    told = ready("account", "create", "wati", "--name", "Wati", "--role", "officer", "--region", "81.05.01")
    assert re.search(r"One-time password: \S{12,}", told)
    again = ready("account", "create", "wati", "--name", "Wati", "--role", "officer", "--region", "81.05.01", fails=True)
    assert "already" in again


def test_an_account_needs_a_region_that_is_loaded(ready):
    told = ready("account", "create", "wati", "--name", "Wati", "--role", "officer", "--region", "81.05.01", fails=True)
    assert "load-regions" in told


def test_any_regency_can_be_loaded(ready):
    assert re.search(r"^\d+ regions of 32.75", ready("load-regions", "32.75"))
    assert "no regency 99.99" in ready("load-regions", "99.99", fails=True)


def test_demo_people_keep_a_server_in_service_from_starting(flask, demo_data):
    shutil.copytree(demo_data, flask.folder)
    assert serve(flask, SBT_DEMO="1").returncode == 0
    done = serve(flask)
    assert done.returncode != 0
    assert "demo people" in done.stderr


def test_the_demo_is_for_demo_mode_only(ready):
    assert "SBT_DEMO=1" in ready("run-demo", fails=True)


def test_counters_are_checked_and_counted_anew(ready):
    ready("load-regions")
    assert "agree" in ready("coverage", "check")
    assert "coverage rebuild" in ready("coverage", "check", fails=True, SBT_TIME_ZONE="Asia/Jakarta")
    ready("coverage", "rebuild", SBT_TIME_ZONE="Asia/Jakarta")
    assert "agree" in ready("coverage", "check", SBT_TIME_ZONE="Asia/Jakarta")
