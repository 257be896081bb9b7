"""What can be done in a region now: put right what came back, go where nobody was, find people again for the renewal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from ..kit.i18n import show_day, show_number
from ..records.account import Account
from ..records.coverage import Coverage, ranked
from ..records.region import known_regions, level_of
from ..records.renewal import count_to_recheck
from ..records.to_do import first_week_without, returned_by_officer, villages_without_visit

MOST_NAMED = 8


@dataclass(frozen=True)
class Open:
    """What is open in a region: people sent back, villages without a visit, people to find again."""

    returned: int
    unseen: list[str]  # codes
    to_find: int


def open_in(account: Account, coverage: Coverage) -> Open:
    region = coverage.choice.region
    unseen = villages_without_visit(account, region, coverage.today)
    return Open(coverage.whole.counts["returned"], unseen, count_to_recheck(account, region))


def said_of(account: Account, coverage: Coverage, is_open: Open, by_officer: bool = False) -> list[tuple[str, str]]:
    """Return (heading, sentence) of each. `by_officer` reads the entries that came back, so it is for a report."""
    names, region = known_regions(), coverage.choice.region
    returned = _by_officer if by_officer and level_of(region) != "regency" else _by_place
    unseen = [names[code] for code in is_open.unseen]
    return [
        (_("Sent back and waiting for the officer"), returned(account, coverage) or _("nobody")),
        (
            _("Nobody registered since %(day)s", day=show_day(first_week_without(coverage.today))),
            _visit(unseen) if level_of(region) == "village" else _villages(unseen),
        ),
        (_("To find again for the renewal"), _("%(count)s people", count=show_number(is_open.to_find))),
    ]


def in_short(is_open: Open, level: str) -> str:
    """The same in half a line, for the fold above it."""
    said = [_("%(count)s sent back", count=show_number(is_open.returned))]
    if level != "village":
        said.append(_("%(count)s villages without a visit", count=show_number(len(is_open.unseen))))
    return ", ".join([*said, _("%(count)s to find again", count=show_number(is_open.to_find))])


def _visit(unseen: Sequence[str]) -> str:
    return _("Nobody was there. Ask for a visit.") if unseen else _("There was a visit.")


def _villages(unseen: Sequence[str]) -> str:
    if not unseen:
        return _("none")
    return _("%(count)s villages: %(names)s", count=show_number(len(unseen)), names=_listed(unseen))


def _by_place(_account: Account, coverage: Coverage) -> str:
    most = ranked(coverage.places, lambda place: place.counts["returned"])
    if len(most) == 1:
        return show_number(most[0].counts["returned"]) if most[0].counts["returned"] else ""
    return _counted([(place.name, place.counts["returned"]) for place in most if place.counts["returned"]])


def _by_officer(account: Account, coverage: Coverage) -> str:
    if not coverage.whole.counts["returned"]:
        return ""
    numbers = {one.id: number for number, one in enumerate(coverage.officers, 1)}
    rows = []
    for officer, name, n in returned_by_officer(account, coverage.choice.region):
        number = _("Officer %(number)s", number=numbers[officer]) if officer in numbers else _("another officer")
        rows.append((number if account.role == "leader" else name, n))
    return _counted(rows)


def _counted(rows: Sequence[tuple[str, int]]) -> str:
    return _listed([f"{who} ({show_number(n)})" for who, n in rows])


def _listed(names: Sequence[str], most: int = MOST_NAMED) -> str:
    more = len(names) - most
    said = ", ".join(names[:most])
    return said if more <= 0 else _("%(names)s and %(count)s more", names=said, count=show_number(more))
