"""One measured figure, as a row of the table they make."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "| figure | measured | goal | reached |\n|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    what: str
    value: float
    unit: str
    goal: str
    reached: bool | None = None  # None: told for comparison, no goal

    def row(self) -> str:
        value = f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:,.2f}" if self.value < 10 else f"{self.value:,.1f}"
        mark = {True: "yes", False: "NO", None: ""}[self.reached]
        return f"| {self.what} | {value} {self.unit} | {self.goal} | {mark} |"
