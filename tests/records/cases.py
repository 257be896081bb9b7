"""The cases that Python and JavaScript both run."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any

from sbt_pwa.records.rules import Circumstances

FOLDER = Path(__file__).resolve().parents[1] / "shared_cases"


@cache
def cases(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def circumstances(case: dict[str, Any] | None = None) -> Circumstances:
    """The days of the case, or those of the table."""
    told = cases("rules_table") | (case or {})
    as_of, start_on = (dt.date.fromisoformat(told[name]) for name in ("as_of", "start_on"))
    return Circumstances(as_of, start_on, told["regency"], told["minimum_age"])
