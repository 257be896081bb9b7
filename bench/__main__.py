"""`python -m bench [name ...]`: measure, and print the table. SBT_BENCH_COUNT=3000 shows quickly whether one still goes."""

from __future__ import annotations

import importlib
import sys

from .result import HEAD

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
    reached = True
    print(HEAD)
    for name in names or SCRIPTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        for figure in importlib.import_module(f"bench.{name}").figures():
            print(figure.row(), flush=True)
            reached = reached and figure.reached is not False
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
