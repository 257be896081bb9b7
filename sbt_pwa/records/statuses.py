"""The words for statuses. The worker's first words are fixed: people know them from paper and radio."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

FIRST_WORDS = {
    "submitted": _l("Waiting for approval"),
    "held": _l("Being looked into"),
    "returned": _l("Being put right by the officer"),
    "approved": _l("Approved, waiting to be sent to BPJS"),
    "waitlisted": _l("Approved, waiting for a place"),
    "sent": _l("Sent to BPJS, waiting for the answer"),
    "active": _l("Active member"),
    "declined": _l("Not accepted by BPJS yet, being checked"),
    "refused": _l("Cannot be registered"),
    "withdrawn": _l("Registration withdrawn"),
    "ended": _l("Membership has ended"),
}
# What happened, in a history.
EVENT_WORDS = {
    "submitted": _l("Sent in"),
    "held": _l("Held, to be looked into"),
    "returned": _l("Returned to the officer"),
    "approved": _l("Approved"),
    "waitlisted": _l("Put on the waiting list"),
    "sent": _l("Sent to BPJS"),
    "active": _l("Taken by BPJS"),
    "declined": _l("Not taken by BPJS"),
    "refused": _l("Refused"),
    "withdrawn": _l("Withdrawn"),
    "ended": _l("Has left"),
    "renewal_declined": _l("Renewal not taken by BPJS"),
    "renewal_returned": _l("Something is missing for the renewal"),
    "completed": _l("What was missing was filled in"),
    "corrected": _l("What BPJS did not find right was corrected"),
    "undone": _l("Decision taken back"),
    "photo_arrived": _l("Photo arrived"),
}
AGAIN_WORDS = {"approved": _l("Approved again"), "active": _l("Taken by BPJS again")}
UNKNOWN_CODE = _l("We have not received this code yet")


def status_word(status: str) -> str:
    return str(FIRST_WORDS[status])
