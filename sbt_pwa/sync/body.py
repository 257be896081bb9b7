"""Reads what a phone sent: the exact content type, gzip with a limit on what it unpacks to, JSON of the right form."""

from __future__ import annotations

import json
import zlib
from typing import Any

from flask import Response, request

from ..kit.errors import SYNC_TYPE, AppError

MOST_BYTES = 524_288  # of JSON, also after unpacking; a batch of 50 full records has about 60,000


class WrongType(AppError):
    status = 415
    code = "content_type"


class Malformed(AppError):
    status = 400
    code = "malformed"


class TooLarge(AppError):
    status = 413
    code = "too_large"


def read_json() -> dict[str, Any]:
    """Raise WrongType, TooLarge or Malformed; the phone keeps everything in each case."""
    if request.mimetype != SYNC_TYPE:
        raise WrongType(f"Send {SYNC_TYPE}.")
    data = request.get_data(cache=False)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "gzip":
        data = _unpack(data)
    elif encoding != "identity":
        raise WrongType("Content-Encoding must be gzip or left out.")
    if len(data) > MOST_BYTES:
        raise TooLarge(f"At most {MOST_BYTES} bytes, counted after unpacking.")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Malformed("The body is not a JSON object.")
    return body


def _unpack(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, MOST_BYTES + 1)
    except zlib.error:
        raise Malformed("The body is not gzip.") from None
    if len(plain) <= MOST_BYTES and not unpacker.eof:
        raise Malformed("The body was cut.")
    return plain


def records_in(body: dict[str, Any], most: int) -> list[Any]:
    """Return the list under `records`. Raise Malformed, or TooLarge for more than `most`."""
    records = body.get("records")
    if not isinstance(records, list):
        raise Malformed("`records` must be a list.")
    if len(records) > most:
        raise TooLarge(f"At most {most} records at once.")
    return records


def answer(data: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(data, separators=(",", ":")), status, content_type=SYNC_TYPE)
