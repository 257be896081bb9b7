"""Words of the approval room that no record needs."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STATE_WORDS = {
    "waiting": _l("All that wait"),
    "submitted": _l("Waiting for approval"),
    "held": _l("Being looked into"),
    "returned": _l("Returned"),
    "approved": _l("Approved"),
    "waitlisted": _l("On the waiting list"),
    "refused": _l("Refused"),
}
WARNING_WORDS = {
    "same_nik": _l("Same NIK twice"),
    "author_unknown": _l("Officer and phone do not belong together"),
    "officer_inactive": _l("Officer's account is closed"),
    "clock_off": _l("Phone's clock is off"),
    "same_person": _l("Same name and birth date"),
    "age_young": _l("Very young"),
    "nik_birth_date_differs": _l("NIK has another birth date"),
    "nik_sex_differs": _l("NIK has another sex"),
    "nik_other_region": _l("NIK of another region"),
    "nik_unknown_region": _l("NIK of no region"),
    "nik_no_date": _l("NIK without a date"),
    "nik_serial_zero": _l("NIK ends in zeros"),
    "age_near_limit": _l("Nearly 65"),
    "birth_place_wanted": _l("No birth place for BPJS"),
    "mother_name_wanted": _l("No mother's name for BPJS"),
}
DONE_WORDS = {
    "approved": _l("Approved."),
    "waitlisted": _l("Approved. The person is on the waiting list: all places are taken, or others came first."),
    "returned": _l("Returned to the officer."),
    "refused": _l("Refused."),
    "undone": _l("Taken back. The entry waits again."),
}
WHO_DID = {
    "approved": _l("%(who)s approved this entry on %(when)s."),
    "waitlisted": _l("%(who)s approved this entry on %(when)s."),
    "returned": _l("%(who)s returned this entry on %(when)s."),
    "refused": _l("%(who)s refused this entry on %(when)s."),
    "undone": _l("%(who)s took back the decision on %(when)s."),
}
SOMETHING_CHANGED = _l("This entry has changed since you opened it.")
TAKEN_WORDS = {
    "accepted": _l("Received."),
    "awaiting_photo": _l("Received. Its photo is not in this file."),
    "duplicate": _l("It was here already. Nothing was doubled."),
    "held": _l("Received. A supervisor has to look at it."),
    "invalid": _l("Kept, but it cannot be read or breaks a rule. The office looks at it."),
    "conflict": _l("Kept, but another record with the same number is here. The office looks at it."),
    "retry": _l("Not received now. Send the file once more later."),
    "gone": _l("Not accepted: this person's data were erased at their request."),
}
FILE_TROUBLES = {
    "missing": _l("Choose the file that the phone saved."),
    "not_json": _l("This file cannot be read. Choose the file that the phone saved, unchanged."),
    "not_bundle": _l("This is not a file of the outbox. On the phone, choose to save what waits there."),
    "too_many": _l("This file holds too many records. Ask the office."),
    "empty": _l("There are no records in this file."),
}
