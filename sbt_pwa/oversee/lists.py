"""Where a figure leads: to the list of exactly those whom it counts, for those who may see it; else to the places behind it."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from flask_babel import gettext as _

from ..records.account import Account
from ..records.region import level_of
from .forms import Chosen

LISTED_BY_SUPERVISOR = ("submitted", "held", "returned", "approved", "waitlisted")
LISTED_BY_OFFICE = ("waitlisted", "approved", "sent", "declined", "active")


class Lists:
    """The addresses for one reader, under one choice."""

    def __init__(self, account: Account, asked: Chosen):
        self.account, self.choice, self.told = account, asked.choice, asked.told

    def of(self, status: str, late: bool = False) -> str:
        """Return the address of what is behind the figure of a stage; nothing in a village for whoever sees no list."""
        return self.people(status, late=late) or self.places(status)

    def people(self, status: str, region: str = "", late: bool = False) -> str:
        """Return the address of the list of these people, or nothing for whoever may not see one."""
        region, standing = region or self.choice.region, {"late": "yes"} if late else {}
        if self.account.role == "supervisor" and status in LISTED_BY_SUPERVISOR and not self.choice.programme_id:
            return self._queue(status, region, standing)
        whole = level_of(region) == "regency" and not self.choice.category
        if self.account.role == "office" and status in LISTED_BY_OFFICE and whole:
            programme = {"programme": self.choice.programme_id} if self.choice.programme_id else {}
            return "/exchange/people?" + urlencode(programme | {"state": status} | standing)
        return ""

    def _queue(self, status: str, region: str, standing: dict[str, str]) -> str:
        told = {"state": status} | ({"category": self.choice.category} if self.choice.category else {}) | standing
        if level_of(region) == "village":
            return "/approve?" + urlencode(told | {"village": region})
        return "/approve?" + urlencode(told) if region == self.account.region_code else ""

    def places(self, status: str, region: str = "") -> str:
        """Return the address of the stage by place: sums only."""
        return self._by_place(f"stages/{status}", region)

    def week(self, kind: str, region: str = "", monday: str = "") -> str:
        """Return the address of what happened by place in a week, else in the one that runs, and in the one before."""
        return self._by_place(f"weeks/{kind}", region, monday)

    def portrait(self, kind: str, value: str, region: str = "") -> str:
        """Return the address of the people of one occupation, sex or age by place."""
        return self._by_place(f"portrait/{kind}/{value}", region)

    def committed(self, region: str = "") -> str:
        """Return the address of the committed rupiah by place."""
        return self._by_place("committed", region)

    def _by_place(self, path: str, region: str = "", monday: str = "") -> str:
        """Return the address of sums by place: nothing in a village. The own region need not be told."""
        region = region or self.choice.region
        if level_of(region) == "village":
            return ""
        own, week = region == self.account.region_code, {"monday": monday} if monday else {}
        told = urlencode(self.told | ({} if own else {"region": region}) | week)
        return f"/oversee/{path}" + (f"?{told}" if told else "")

    def moves(self, kind: str, officer: uuid.UUID, this_week: bool = False) -> str:
        """Return the address of the people behind an officer's figure: for the office, which knows its officers by name."""
        if self.account.role != "office":
            return ""
        whose = {"region": self.choice.region, "weeks": self.choice.weeks, "kind": kind, "officer": officer}
        return "/exchange/quality/moves?" + urlencode(self.told | whose | ({"this_week": "yes"} if this_week else {}))

    def page(self) -> str:
        """Return the address of the page that leads there."""
        query = f"?{urlencode(self.told)}" if self.told else ""
        return f"/oversee/region/{self.choice.region}{query}"

    def unseen(self) -> str:
        """Return the address of the villages without a visit."""
        region = self.choice.region
        return "" if level_of(region) == "village" else "/oversee/unvisited?" + urlencode({"region": region})

    def of_money(self) -> list[tuple[str, str]]:
        """Where the office keeps its budget and what was paid."""
        if self.account.role != "office":
            return []
        return [("/exchange/programmes", _("Programmes")), ("/exchange/months", _("Months"))]

    def to_do(self) -> list[tuple[str, str]]:
        """The lists of people behind what can be done."""
        if self.account.role == "office":
            return [("/exchange/renewal", _("Renewals"))]
        if self.account.role != "supervisor":
            return []
        region = self.choice.region
        village = "?" + urlencode({"village": region}) if level_of(region) == "village" else ""
        found = [(self.people("returned"), _("Who was sent back"))]
        if village or region == self.account.region_code:
            found.append((f"/approve/recheck{village}", _("Who is to be found again")))
        return [(url, words) for url, words in found if url]
