"""Records on their way in: who brings them, what will be written, and what will be answered."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import rules
from .envelope import Header, Sealed

Reasons = list[dict[str, Any]]


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
    person: dict[str, Any] = field(default_factory=dict)  # the columns about the person, encrypted where they must be
    words: list[bytes] = field(default_factory=list)  # of the name, hashed
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


def held_and_warned(draft: Draft) -> list[str]:
    """Return the codes that a supervisor sees: why it is held, then what the rules warn of."""
    held = [reason["code"] for reason in draft.result.reasons] if draft.result.status == "held" else []
    return held + draft.warnings


def confirmed_codes(content: dict[str, Any]) -> list[str]:
    told = content.get("confirmed_warnings")
    return [code[:40] for code in told if isinstance(code, str)][:20] if isinstance(told, list) else []
