"""The way on for who is approved and lacks what the file needs: back to the officer, with the reason; the place is free."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from ..kit.db import db
from .account import Account
from .batch import approved_in
from .places import free_declined, move_up
from .profile import FileProfile, lacking, lacking_names, profile_of
from .programme import Programme
from .registration import Registration, registrations_seen_by

MOST = 500  # people in one go; the page tells who is left
# What the officer reads, by what is empty.
REASONS = {
    "birth_place": "birth_place_missing",
    "mother_name": "mother_name_missing",
    "phone": "phone_missing",
    "monthly_income_rupiah": "income_missing",
    "family_card_no": "family_card_wrong",
    "heir_name": "heir_missing",
    "agency": "agency_wrong",
    "position": "agency_wrong",
}


def send_back_lacking(
    programme: Programme, district_code: str | None, header: str, by: Account, entry_id: uuid.UUID | None = None
) -> int:
    """Send back who lacks the value of this column, or the one who is told; return how many went.

    Members whom a renewal carried over stay covered, and stand on the list of the renewal again.
    """
    profile = profile_of(programme.profile_code)
    lacks = lacking(profile).get(header)
    if lacks is None:
        return 0
    query = registrations_seen_by(by).where(approved_in(programme, district_code), lacks)
    query = query.where(Registration.id == entry_id) if entry_id else query.order_by(Registration.id).limit(MOST)
    people = list(db.session.scalars(query.with_for_update(of=Registration)))
    for one in people:
        one.call_back(by, reasons_of(profile, one))
    _give_places_to_the_next(people)
    return len(people)


def call_back(entry: Registration, by: Account, because: Sequence[str], note: str | None = None) -> None:
    """Send back one who is approved, for reasons that somebody chose."""
    entry.call_back(by, because, note)
    _give_places_to_the_next([entry])


def _give_places_to_the_next(people: Sequence[Registration]) -> None:
    freed = free_declined(people)
    db.session.flush()
    for category in sorted(freed):
        move_up(category)


def reasons_of(profile: FileProfile, entry: Registration) -> list[str]:
    """Return the codes for all that the file needs of this person and that is not there."""
    return [REASONS.get(name, "other") for name in lacking_names(profile, entry)]


def approved_lack_counts(programme: Programme, district_code: str | None) -> dict[str, int]:
    """Return for each such column how many may be sent back."""
    approved = approved_in(programme, district_code)
    count = db.func.count()
    return {
        header: db.session.scalar(select(count).select_from(Registration).where(approved, lacks)) or 0
        for header, lacks in lacking(profile_of(programme.profile_code)).items()
    }
