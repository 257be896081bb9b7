"""Corrections and withdrawals: applied to the entry they belong to, or kept with the reason why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..kit.db import db
from ..kit.seal import SealBroken
from . import rules
from .draft import Draft, Result, confirmed_codes, held_and_warned
from .envelope import Envelope, EnvelopeTrouble, envelopes_of, open_content, stored_envelope
from .judge import Judge
from .receipt_code import CodeSlip, read_receipt_code
from .registration import CORRECTABLE, MAY_BECOME, Registration, rank_of
from .writer import Writer


class Corrections:
    def __init__(self, judge: Judge, writer: Writer):
        self.judge = judge
        self.writer = writer

    def decide(self, draft: Draft) -> None:
        """Apply a correction or withdrawal to its entry, or keep it with the reason why not."""
        parent_id = draft.header.parent
        parent = db.session.get(Registration, parent_id, with_for_update=True)
        try:
            draft.content = open_content(self.judge.ring, draft.header, draft.sealed.sealed)
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
        self.judge.check_origin(draft, self.judge.pairs([draft]))
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
        self.judge.apply_rules(draft, before | changes)
        if draft.state != "taken":
            return
        self.judge.encrypt(draft)
        self.judge.check_origin(draft, self.judge.pairs([draft]))
        self.judge.find_twins([draft], other_than=entry.id)
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
            content = open_content(self.judge.ring, origin.header, origin.sealed)
            read_receipt_code(str(content.get("receipt_code", "")))
            for step in steps:
                content |= _changes(open_content(self.judge.ring, step.header, step.sealed))
        except (EnvelopeTrouble, SealBroken, CodeSlip):
            return draft.set_aside("held", [{"field": None, "code": "not_correctable"}])
        whole = Draft(origin, Result(str(origin.header.id), origin.digest, "accepted"), content=content)
        if photos := next((step.header.photos for step in reversed(steps) if step.header.photos), ()):
            whole.sealed = replace(origin, header=replace(origin.header, photos=photos))
        self.judge.apply_rules(whole, content)
        if whole.state != "taken":
            return draft.set_aside("invalid", whole.result.reasons)
        self.judge.encrypt(whole)
        self.judge.check_origin(whole, self.judge.pairs([whole]))
        if whole.state != "taken":
            return draft.set_aside("held", whole.result.reasons)
        self.judge.find_twins([whole])
        self.writer.write_entries([whole])
        if first.state == "taken":  # withdrawn before this correction arrived
            db.session.get_one(Registration, origin.header.id).withdraw(draft.header.author_id)
        first.state, first.reasons = "taken", whole.result.reasons
        if draft.result.status != "awaiting_photo" or whole.result.status == "held":
            draft.result.status, draft.result.reasons = whole.result.status, whole.result.reasons
        return None


def _changes(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "receipt_code"}
