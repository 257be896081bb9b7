"""What a piece of work costs: seconds on the wall, and what this process grew at its peak."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def effort(work: Callable[[], object]) -> tuple[float, float]:
    """Return (seconds, MB that this process grew at its peak)."""
    count_peak_anew()
    before, began = peak(), time.perf_counter()
    work()
    return time.perf_counter() - began, peak() - before


def count_peak_anew() -> None:
    CLEAR.write_text("5")


def peak() -> float:
    """Return the memory peak of this process in MB."""
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("VmHWM")) / 1024
