"""Who changed a file profile, when, and what: each change keeps the profile as it was before."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..kit.db import Record, db
from .account import Account
from .profile import FileProfile

SHOWN = 20
Columns = dict[tuple[str, int], dict[str, Any]]


class ProfileChange(Record):
    """`before` is empty where the profile began with this."""

    __tablename__ = "profile_change"
    profile_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("file_profile.id"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    by: Mapped[Account] = relationship()


class Difference(NamedTuple):
    """What one change did. `changed`: (header or empty for the profile itself, which part, before, after)."""

    added: list[str]
    taken_out: list[str]
    changed: list[tuple[str, str, Any, Any]]
    is_moved: bool


def revise_profile(profile: FileProfile, by: Account, **facts: Any) -> None:
    """Put these facts in place and note who did; what stays the same is no change."""
    before = profile.told
    for name, value in facts.items():
        setattr(profile, name, value)
    if profile.told != before:
        _note(profile, by, before)


def copy_under(profile: FileProfile, code: str, title: str, by: Account) -> FileProfile:
    """Store the same columns under a new code. Raise AlreadyThere when the code is taken."""
    copied = profile.copy(code, title)
    _note(copied, by, {})
    return copied


def _note(profile: FileProfile, by: Account, before: dict[str, Any]) -> None:
    db.session.add(ProfileChange(profile_id=profile.id, before=before, by_id=by.id))


def changes_of(profile: FileProfile) -> list[tuple[ProfileChange, Difference | None]]:
    """Return the newest changes, each with what it did; None where the profile began."""
    query = select(ProfileChange).where(ProfileChange.profile_id == profile.id)
    found = db.session.scalars(query.order_by(ProfileChange.made_at.desc(), ProfileChange.id.desc()).limit(SHOWN)).all()
    afters = [profile.told, *(change.before for change in found)]
    told = zip(found, afters, strict=False)
    return [(change, difference(change.before, after) if change.before else None) for change, after in told]


def difference(before: dict[str, Any], after: dict[str, Any]) -> Difference:
    old, new = _by_header(before["columns"]), _by_header(after["columns"])
    both = [key for key in new if key in old]
    facts = [("", name, before[name], after[name]) for name in after if name != "columns" and before[name] != after[name]]
    parts = [(key[0], part, old[key][part], now) for key in both for part, now in new[key].items() if old[key][part] != now]
    return Difference(
        added=[header for header, n in new if (header, n) not in old],
        taken_out=[header for header, n in old if (header, n) not in new],
        changed=facts + parts,
        is_moved=both != [key for key in old if key in new],
    )


def _by_header(columns: list[dict[str, Any]]) -> Columns:
    """A header may come twice; then the first is held against the first."""
    seen: Counter[str] = Counter()
    found: Columns = {}
    for column in columns:
        seen[column["header"]] += 1
        found[column["header"], seen[column["header"]]] = column
    return found
