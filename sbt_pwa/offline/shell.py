"""The shell: the files and pages that the service worker keeps, under one version."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app

from ..kit.static_version import tree_version
from ..settings import VERSION

PAGES = ["/offline/register", "/offline/form", "/offline/page"]
FOLDERS = ["client", "css", "vendor/hpke", "vendor/uqr", "icons/icon.svg", "icons/icon-192.png"]


def shell() -> dict[str, Any]:
    """Return the version, the pages and the files. The version changes with any of them; the language is none of it."""
    static = _static_folder()
    version = current_app.extensions["static_version"]
    return {
        "version": _words_version(),
        "app": VERSION,
        "pages": PAGES,
        "files": [f"/static/{version}/{path}" for path in _files(static)],
    }


def shell_line() -> str:
    return f"const SHELL = {json.dumps(shell())};\n"


@cache
def _files(static: Path) -> list[str]:
    paths = [p.relative_to(static).as_posix() for p in sorted(static.rglob("*")) if p.suffix in {".js", ".css", ".svg", ".png"}]
    return [path for path in paths if any(path.startswith(folder) for folder in FOLDERS)]


def _words_version() -> str:
    house = Path(current_app.root_path)
    return _digest(house, current_app.extensions["static_version"])


@cache
def _digest(house: Path, static_version: str) -> str:
    parts = [static_version, tree_version(house / "templates"), tree_version(house / "sbt_pwa" / "translations")]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


def _static_folder() -> Path:
    return Path(current_app.root_path) / "static"
