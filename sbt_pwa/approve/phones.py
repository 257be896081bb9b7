"""Phones in use, those whose records did not all come, and the file of a phone that never finds signal again."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ..kit.access import me
from ..kit.i18n import show_moment
from ..kit.limits import takes_at_most
from ..records.bundle import BundleTrouble, read_bundle, take_bundle
from ..records.device import Device, lost_records, phones_of, revoke
from ..records.messages import say_reason
from ..records.queue import officers_of, set_aside_count
from ..settings import MEGABYTE
from . import room
from .forms import BundleForm
from .words import FILE_TROUBLES, TAKEN_WORDS

LARGEST_BUNDLE = 8 * MEGABYTE


@room.get("/phones")
def phones() -> str:
    officers = {officer: name for officer, _username, name in officers_of(me())}
    rows = [_row(device, names) | {"lost": lost} for device, lost, names in lost_records(list(officers))]
    aside = [(officers[author], n) for author, n in set_aside_count(list(officers))]
    in_use = [_row(device, names) for device, names in phones_of(list(officers))]
    return render_template("approve/phones.html", phones=rows, set_aside=aside, in_use=in_use)


def _row(device: Device, names: list[str]) -> dict[str, Any]:
    return {"id": device.id, "contact_at": show_moment(device.contact_at), "officers": names, "label": device.label}


@room.post("/phones/<uuid:device_id>/revoke")
def revoke_phone(device_id: uuid.UUID) -> Response:
    """Let a lost phone send nothing more."""
    revoke(device_id, [officer for officer, _username, _name in officers_of(me())])
    return make_response(redirect(url_for("approve.phones"), 303))


@room.get("/bundle")
def bundle() -> str:
    return render_template("approve/bundle.html", results=None, trouble="")


@room.post("/bundle")
@takes_at_most(LARGEST_BUNDLE)
def take_in() -> Response:
    """Take what a phone saved as a file. Nothing is doubled when the file is sent twice."""
    try:
        opened = read_bundle(_uploaded(BundleForm().bundle.data))
    except BundleTrouble as trouble:
        return make_response(render_template("approve/bundle.html", results=None, trouble=FILE_TROUBLES[trouble.code]), 422)
    settings = current_app.config
    taken = take_bundle(opened, me(), settings["SBT_REGENCY"], settings["SBT_MINIMUM_AGE"])
    results = [_told(row) for row in taken]
    return make_response(render_template("approve/bundle.html", results=results, trouble=""))


def _uploaded(upload: FileStorage | None) -> bytes:
    if not upload or not upload.filename:
        return b""
    with closing(upload):
        return upload.read()


def _told(row: Any) -> dict[str, Any]:
    why = [say_reason(one["code"], one["field"]) for one in row.result.reasons]
    return {
        "number": row.number,
        "saved_at": show_moment(row.saved_at) if row.saved_at else _("unknown time"),
        "officer": row.officer or _("unknown officer"),
        "status": row.result.status,
        "words": TAKEN_WORDS.get(row.result.status, row.result.status),
        "reasons": why,
        "entry_id": row.entry_id,
        "photo": row.photo,
    }
