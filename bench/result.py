"""One measured figure, and the table they make."""

from __future__ import annotations

from dataclasses import dataclass


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


def table(figures: list[Figure]) -> str:
    head = ["| figure | measured | goal | reached |", "|---|---|---|---|"]
    return "\n".join(head + [figure.row() for figure in figures])
