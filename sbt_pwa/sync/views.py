"""Views for phones."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from flask import Response, current_app, request
from flask_login import current_user
from sqlalchemy import select

from ..kit.db import db, looking_first, now
from ..kit.errors import NotFound
from ..kit.throttle import counted_with_answer, limiter
from ..kit.turns import let_next_compute, wait_for_turn, wait_to_write
from ..records.device import enrol, next_sequence, users_of
from ..records.draft import Carrier
from ..records.envelope import Envelope
from ..records.inbox import inbox_of
from ..records.intake import Erased, Intake
from ..records.photo import MOST_BYTES, Photo, find_photo, photo_to_receive, settle
from . import enrolment, phone
from .body import Malformed, TooLarge, answer, read_json, records_in
from .epoch import epoch, notice_older_database
from .token import calling_device, note_contact

MOST_RECORDS = 50
MOST_OFFERED = 500
LONGEST_PART = 262_144
BACKED_UP_THROUGH = 0  # moves when a backup has been restored elsewhere and counted; there are no backups yet
SHA256 = re.compile(r"[0-9a-f]{64}")


def device_key() -> str:
    return request.headers.get("Authorization", "")[-40:] or (request.remote_addr or "")


def told_time() -> str:
    return now().astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@phone.post("/batch")
@limiter.limit("600 per minute", key_func=device_key, deduct_when=counted_with_answer)
def batch() -> Response:
    """Take up to 50 records; 200 with one result for each, whatever becomes of it."""
    with looking_first():
        device = calling_device()
        carrier = Carrier(device_id=device.id)
        taker = Intake(carrier, current_app.config["SBT_REGENCY"], current_app.config["SBT_MINIMUM_AGE"])
    body = read_json()
    wait_for_turn()
    opened = taker.open(records_in(body, MOST_RECORDS))
    seen = body.get("seen")
    wait_to_write()
    notice_older_database(body.get("epoch"), seen if isinstance(seen, int) else 0)
    results = taker.take_opened(opened)
    note_contact(device)
    let_next_compute()
    return answer(_about() | {"results": [result.__dict__ for result in results]})


@phone.post("/have")
@limiter.limit("60 per minute", key_func=device_key)
def have() -> Response:
    """Say which of the offered records are here, so that a phone may send again what is not."""
    device = calling_device()
    offered: dict[uuid.UUID, str] = {}
    for record in records_in(read_json(), MOST_OFFERED):
        try:
            offered[uuid.UUID(record["id"])] = str(record["digest"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Malformed("Each record needs its id and digest.") from None
    query = select(Envelope.record_id, Envelope.digest).where(Envelope.record_id.in_(offered))
    here = {record_id for record_id, digest in db.session.execute(query) if record_id and offered[record_id] == digest}
    erased = select(Erased.record_id).where(Erased.record_id.in_(offered))
    gone = set(db.session.scalars(erased))
    lists: dict[str, set[uuid.UUID]] = {
        "missing": set(offered) - here - gone,
        "stored": here - gone,
        "backed_up": set(),
        "gone": gone,
    }
    note_contact(device)
    return answer(_about() | {name: sorted(map(str, ids)) for name, ids in lists.items()})


@phone.get("/inbox")
@limiter.limit("120 per minute", key_func=device_key)
def inbox() -> Response:
    """Tell what became of the records of this phone's officers; never anything personal."""
    device = calling_device()
    after = request.args.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,15}", after):
        raise Malformed("`after` must be a number.")
    items, cursor, more = inbox_of(users_of(device), int(after), only_back=request.args.get("only") == "back")
    note_contact(device)
    return answer(_about() | {"after": cursor, "more": more, "items": items})


@phone.get("/photos/<sha256>")
@limiter.limit("600 per minute", key_func=device_key)
def photo_progress(sha256: str) -> Response:
    calling_device()
    photo = find_photo(_checked(sha256))
    if photo is None:
        return answer({"sha256": sha256, "offset": 0, "complete": False, "status": "missing"})
    return answer(_photo_state(photo))


@phone.put("/photos/<sha256>")
@limiter.limit("600 per minute", key_func=device_key)
def put_photo(sha256: str) -> Response:
    """Take one part of a sealed photo. A wrong offset answers 409 with the right one; a repeated part does no harm."""
    device = calling_device()
    offset, total = _number("offset"), _number("total")
    if not 0 < total <= MOST_BYTES:
        raise TooLarge("The photo is too large.")
    part = request.get_data(cache=False)
    if len(part) > LONGEST_PART:
        raise TooLarge("The part is too large.")
    photo = photo_to_receive(_checked(sha256), total)
    if photo.state != "receiving":
        return answer(_photo_state(photo))
    if offset != photo.received_count or photo.byte_count != total or offset + len(part) > total:
        return answer(_photo_state(photo), 409)
    photo.add_part(part)
    if photo.received_count == total:
        if photo.is_whole():
            settle(photo)
        else:
            photo.begin_again(total)
    note_contact(device)
    return answer(_photo_state(photo))


@enrolment.post("/devices")
@limiter.limit("30 per hour")
def devices() -> Response:
    """Enrol this phone for the officer who is signed in; the answer holds the upload token, once."""
    body = request.get_json(silent=True)
    told = body.get("device_id") if isinstance(body, dict) else None
    try:
        device_id = uuid.UUID(told) if told else None
    except (ValueError, TypeError, AttributeError):
        raise Malformed("`device_id` must be a UUID or null.") from None
    device, token = enrol(current_user, device_id, request.user_agent.string[:60])
    account = {
        "id": str(current_user.id),
        "username": current_user.username,
        "name": current_user.name,
        "region_code": current_user.region_code,
        "region_name": current_user.region.name,
    }
    return answer(
        _about()
        | {
            "device_id": str(device.id),
            "token": token,
            "expires_at": device.token_expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "next_seq": next_sequence(device),
            "account": account,
        }
    )


@phone.route("/<path:anything>", methods=["GET", "POST", "PUT"])
def nothing_here(anything: str) -> Response:
    raise NotFound(f"There is no call /sync/{anything[:40]}.")


def _about() -> dict[str, Any]:
    return {"epoch": epoch(), "server_time": told_time(), "backed_up_through": BACKED_UP_THROUGH}


def _photo_state(photo: Photo) -> dict[str, Any]:
    complete = photo.state != "receiving"
    offset = photo.byte_count if complete else photo.received_count
    return {"sha256": photo.sha256, "offset": offset, "complete": complete, "status": photo.state}


def _checked(sha256: str) -> str:
    if not SHA256.fullmatch(sha256):
        raise Malformed("The name of a photo is its SHA-256 in hexadecimal.")
    return sha256


def _number(name: str) -> int:
    text = request.args.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Malformed(f"`{name}` must be a number.")
    return int(text)
