"""Static files under one version: /static/<version>/..., minified and compressed once, kept by browsers for a year.

The whole tree stands under one version so that modules may import each other by relative paths.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import posixpath
import re
import shutil
import time
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

import brotli
from flask import Flask
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise import WhiteNoise

from .headers import ONE_YEAR

ONE_DAY = 86_400  # seconds
SMALL = 300  # bytes below which compression gains nothing
# A file needs few of a page's headers, and thirty files would carry them thirty times.
FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
TEXT = {".js", ".css", ".svg", ".json", ".txt", ".md"}


def tree_version(folder: Path) -> str:
    """Return 10 hex digits that change when any file does."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def publish(source: Path, target: Path) -> None:
    """Copy the tree to `target` with .br and .gz beside what compresses; all but this version and the one before go."""
    if target.is_dir():
        os.utime(target)  # the newest again, after a way back
        return
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(source, draft)
    for path in [p for p in draft.rglob("*") if p.suffix in TEXT and p.stat().st_size > SMALL]:
        data = _smaller(path, path.read_bytes())
        path.write_bytes(data)
        path.with_name(path.name + ".br").write_bytes(brotli.compress(data, quality=11))
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(data, 9, mtime=0))
    os.utime(draft)  # copied with the source's time
    others = [path for path in target.parent.iterdir() if path != target]
    _remove_old([path for path in others if path.suffix != ".new"])
    _remove_left([path for path in others if path.suffix == ".new" and path != draft])
    try:
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft)  # another process was faster


def _remove_old(others: list[Path]) -> None:
    """Keep the newest: a process of the version before may serve it until it is restarted."""
    for old in sorted(others, key=_made_at)[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def _remove_left(drafts: list[Path]) -> None:
    """Remove what a killed process never finished; a young one is another process at work."""
    for draft in drafts:
        if _made_at(draft) < time.time() - ONE_DAY:
            shutil.rmtree(draft, ignore_errors=True)


def _made_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # another process was faster
        return 0


def _smaller(path: Path, data: bytes) -> bytes:
    """Return our own script or style without comments and blanks; what others wrote stays as its hash says."""
    shrink = {".js": jsmin, ".css": cssmin}.get(path.suffix)
    ours = shrink and "vendor" not in path.parts
    return shrink(data.decode()).encode() if ours and shrink else data


def modules_of(folder: Path, path: str) -> list[str]:
    """Return the module and all that it imports from the start, so that a page can ask for them in one round trip."""
    found: list[str] = []
    waiting = [path]
    while waiting:
        path = waiting.pop(0)
        if path not in found:
            found.append(path)
            code = (folder / path).read_text(encoding="utf-8")
            names = re.findall(r"""^(?:import|export)\b[^;"']*?["'](\.[^"']+)["']""", code, re.MULTILINE)
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names]
    return found


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in FILE_HEADERS.items():
        headers[name] = value


class VersionedFiles(WhiteNoise):
    """Files without what a browser would ask again by: the version in the address says it all."""

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> Any:
        found = super().get_static_file(path, url, stat_cache)
        found.alternatives = [
            (wanted, file, [header for header in headers if header[0] not in ("Last-Modified", "ETag")])
            for wanted, file, headers in found.alternatives
        ]
        return found


def init_app(app: Flask, source: Path) -> None:
    version = tree_version(source)
    target = app.config["SBT_DATA_DIR"] / "static" / version
    target.parent.mkdir(parents=True, exist_ok=True)
    publish(source, target)
    app.extensions["static_version"] = version
    app.jinja_env.globals["static_url"] = lambda path: f"/static/{version}/{path}"
    app.jinja_env.globals["modules_of"] = cache(lambda path: modules_of(source, path))
    served = VersionedFiles(
        app.wsgi_app,
        root=target,
        prefix=f"static/{version}/",
        max_age=ONE_YEAR,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )
    app.wsgi_app = served  # type: ignore[method-assign]
