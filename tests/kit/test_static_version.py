"""Static files of a release: those of the one before stay for the processes that still serve it, older ones go."""

import os
import time

import pytest
from flask import Flask

from sbt_pwa.kit import static_version


@pytest.fixture
def release(tmp_path):
    """A process of the release whose script says this."""
    source = tmp_path / "source"
    source.mkdir()

    def release(script: str) -> Flask:
        (source / "main.js").write_text(script)
        app = Flask(__name__, static_folder=None)
        app.config["SBT_DATA_DIR"] = tmp_path
        static_version.init_app(app, source)
        return app

    return release


@pytest.fixture
def published(tmp_path):
    return lambda: {path.name for path in (tmp_path / "static").iterdir()}


def asked(app: Flask) -> tuple[int, str]:
    with app.test_client().get(f"/static/{version(app)}/main.js") as answer:
        return answer.status_code, answer.get_data(as_text=True)


def version(app: Flask) -> str:
    return app.extensions["static_version"]


def test_a_process_of_the_version_before_goes_on_serving_its_files(release):
    old = release("old()")
    new = release("new()")
    assert asked(old) == (200, "old()")
    assert asked(new) == (200, "new()")


def test_what_is_older_than_the_version_before_is_removed(release, published):
    versions = [version(release(f"say({number})")) for number in range(4)]
    assert published() == set(versions[-2:])


def test_a_way_back_counts_as_the_newest(release, published):
    first, second = version(release("first()")), version(release("second()"))
    assert version(release("first()")) == first
    third = version(release("third()"))
    assert published() == {first, third}
    assert second not in published()


def test_what_a_killed_process_left_unfinished_goes_after_a_day(release, published, tmp_path):
    old, young = (tmp_path / "static" / f"{name}.{name}.new" for name in ("1", "2"))
    for draft, hours in ((old, 25), (young, 1)):
        draft.mkdir(parents=True)
        (draft / "main.js").write_text("half")
        made_at = time.time() - hours * 3_600
        os.utime(draft, (made_at, made_at))
    now = version(release("now()"))
    assert published() == {now, young.name}  # another process may be at work on the young one


def test_starting_twice_changes_nothing(release, published):
    before, now = version(release("before()")), version(release("now()"))
    release("now()")
    assert published() == {before, now}


def test_a_file_is_told_without_what_to_ask_again_by(release):
    """Its address never changes its content, and thirty files would each carry the date and the tag."""
    app = release("say()")
    with app.test_client().get(f"/static/{version(app)}/main.js") as answer:
        assert not {"Last-Modified", "ETag"} & set(answer.headers.keys())
        assert "immutable" in answer.headers["Cache-Control"]
