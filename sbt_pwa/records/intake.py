"""Takes in what phones and pages send: each envelope ends as an entry, as a held entry, or kept for a person to look at.

A batch is read and written in bulk inside one savepoint. When anything collides with another batch at the same time,
the savepoint is rolled back and every record is taken by itself, so one bad record never costs its neighbours.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ARRAY, BigInteger, Table, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, db, now, uuid7
from ..kit.seal import SealBroken, to_base64url
from ..kit.vault import vault
from . import rules
from .account import Account
from .device import known_pairs
from .envelope import HEADER, Envelope, EnvelopeTrouble, Header, Sealed, envelopes_of, open_content, read_envelope
from .event import Event
from .photo import Photo, PhotoUse, settle
from .receipt_code import CodeSlip, read_receipt_code
from .region import current_village_code, district_of, region_names
from .registration import (
    CORRECTABLE,
    MAY_BECOME,
    OPEN_STATUSES,
    PLAIN_FIELDS,
    SEALED_FIELDS,
    NameWord,
    Registration,
    location_text,
    person_text,
    rank_of,
    shut,
    word_indexes,
)

CLOCK_SLACK = dt.timedelta(days=1)
OLDEST_SAVED = dt.timedelta(days=400)  # how long sealing keys and schemas are kept; older clocks are not believed
Reasons = list[dict[str, Any]]


class Erased(Base):
    """The id of a record that was erased by right of the person: never taken again."""

    __tablename__ = "erased"
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


@dataclass(frozen=True)
class Carrier:
    """Who brings the records: the phone `device_id`, or the account `account_id` with a page or a bundle."""

    device_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None


@dataclass
class Result:
    """The answer for one record, as the protocol tells it."""

    id: str | None
    digest: str | None
    status: str
    server_seq: int | None = None
    reasons: Reasons = field(default_factory=list)


@dataclass
class Draft:
    """A record on its way in: what will be written and what will be answered."""

    sealed: Sealed
    result: Result
    content: dict[str, Any] = field(default_factory=dict)
    answers: rules.Answers = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    state: str = "taken"
    shut: dict[str, Any] = field(default_factory=dict)  # the encrypted columns
    nik_indexes: list[bytes] = field(default_factory=list)
    person_indexes: list[bytes] = field(default_factory=list)

    @property
    def header(self) -> Header:
        return self.sealed.header

    def set_aside(self, status: str, reasons: Reasons, state: str = "quarantined") -> None:
        self.result.status, self.result.reasons, self.state = status, reasons, state

    def hold(self, code: str, name: str | None = None) -> None:
        """Keep the entry for a supervisor; it is an entry all the same."""
        self.result.status = "held"
        self.result.reasons = [*self.result.reasons, {"field": name, "code": code}]


@dataclass
class Unread:
    """What came but is no envelope that can be read, and why. It is kept as it came."""

    raw: Any
    code: str

    @cached_property
    def body(self) -> bytes:
        try:
            return json.dumps(self.raw, sort_keys=True).encode()
        except RecursionError:
            return b'"nested too deep to be written again"'

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class Intake:
    """Takes one batch. `regency` and `minimum_age` are the settings that the rules need."""

    def __init__(self, carrier: Carrier, regency: str, minimum_age: int):
        self.carrier = carrier
        self.regency = regency
        self.minimum_age = minimum_age
        self.at = now()
        self.ring = vault.ring
        self.villages = region_names()

    def take(self, raw_envelopes: Sequence[Any]) -> list[Result]:
        """Return one result for each envelope, in order."""
        return self.take_opened(self.open(raw_envelopes))

    def open(self, raw_envelopes: Sequence[Any]) -> list[Draft | Unread]:
        """Open, check and encrypt: all the computing, before the database is locked for writing."""
        opened: list[Draft | Unread] = []
        for raw in raw_envelopes:
            try:
                sealed = read_envelope(raw)
            except EnvelopeTrouble as trouble:
                opened.append(Unread(raw, trouble.code))
                continue
            draft = Draft(sealed, Result(str(sealed.header.id), sealed.digest, "accepted"))
            if draft.header.kind == "create":
                self._open_create(draft)
            opened.append(draft)
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
        # Sorted, so that no two batches wait for each other.
        locks = text("SELECT pg_advisory_xact_lock(name) FROM (SELECT unnest(:names) AS name ORDER BY 1) AS names")
        db.session.execute(locks.bindparams(bindparam("names", sorted(names), ARRAY(BigInteger))))

    # ---- what was here before, and what cannot be read

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
        query = select(Envelope.record_id, Envelope.digest, Envelope.server_seq, Envelope.state, Envelope.reasons, Envelope.kind)
        known: dict[uuid.UUID, list[Any]] = {}
        for row in db.session.execute(query.where(Envelope.record_id.in_(ids))) if ids else []:
            known.setdefault(row.record_id, []).append(row)
        erased = set(db.session.scalars(select(Erased.record_id).where(Erased.record_id.in_(named)))) if ids else set()
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

    def _keep_conflict(self, draft: Draft) -> None:
        same = select(Envelope.server_seq).filter_by(record_id=draft.header.id, digest=draft.result.digest)
        draft.result.server_seq = db.session.scalar(same)
        if draft.result.server_seq is None:  # else it stood twice in this batch
            self._write([draft])

    def _missing_photos(self, drafts: Iterable[Draft]) -> set[str]:
        announced = {sha for draft in drafts for sha, _size in draft.header.photos}
        if not announced:
            return set()
        whole = select(Photo.sha256).where(Photo.sha256.in_(announced), Photo.state != "receiving")
        return announced - set(db.session.scalars(whole))

    # ---- new registrations

    def _take_creates(self, drafts: list[Draft]) -> None:
        if not drafts:
            return
        before = [(draft, replace(draft.result), draft.state, list(draft.warnings)) for draft in drafts]
        try:
            with db.session.begin_nested():
                self._judge(drafts)
                self._write(drafts)
        except IntegrityError:  # another batch was writing the same record or the same NIK
            for draft, result, state, warnings in before:
                draft.result.__dict__.update(result.__dict__)
                draft.state, draft.warnings = state, warnings
                self._alone(draft, self._create_again)
        self._settle_followers(drafts)

    def _create_again(self, draft: Draft) -> None:
        if self._answer_known([draft]):
            self._judge([draft])
            self._write([draft])

    def _alone(self, draft: Draft, take: Callable[[Draft], None]) -> None:
        """Take one record in its own savepoint; when it collides once more, ask the phone to send it again."""
        try:
            with db.session.begin_nested():
                take(draft)
        except IntegrityError:
            draft.result.status, draft.result.reasons, draft.result.server_seq = "retry", [{"field": None, "code": "busy"}], None

    def _open_create(self, draft: Draft) -> None:
        """Open the content, apply the rules and encrypt the answers. Touches no table."""
        try:
            draft.content = open_content(self.ring, draft.header, draft.sealed.sealed)
            draft.content["receipt_code"] = read_receipt_code(str(draft.content.get("receipt_code", "")))
        except (EnvelopeTrouble, SealBroken) as trouble:
            return draft.set_aside("invalid", [{"field": None, "code": trouble.code}])
        except CodeSlip:
            draft.content["receipt_code"] = None  # nobody shall look for this record by a code that is none
            return draft.set_aside("invalid", [{"field": None, "code": "content"}])
        self._apply_rules(draft, draft.content)
        if draft.state == "taken":
            self._shut(draft)
        return None

    def _shut(self, draft: Draft) -> None:
        """Encrypt the answers for the row, and make the blind indexes."""
        answers, ring, row_id = draft.answers, self.ring, draft.header.id
        draft.shut = {f"{name}_sealed": shut(ring, name, answers.get(name), row_id) for name in SEALED_FIELDS}
        draft.shut["location_sealed"] = shut(ring, "location", location_text(answers), row_id)
        draft.nik_indexes = ring.blinds("nik", answers["nik"])
        draft.person_indexes = ring.blinds("person", person_text(answers["name"], answers["birth_date"]))

    def _judge(self, drafts: list[Draft]) -> None:
        """Find what a supervisor has to look at: who sent it, when, and who is like it."""
        entries = [draft for draft in drafts if draft.state == "taken"]
        pairs = self._pairs(entries)
        for draft in entries:
            self._check_origin(draft, pairs)
        self._find_twins([draft for draft in entries if draft.state == "taken"])

    def _pairs(self, drafts: Iterable[Draft]) -> dict[tuple[uuid.UUID, uuid.UUID], bool]:
        return known_pairs({(d.header.device_id, d.header.author_id) for d in drafts if d.header.device_id})

    def _apply_rules(self, draft: Draft, typed: dict[str, Any]) -> None:
        at = rules.Circumstances.on(self._day_of(draft.header), self.regency, self.minimum_age)
        answers = rules.clean_all(typed)
        found = rules.problems(answers, at)
        if not any(f.field == "village" for f in found) and answers["village"] not in self.villages:
            code = current_village_code(answers["village"])
            if code is None:
                found.append(rules.Finding("village", "unknown_choice"))
            else:
                answers["village"] = code
        draft.answers = answers
        if found:
            draft.set_aside("invalid", [{"field": f.field, "code": f.code} for f in found])
        else:
            draft.warnings = [f.code for f in rules.warnings(answers, at)]

    def _day_of(self, header: Header) -> dt.date:
        """The day on which the officer saved, when the phone's clock can be believed; else today."""
        believed = self.at - OLDEST_SAVED < header.saved_at < self.at + CLOCK_SLACK
        return (header.saved_at if believed else self.at).date()

    def _check_origin(self, draft: Draft, pairs: dict[tuple[uuid.UUID, uuid.UUID], bool]) -> None:
        header = draft.header
        if header.author_id != self.carrier.account_id:  # not typed on a page by the author
            active = pairs.get((header.device_id, header.author_id)) if header.device_id else None
            if active is None:
                draft.hold("author_unknown")
                if db.session.scalar(select(Account.id).where(Account.id == header.author_id)) is None:
                    draft.state = "quarantined"  # nobody to be its author: only the envelope is kept
            elif not active:
                draft.hold("officer_inactive")
        early = header.server_seen_at is not None and header.server_seen_at - header.saved_at > CLOCK_SLACK
        if header.saved_at > self.at + CLOCK_SLACK or header.saved_at < self.at - OLDEST_SAVED or early:
            draft.hold("clock_off")

    def _find_twins(self, drafts: list[Draft], other_than: uuid.UUID | None = None) -> None:
        """Hold the second open entry of a NIK; warn of the same name and birth date under another NIK."""
        open_niks = self._open_niks({index for draft in drafts for index in draft.nik_indexes}, other_than)
        met = self._met_people({index for draft in drafts for index in draft.person_indexes}, other_than)
        for draft in drafts:
            nik = draft.nik_indexes
            if open_niks.intersection(nik):
                draft.hold("same_nik", "nik")
            if any(met.get(index, set()) - set(nik) for index in draft.person_indexes):
                draft.warnings.append("same_person")
            if draft.result.status != "held":
                open_niks.update(nik)
            for index in draft.person_indexes:
                met.setdefault(index, set()).add(nik[-1])

    def _open_niks(self, indexes: set[bytes], other_than: uuid.UUID | None) -> set[bytes]:
        query = select(Registration.nik_index).where(Registration.nik_index.in_(indexes), Registration.status.in_(OPEN_STATUSES))
        if other_than:
            query = query.where(Registration.id != other_than)
        return set(db.session.scalars(query)) if indexes else set()

    def _met_people(self, indexes: set[bytes], other_than: uuid.UUID | None) -> dict[bytes, set[bytes]]:
        query = select(Registration.person_index, Registration.nik_index).where(Registration.person_index.in_(indexes))
        if other_than:
            query = query.where(Registration.id != other_than)
        met: dict[bytes, set[bytes]] = {}
        for person, nik in db.session.execute(query) if indexes else []:
            met.setdefault(person, set()).add(nik)
        return met

    def _write(self, drafts: list[Draft]) -> None:
        """Store envelopes, and for those that became entries the entry, its first event, its name words and its photos."""
        if not drafts:
            return
        rows = [self._envelope_row(draft) for draft in drafts]
        written = db.session.execute(insert(Envelope).returning(Envelope.server_seq, sort_by_parameter_order=True), rows)
        for draft, sequence in zip(drafts, written.scalars(), strict=True):
            draft.result.server_seq = sequence
        entries = [draft for draft in drafts if draft.state == "taken" and draft.header.kind == "create"]
        if entries:
            self._write_entries(entries)
        self._announce_photos(drafts)

    def _write_entries(self, entries: list[Draft]) -> None:
        db.session.execute(insert(_table(Registration)), [self._registration_row(draft) for draft in entries])
        db.session.execute(insert(_table(Event)), [self._event_row(draft) for draft in entries])
        words = [{"word": w, "registration_id": d.header.id} for d in entries for w in word_indexes(d.answers["name"])]
        db.session.execute(insert(_table(NameWord)), words)

    def _envelope_row(self, draft: Draft) -> dict[str, Any]:
        header, code = draft.header, draft.content.get("receipt_code")
        foreign = header.device_id != self.carrier.device_id
        author = header.author_id if draft.state == "taken" or self._is_account(header.author_id) else None
        return {
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
        header, answers = draft.header, draft.answers
        status = "held" if draft.result.status == "held" else "submitted"
        warnings = held_and_warned(draft)
        row = {name: answers.get(name) for name in PLAIN_FIELDS}
        return (
            row
            | draft.shut
            | {
                "id": header.id,
                "made_at": self.at,
                "changed_at": self.at,
                "status": status,
                "status_at": self.at,
                "version": 1,
                "author_id": header.author_id,
                "device_id": header.device_id,
                "saved_at": header.saved_at,
                "submitted_at": self.at,
                "district_code": district_of(answers["village"]),
                "village_code": answers["village"],
                "birth_date": dt.date.fromisoformat(answers["birth_date"]),
                "consent_at": header.saved_at,
                "nik_index": draft.nik_indexes[-1],
                "person_index": draft.person_indexes[-1],
                "warnings": warnings,
                "confirmed": confirmed_codes(draft.content),
                "rank": rank_of(warnings),
                "photo_sha256": header.photos[-1][0] if header.photos else None,
            }
        )

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
        db.session.execute(insert(_table(PhotoUse)), list(uses.values()))
        shas = {sha for sha, _record in uses}
        for photo in db.session.scalars(select(Photo).where(Photo.sha256.in_(shas), Photo.state == "sealed")):
            settle(photo)

    # ---- corrections and withdrawals

    def _settle_followers(self, drafts: list[Draft]) -> None:
        """Apply what arrived before the entry that it belongs to."""
        ids = [draft.header.id for draft in drafts]
        query = select(Envelope).where(Envelope.state == "waiting", Envelope.parent_id.in_(ids)).order_by(Envelope.device_seq)
        for row in db.session.scalars(query).all():
            for _try in range(2):  # when it collides with another batch, the second try sees what that one wrote
                try:
                    with db.session.begin_nested():
                        self._settle_follower(row)
                    break
                except IntegrityError:
                    continue

    def _settle_follower(self, row: Envelope) -> None:
        draft = Draft(stored_envelope(row), Result(str(row.record_id), row.digest, "accepted", row.server_seq))
        self._decide_following(draft)
        row.state, row.reasons = draft.state, draft.result.reasons

    def _follow(self, draft: Draft) -> None:
        if not self._answer_known([draft]):
            return
        self._decide_following(draft)
        self._write([draft])

    def _decide_following(self, draft: Draft) -> None:
        """Apply a correction or withdrawal to its entry, or keep it with the reason why not."""
        parent_id = draft.header.parent
        parent = db.session.get(Registration, parent_id, with_for_update=True)
        try:
            draft.content = open_content(self.ring, draft.header, draft.sealed.sealed)
        except (EnvelopeTrouble, SealBroken) as trouble:
            return draft.set_aside("invalid", [{"field": None, "code": trouble.code}])
        if draft.header.kind == "withdraw" and not self._comes_from_author(draft):
            return None
        if parent is None:
            return self._follow_unread(draft)
        target = MAY_BECOME["withdrawn"] if draft.header.kind == "withdraw" else CORRECTABLE
        if parent.author_id != draft.header.author_id or parent.status not in target:
            return draft.set_aside("held", [{"field": None, "code": "not_correctable"}])
        if draft.header.kind == "withdraw":
            parent.withdraw(draft.header.author_id)
            return None
        return self._correct(parent, draft)

    def _comes_from_author(self, draft: Draft) -> bool:
        """A withdrawal in the name of somebody who does not use that phone, or may not any more, waits for a person."""
        self._check_origin(draft, self._pairs([draft]))
        doubts = [reason for reason in draft.result.reasons if reason["code"] != "clock_off"]
        if doubts:
            draft.set_aside("held", doubts)
        else:
            draft.result.status, draft.result.reasons = "accepted", []
        return not doubts

    def _correct(self, entry: Registration, draft: Draft) -> None:
        changes = {name: value for name, value in draft.content.items() if name in rules.FIELDS and name != "consent"}
        before = entry.answers
        if "village" in changes:
            changes.setdefault("district", None)
        self._apply_rules(draft, before | changes)
        if draft.state != "taken":
            return
        self._shut(draft)
        self._check_origin(draft, self._pairs([draft]))
        self._find_twins([draft], other_than=entry.id)
        held = draft.result.status == "held"
        if draft.header.photos:
            entry.photo_sha256 = draft.header.photos[-1][0]
        if "confirmed_warnings" in draft.content:
            entry.confirmed = confirmed_codes(draft.content)
        entry.warnings = held_and_warned(draft)
        entry.rank = rank_of(entry.warnings)
        changed = {name for name in changes if before.get(name) != draft.answers.get(name)}
        changed |= {"photo_id_card"} if draft.header.photos else set()
        entry.write_answers(draft.answers)  # first: the old NIK may be open elsewhere, which would keep this one from opening
        entry.resubmit(draft.header.author_id, changed, draft.result.reasons if held else [], held)

    def _follow_unread(self, draft: Draft) -> None:
        """The entry does not exist: its first envelope is set aside, or has not come yet."""
        parent_id = draft.header.parent
        assert parent_id is not None
        kept = envelopes_of(parent_id)
        first = next((row for row in kept if row.kind == "create" and row.state in ("quarantined", "taken")), None)
        if first is None:
            return draft.set_aside("held", [{"field": None, "code": "parent_missing"}], "waiting")
        if first.author_id != draft.header.author_id:
            return draft.set_aside("held", [{"field": None, "code": "not_correctable"}])
        if draft.header.kind == "correct":
            return self._repair(first, draft, kept)
        if first.state == "taken":
            return draft.set_aside("held", [{"field": None, "code": "not_correctable"}])
        first.state, first.reasons = "taken", [{"field": None, "code": "withdrawn"}]
        return None

    def _repair(self, first: Envelope, draft: Draft, kept: list[Envelope]) -> None:
        """Make the entry of a record that broke a rule from its first content and its corrections, in the order of saving."""
        origin = stored_envelope(first)
        earlier = [stored_envelope(row) for row in kept if row.kind == "correct" and row.record_id != draft.header.id]
        steps = sorted([*earlier, draft.sealed], key=lambda step: step.header.device_seq)
        try:
            content = open_content(self.ring, origin.header, origin.sealed)
            read_receipt_code(str(content.get("receipt_code", "")))
            for step in steps:
                content |= _changes(open_content(self.ring, step.header, step.sealed))
        except (EnvelopeTrouble, SealBroken, CodeSlip):
            return draft.set_aside("held", [{"field": None, "code": "not_correctable"}])
        whole = Draft(origin, Result(str(origin.header.id), origin.digest, "accepted"), content=content)
        if photos := next((step.header.photos for step in reversed(steps) if step.header.photos), ()):
            whole.sealed = replace(origin, header=replace(origin.header, photos=photos))
        self._apply_rules(whole, content)
        if whole.state != "taken":
            return draft.set_aside("invalid", whole.result.reasons)
        self._shut(whole)
        self._check_origin(whole, self._pairs([whole]))
        if whole.state != "taken":
            return draft.set_aside("held", whole.result.reasons)
        self._find_twins([whole])
        self._write_entries([whole])
        if first.state == "taken":  # withdrawn before this correction arrived
            db.session.get_one(Registration, origin.header.id).withdraw(draft.header.author_id)
        first.state, first.reasons = "taken", whole.result.reasons
        if draft.result.status != "awaiting_photo" or whole.result.status == "held":
            draft.result.status, draft.result.reasons = whole.result.status, whole.result.reasons
        return None


def held_and_warned(draft: Draft) -> list[str]:
    """Return the codes that a supervisor sees: why it is held, then what the rules warn of."""
    held = [reason["code"] for reason in draft.result.reasons] if draft.result.status == "held" else []
    return held + draft.warnings


def confirmed_codes(content: dict[str, Any]) -> list[str]:
    told = content.get("confirmed_warnings")
    return [code[:40] for code in told if isinstance(code, str)][:20] if isinstance(told, list) else []


def _table(model: type[Base]) -> Table:
    """The bare table: rows of a batch need nothing of the ORM."""
    return cast("Table", model.__table__)


def _changes(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "receipt_code"}


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


def stored_envelope(row: Envelope) -> Sealed:
    """Return a kept envelope as it came."""
    _first, *lines = row.header.split("\n")
    fields: dict[str, Any] = {name: line or None for name, line in zip(HEADER, lines, strict=False)}
    photos = [photo.split(":") for photo in lines[len(HEADER)].split(",") if photo]
    raw = fields | {
        "v": int(fields["v"]),
        "device_seq": int(fields["device_seq"]),
        "photos": [{"sha256": sha, "bytes": int(size)} for sha, size in photos],
    }
    return read_envelope(raw | {"sealed": to_base64url(row.sealed), "digest": row.digest})


def receipt_code_of(row: Envelope) -> str:
    """Return the receipt code of a kept `create`. It stands nowhere but in the sealed content."""
    sealed = stored_envelope(row)
    return read_receipt_code(str(open_content(vault.ring, sealed.header, sealed.sealed)["receipt_code"]))
