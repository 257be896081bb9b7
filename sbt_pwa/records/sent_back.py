"""The way on for who is approved and lacks what the file needs: back to the officer, with the reason; the place is free."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from ..kit.db import db
from .account import Account
from .batch import approved_in
from .places import free_places, move_up
from .profile import SOURCES, FileProfile, lacking, profile_of
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

    Members whom a renewal carried over stay: they are covered, and there is no way back for them.
    """
    profile = profile_of(programme.profile_code)
    lacks = lacking(profile).get(header)
    if lacks is None:
        return 0
    query = registrations_seen_by(by).where(approved_in(programme, district_code), lacks, Registration.status == "approved")
    query = query.where(Registration.id == entry_id) if entry_id else query.order_by(Registration.id).limit(MOST)
    people = list(db.session.scalars(query.with_for_update(of=Registration)))
    for one in people:
        one.call_back(by, reasons_of(profile, one))
    freed = free_places(people)
    db.session.flush()
    for category in sorted(freed):
        move_up(category)
    return len(people)


def reasons_of(profile: FileProfile, entry: Registration) -> list[str]:
    """Return the codes for all that the file needs of this person and that is not there."""
    needed = [SOURCES[one["source"]].may_lack for one in profile.columns if one["required"] and one["source"] in SOURCES]
    empty = [name for name in needed if name and getattr(entry, f"{name}_sealed") is None]
    return [REASONS.get(name, "other") for name in empty]


def approved_lack_counts(programme: Programme, district_code: str | None) -> dict[str, int]:
    """Return for each such column how many may be sent back."""
    approved = approved_in(programme, district_code) & (Registration.status == "approved")
    count = db.func.count()
    return {
        header: db.session.scalar(select(count).select_from(Registration).where(approved, lacks)) or 0
        for header, lacks in lacking(profile_of(programme.profile_code)).items()
    }
