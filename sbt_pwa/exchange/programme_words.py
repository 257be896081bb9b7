"""Words for codes of programmes and rates."""

from flask_babel import lazy_gettext as _l

INSURANCE_WORDS = {
    "JKK": _l("JKK, work accident"),
    "JKM": _l("JKM, death"),
    "JHT": _l("JHT, old-age savings"),
}
SEGMENT_WORDS = {"BPU": _l("Vulnerable worker (BPU)"), "PU": _l("Non-ASN staff (PU)")}
FUNDING_WORDS = {
    "APBD": _l("Regency budget (APBD)"),
    "APBDES": _l("Village budget (APBDes)"),
    "DBH": _l("Revenue share (DBH)"),
    "CSR": _l("Company (CSR)"),
    "SELF": _l("The worker"),
    "OTHER": _l("Another source"),
}
SECTOR_WORDS = {
    "": _l("Every sector without a row of its own"),
    "agriculture": _l("Agriculture"),
    "fishery": _l("Fishery"),
    "trade": _l("Trade"),
    "transport": _l("Transport"),
    "construction": _l("Construction"),
    "crafts": _l("Crafts"),
    "services": _l("Services"),
    "government": _l("Government"),
    "other": _l("Another sector"),
}
STATE_WORDS = {"draft": _l("Being prepared"), "open": _l("Open"), "closed": _l("Closed")}
