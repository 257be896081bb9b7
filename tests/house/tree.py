"""The tree under test: our files, as git knows them (plus what is new and not ignored)."""

import ast
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "sbt_pwa"
ROOMS = ("register", "approve", "recheck", "check", "exchange", "oversee", "administer", "sign_in", "sync", "offline")


@cache
def our_files() -> list[Path]:
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True) if shutil.which("git") else None
    if listed is None or listed.returncode:  # an unpacked archive, or a machine without git
        return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and not is_made_here(path.relative_to(ROOT).parts)]
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def is_made_here(parts: tuple[str, ...]) -> bool:
    """What .gitignore names: it comes from running things, and not from us."""
    made = {"instance", "node_modules", "build", "__pycache__"}
    return bool(made & set(parts)) or any(part.startswith(".") and part != ".ci" for part in parts[:-1])


def files(under: str, *endings: str) -> list[Path]:
    return [p for p in our_files() if name(p).startswith(under) and p.suffix in endings]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))
