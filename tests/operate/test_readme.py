"""The README tells every setting as the code knows it, and its pictures are there."""

import re
from pathlib import Path

from sbt_pwa.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_setting_is_told():
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "empty"
        assert f"| `{setting.name}` | {default} | {setting.changes} |" in README


def test_every_picture_and_page_that_it_names_is_there():
    for path in re.findall(r"\]\((docs/[^)]+)\)", README) + re.findall(r"docs/\w+\.md", README):
        assert (ROOT / path).exists(), path
