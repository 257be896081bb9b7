"""Writes records that were judged: envelopes, entries, first events, name words and photos, each kind in one statement."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from ..kit.bulk import insert_rows, next_numbers
from ..kit.db import db, uuid7
from ..kit.vault import KeyRing
from .account import Account
from .draft import Carrier, Draft, confirmed_codes, held_and_warned
from .envelope import Envelope
from .event import Event
from .photo import Photo, PhotoUse, settle
from .registration import Registration, rank_of
from .worker import NameWord


class Writer:
    def __init__(self, ring: KeyRing, carrier: Carrier, at: dt.datetime):
        self.ring = ring
        self.carrier = carrier
        self.at = at

    def write(self, drafts: list[Draft]) -> None:
        """Store envelopes, and for those that became entries the entry, its first event, its name words and its photos."""
        if not drafts:
            return
        for draft, number in zip(drafts, next_numbers(Envelope.server_seq, len(drafts)), strict=True):
            draft.result.server_seq = number
        insert_rows(Envelope, [self._envelope_row(draft) for draft in drafts])
        entries = [draft for draft in drafts if draft.state == "taken" and draft.header.kind == "create"]
        if entries:
            self.write_entries(entries)
        self._announce_photos(drafts)

    def write_entries(self, entries: list[Draft]) -> None:
        insert_rows(Registration, [self._registration_row(draft) for draft in entries])
        insert_rows(Event, [self._event_row(draft) for draft in entries])
        insert_rows(NameWord, [{"word": word, "registration_id": draft.header.id} for draft in entries for word in draft.words])

    def _envelope_row(self, draft: Draft) -> dict[str, Any]:
        header, code = draft.header, draft.content.get("receipt_code")
        foreign = header.device_id != self.carrier.device_id
        author = header.author_id if draft.state == "taken" or self._is_account(header.author_id) else None
        return {
            "server_seq": draft.result.server_seq,
            "record_id": header.id,
            "digest": draft.sealed.digest,
            "kind": header.kind,
            "parent_id": header.parent,
            "device_id": header.device_id,
            "device_seq": header.device_seq if header.device_id else None,
            "author_id": author,
            "carrier_id": (self.carrier.device_id or self.carrier.account_id) if foreign else None,
            "key_id": header.key_id,
            "header": header.canonical.decode(),
            "sealed": draft.sealed.sealed,
            "receipt_index": self.ring.blind("receipt", code) if code and header.kind == "create" else None,
            "state": draft.state,
            "reasons": draft.result.reasons,
            "received_at": self.at,
        }

    def _is_account(self, account_id: uuid.UUID) -> bool:
        return db.session.scalar(select(Account.id).where(Account.id == account_id)) is not None

    def _registration_row(self, draft: Draft) -> dict[str, Any]:
        header = draft.header
        warnings = held_and_warned(draft)
        return draft.person | {
            "id": header.id,
            "made_at": self.at,
            "changed_at": self.at,
            "status": "held" if draft.result.status == "held" else "submitted",
            "status_at": self.at,
            "version": 1,
            "author_id": header.author_id,
            "device_id": header.device_id,
            "saved_at": header.saved_at,
            "submitted_at": self.at,
            "warnings": warnings,
            "confirmed": confirmed_codes(draft.content),
            "rank": rank_of(warnings),
            "photo_sha256": header.photos[-1][0] if header.photos else None,
        }

    def _event_row(self, draft: Draft) -> dict[str, Any]:
        held = draft.result.status == "held"
        return {
            "id": uuid7(),
            "registration_id": draft.header.id,
            "kind": "held" if held else "submitted",
            "by_id": draft.header.author_id,
            "at": self.at,
            "reasons": draft.result.reasons if held else [],
            "fields": [],
            "note_sealed": None,
        }

    def _announce_photos(self, drafts: list[Draft]) -> None:
        uses = {
            (sha, d.header.id): {"sha256": sha, "record_id": d.header.id, "key_id": d.header.key_id}
            for d in drafts
            for sha, _size in d.header.photos
            if d.state != "conflict"
        }
        if not uses:
            return
        insert_rows(PhotoUse, list(uses.values()))
        shas = {sha for sha, _record in uses}
        for photo in db.session.scalars(select(Photo).where(Photo.sha256.in_(shas), Photo.state == "sealed")):
            settle(photo)
