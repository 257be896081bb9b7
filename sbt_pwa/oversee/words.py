"""Words of the leaders' pages."""

from flask_babel import lazy_gettext as _l

STAGE_WORDS = {
    "submitted": _l("Wait for approval"),
    "held": _l("To look into"),
    "returned": _l("Sent back to be put right"),
    "approved": _l("Approved, to be sent to BPJS"),
    "waitlisted": _l("Approved, no place yet"),
    "sent": _l("BPJS has not answered"),
    "declined": _l("Not taken by BPJS, to be put right"),
}
WHO_WORDS = {
    "officer": _l("field officer"),
    "supervisor": _l("supervisor"),
    "office": _l("office"),
    "insurer": _l("BPJS"),
}
SORT_WORDS = {
    "missing": _l("Most people missing"),
    "share": _l("Lowest share covered"),
    "covered": _l("Most people covered"),
    "stuck": _l("Most entries standing still"),
    "name": _l("Name"),
}
LEVEL_WORDS = {"regency": _l("Regency"), "district": _l("District"), "village": _l("Village")}
