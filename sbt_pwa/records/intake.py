"""Takes in what phones and pages send: each envelope ends as an entry, as a held entry, or kept for a person to look at.

A batch is read and written in bulk inside one savepoint. When anything collides with another batch at the same time,
the savepoint is rolled back and every record is taken by itself, so one bad record never costs its neighbours.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.among import among
from ..kit.db import Base, db, now
from ..kit.vault import vault
from .corrections import Corrections
from .draft import Carrier, Draft, Result, Unread
from .envelope import Envelope, EnvelopeTrouble, read_envelope, stored_envelope
from .judge import Judge
from .photo import Photo
from .writer import Writer


class Erased(Base):
    """The id of a record that was erased by right of the person: never taken again."""

    __tablename__ = "erased"
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


# Sorted, so that no two batches wait for each other.
LOCK = text("SELECT pg_advisory_xact_lock(name) FROM (SELECT unnest(CAST(:names AS bigint[])) AS name ORDER BY 1) AS names")

COLUMNS = (Envelope.record_id, Envelope.digest, Envelope.server_seq, Envelope.state, Envelope.reasons, Envelope.parent_id)
FOLLOWS = (Envelope.state == "waiting") & among(Envelope.parent_id, "ids")
KNOWN = select(*COLUMNS).where(among(Envelope.record_id, "ids") | FOLLOWS)
ERASED = select(Erased.record_id).where(among(Erased.record_id, "ids"))


class Intake:
    """Takes one batch that arrived `at` this moment (now, if not told)."""

    def __init__(self, carrier: Carrier, regency: str, minimum_age: int, at: dt.datetime | None = None):
        self.carrier = carrier
        self.judge = Judge(vault.ring, carrier, regency, minimum_age, at or now())
        self.writer = Writer(vault.ring, carrier, self.judge.at)
        self.corrections = Corrections(self.judge, self.writer)
        self.awaited: set[uuid.UUID] = set()  # entries of this batch for which something came before them

    def take(self, raw_envelopes: Sequence[Any]) -> list[Result]:
        """Return one result for each envelope, in order."""
        return self.take_opened(self.open(raw_envelopes))

    def open(self, raw_envelopes: Sequence[Any]) -> list[Draft | Unread]:
        """Open, check and encrypt: all the computing, before the database is locked for writing."""
        opened = [_read(raw) for raw in raw_envelopes]
        self.judge.open_creates([one for one in opened if isinstance(one, Draft) and one.header.kind == "create"])
        return opened

    def take_opened(self, opened: Sequence[Draft | Unread]) -> list[Result]:
        """Write what was opened; return one result for each, in order."""
        self._lock(opened)
        taken = [self._unreadable(one) if isinstance(one, Unread) else one for one in opened]
        readable = [draft for draft in taken if isinstance(draft, Draft)]
        fresh = self._answer_known(readable)
        self._take_creates([draft for draft in fresh if draft.header.kind == "create"])
        for draft in fresh:
            if draft.header.kind != "create":
                self._alone(draft, self._follow)
        return [draft.result if isinstance(draft, Draft) else draft for draft in taken]

    def _lock(self, opened: Sequence[Draft | Unread]) -> None:
        """Batches that name the same records go one after the other, so that a correction never misses its entry.

        With two index keys in use the unique index cannot compare NIKs: then all batches do. SQLite has one writer anyway.
        """
        if db.engine.dialect.name != "postgresql":
            return
        names = {0} if len(vault.ring.index) > 1 else set()
        for one in opened:
            if isinstance(one, Unread):
                names.add(int(one.digest[:15], 16))
            else:
                named = [one.header.id, one.header.parent] if one.header.parent else [one.header.id]
                names.update(int.from_bytes(record_id.bytes[8:], "big", signed=True) for record_id in named)
        db.session.execute(LOCK, {"names": f"{{{','.join(map(str, names))}}}"})

    def _unreadable(self, unread: Unread) -> Result:
        known = unread.raw if isinstance(unread.raw, dict) else {}
        told_id = known.get("id") if isinstance(known.get("id"), str) else None
        told_digest = known.get("digest") if isinstance(known.get("digest"), str) else None
        result = Result(told_id and told_id[:64], told_digest and told_digest[:64], "invalid")
        result.reasons = [{"field": None, "code": unread.code}]
        if unread.code == "server_older":
            result.status = "retry"
            return result
        query = select(Envelope.server_seq).where(Envelope.record_id.is_(None), Envelope.digest == unread.digest)
        result.server_seq = db.session.scalar(query)
        if result.server_seq is None:
            row = Envelope(digest=unread.digest, kind="unread", key_id="", header="", sealed=unread.body, state="quarantined")
            row.reasons, row.carrier_id = result.reasons, self.carrier.device_id or self.carrier.account_id
            db.session.add(row)
            db.session.flush()
            result.server_seq = row.server_seq
        return result

    def _answer_known(self, drafts: list[Draft]) -> list[Draft]:
        """Answer repeated, conflicting and erased records; return the new ones."""
        ids = {draft.header.id for draft in drafts}
        named = ids | {draft.header.parent for draft in drafts if draft.header.parent}
        known = self._known(ids) if ids else {}
        erased = set(db.session.scalars(ERASED, {"ids": named})) if ids else set()
        missing = self._missing_photos(drafts)
        fresh: dict[uuid.UUID, Draft] = {}
        for draft in drafts:
            rows = known.get(draft.header.id, [])
            same = next((row for row in rows if row.digest == draft.result.digest), None)
            twin = fresh.get(draft.header.id)
            if erased.intersection((draft.header.id, draft.header.parent)):
                draft.result.status, draft.result.reasons = "gone", []
            elif same:
                _repeat(draft, same, bool(missing & {sha for sha, _size in draft.header.photos}))
            elif any(row.state != "conflict" for row in rows) or (twin and twin.result.digest != draft.result.digest):
                draft.set_aside("conflict", [{"field": None, "code": "conflict"}], "conflict")
                self._alone(draft, self._keep_conflict)
            elif twin:
                draft.result = twin.result  # the same record twice in one batch
            else:
                fresh[draft.header.id] = draft
                if draft.state == "taken" and missing & {sha for sha, _size in draft.header.photos}:
                    draft.result.status = "awaiting_photo"
        return list(fresh.values())

    def _known(self, ids: set[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
        """Return what is here of these records, and note which of them somebody waits for."""
        known: dict[uuid.UUID, list[Any]] = {}
        for row in db.session.execute(KNOWN, {"ids": ids}):
            if row.record_id in ids:
                known.setdefault(row.record_id, []).append(row)
            if row.state == "waiting":
                self.awaited.add(row.parent_id)
        return known

    def _keep_conflict(self, draft: Draft) -> None:
        same = select(Envelope.server_seq).filter_by(record_id=draft.header.id, digest=draft.result.digest)
        draft.result.server_seq = db.session.scalar(same)
        if draft.result.server_seq is None:  # else it stood twice in this batch
            self.writer.write([draft])

    def _missing_photos(self, drafts: Iterable[Draft]) -> set[str]:
        announced = {sha for draft in drafts for sha, _size in draft.header.photos}
        if not announced:
            return set()
        whole = select(Photo.sha256).where(Photo.sha256.in_(announced), Photo.state != "receiving")
        return announced - set(db.session.scalars(whole))

    def _take_creates(self, drafts: list[Draft]) -> None:
        if not drafts:
            return
        before = [(draft, replace(draft.result), draft.state, list(draft.warnings)) for draft in drafts]
        try:
            with db.session.begin_nested():
                self.judge.weigh(drafts)
                self.writer.write(drafts)
        except IntegrityError:  # another batch was writing the same record or the same NIK
            for draft, result, state, warnings in before:
                draft.result.__dict__.update(result.__dict__)
                draft.state, draft.warnings = state, warnings
                self._alone(draft, self._create_again)
        self._settle_followers(drafts)

    def _create_again(self, draft: Draft) -> None:
        if self._answer_known([draft]):
            self.judge.weigh([draft])
            self.writer.write([draft])

    def _alone(self, draft: Draft, take: Callable[[Draft], None]) -> None:
        """Take one record in its own savepoint; when it collides once more, ask the phone to send it again."""
        try:
            with db.session.begin_nested():
                take(draft)
        except IntegrityError:
            draft.result.status, draft.result.reasons, draft.result.server_seq = "retry", [{"field": None, "code": "busy"}], None

    def _settle_followers(self, drafts: list[Draft]) -> None:
        """Apply what arrived before the entry that it belongs to."""
        ids = self.awaited.intersection(draft.header.id for draft in drafts)
        query = select(Envelope).where(Envelope.state == "waiting", Envelope.parent_id.in_(ids)).order_by(Envelope.device_seq)
        for row in db.session.scalars(query).all() if ids else []:
            for _try in range(2):  # when it collides with another batch, the second try sees what that one wrote
                try:
                    with db.session.begin_nested():
                        self._settle_follower(row)
                    break
                except IntegrityError:
                    continue

    def _settle_follower(self, row: Envelope) -> None:
        draft = Draft(stored_envelope(row), Result(str(row.record_id), row.digest, "accepted", row.server_seq))
        self.corrections.decide(draft)
        row.state, row.reasons = draft.state, draft.result.reasons

    def _follow(self, draft: Draft) -> None:
        if not self._answer_known([draft]):
            return
        self.corrections.decide(draft)
        self.writer.write([draft])


def _read(raw: Any) -> Draft | Unread:
    try:
        sealed = read_envelope(raw)
    except EnvelopeTrouble as trouble:
        return Unread(raw, trouble.code)
    return Draft(sealed, Result(str(sealed.header.id), sealed.digest, "accepted"))


def _repeat(draft: Draft, row: Any, photo_missing: bool) -> None:
    """Answer a record that is here already as it was answered before."""
    draft.result.server_seq, draft.result.reasons = row.server_seq, row.reasons
    if row.state == "conflict":
        draft.result.status = "conflict"
    elif row.state == "waiting":
        draft.result.status = "held"
    elif row.state == "quarantined":
        held = any(reason["code"] in ("author_unknown", "not_correctable") for reason in row.reasons)
        draft.result.status = "held" if held else "invalid"
    else:
        draft.result.status = "held" if row.reasons else ("awaiting_photo" if photo_missing else "duplicate")
