"""Node for the tests: the one that Playwright's package brings, so that no machine needs to have it."""

import subprocess
from pathlib import Path

import playwright

NODE = Path(playwright.__file__).parent / "driver" / "node"
ROOT = Path(__file__).resolve().parents[1]


def run_node(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(NODE), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )


if __name__ == "__main__":
    raise SystemExit(subprocess.run([str(NODE), "--version"]).returncode)
