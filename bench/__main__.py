"""`python -m bench [name ...]`: measure, and print the table. SBT_BENCH_COUNT=3000 shows quickly whether one still goes."""

from __future__ import annotations

import importlib
import sys

from .result import Figure, table

SCRIPTS = [
    "sync_batch",
    "queue",
    "page_weight",
    "phone",
    "exchange_files",
    "answer_run",
    "contribution_run",
    "month_page",
    "dashboard",
]


def main(names: list[str]) -> int:
    found: list[Figure] = []
    for name in names or SCRIPTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        found += importlib.import_module(f"bench.{name}").figures()
    print(table(found))
    return 1 if any(figure.reached is False for figure in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
