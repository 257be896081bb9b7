"""Phone numbers: stored as E.164 (+6281234567890), shown as people write them (0812-3456-7890)."""

from __future__ import annotations

import phonenumbers


def show_phone(stored: str | None) -> str | None:
    """Return the national form; what is no number comes back as it is."""
    if not stored:
        return stored
    try:
        number = phonenumbers.parse(stored, "ID")
    except phonenumbers.NumberParseException:
        return stored
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
