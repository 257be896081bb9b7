"""/rules.json: the rules, words and key that a phone needs to work alone."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import current_app

from ..kit.i18n import today
from ..kit.photos import LONG_SIDE, MAX_BYTES
from ..kit.seal import public_key
from ..kit.vault import vault
from ..records import messages, rules
from ..records.envelope import CONTENT
from ..records.reference import HEIR_RELATIONS, occupations, reasons
from ..records.statuses import FIRST_WORDS
from ..settings import VERSION


def rules_table() -> dict[str, Any]:
    at = rules.Circumstances.on(today(), current_app.config["SBT_REGENCY"], current_app.config["SBT_MINIMUM_AGE"])
    ring = vault.ring
    table = {
        "app": VERSION,
        "as_of": at.as_of.isoformat(),
        "start_on": at.start_on.isoformat(),
        "regency": at.regency,
        "minimum_age": at.minimum_age,
        "age_limit": rules.AGE_LIMIT,
        "key": {"id": ring.sealing_id, "public": public_key(ring, ring.sealing_id)},
        "provinces": sorted(rules.known_provinces()),
        "fields": [_field(rule) for rule in rules.table()],
        "content": CONTENT,
        "photo": {"max_bytes": MAX_BYTES, "long_side": LONG_SIDE},
        "messages": {code: str(words) for code, words in messages.FINDINGS.items()},
        "reasons": {code: reason.label for code, reason in reasons().items()},
        "statuses": {status: str(words) for status, words in FIRST_WORDS.items()},
        "occupations": {code: occupation.label for code, occupation in occupations().items()},
        "relations": {code: str(words) for code, words in HEIR_RELATIONS.items()},
    }
    text = json.dumps(table, sort_keys=True)
    return {"version": hashlib.sha256(text.encode()).hexdigest()[:12]} | table


def _field(rule: rules.Rule) -> dict[str, Any]:
    told: dict[str, Any] = {"field": rule.field, "clean": rule.clean, "required": rule.required}
    if rule.only_for:
        told["only_for"] = rule.only_for
    if rule.wanted_for:
        told["wanted_for"] = rule.wanted_for
    return told | {"checks": [list(check) for check in rule.checks]}
