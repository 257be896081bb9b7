"""What we took from others is what its README says: every file of a vendored folder has its hash on record."""

import hashlib
import json

import pytest

from tests.house.tree import ROOT, our_files

FOLDERS = ["static/vendor", "sbt_pwa/kit/vendor", "tests/vendor"]


def hash_of(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("folder", FOLDERS)
def test_vendored_files_are_unchanged_and_none_is_unknown(folder):
    recorded = json.loads((ROOT / folder / "hashes.json").read_text())
    there = {
        path.relative_to(ROOT / folder).as_posix(): hash_of(path)
        for path in our_files()
        if path.is_relative_to(ROOT / folder) and path.parent != ROOT / folder
    }
    assert there == recorded


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_says_where_it_is_from_its_version_and_its_licence(folder):
    for package in sorted((ROOT / folder).glob("*@*")):
        readme = (package / "README.md").read_text()
        assert package.name.partition("@")[2] in readme
        assert "Licence:" in readme
        assert "Why:" in readme
        assert (package / "LICENSE").exists()
