"""Sentences that moves and rules say, lazily translated."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from .reference import reasons

NO_REASON = _l("Choose at least one reason, so that the officer knows what to do.")
UNKNOWN_REASON = _l("This reason is not in the list. Choose one of the list.")
OWN_ENTRY = _l("You registered this person yourself. Another supervisor has to decide.")
SAME_NIK_OPEN = _l("Another open entry has the same NIK. Refuse one of the two first.")
PHOTO_ON_ITS_WAY = _l("The photo of this entry is still on its way. Approve it when the photo is here.")
NO_PLACES_YET = _l("Set the places first. A closed programme stays closed; make a new one.")
BELOW_TAKEN = _l("More is taken already. Set at least as many places and rupiah as are taken.")
CHOOSE_PROGRAMME = _l("Choose the programme first.")
NOBODY_FOR_BATCH = _l("Nobody is ready for a batch here. People are ready when they are approved and have a place.")
SECOND_PERSON = _l("You brought this file yourself. Another person of the office has to confirm it.")
TICKED_YOURSELF = _l("You ticked rows of this file yourself. Another person of the office has to confirm it.")
FILE_WAS_APPLIED = _l("This very file was applied before. Nothing was changed.")
UNKNOWN_FILTER = _l("This list is not known. Open the entries again and choose from there.")
TOO_LATE_TO_UNDO = _l("This decision can no longer be taken back.")

# Problems and warnings by code, or by "<field>.<code>" where the field needs other words. {names} are filled in.
FINDINGS: dict[str, Any] = {
    "required": _l("Fill this in."),
    "category.required": _l("Choose the kind of worker."),
    "nik.required": _l("Type the NIK. It has 16 digits and stands on the KTP."),
    "name.required": _l("Type the name as it stands on the KTP."),
    "birth_date.required": _l("Type the birth date, for example 17-8-1990."),
    "sex.required": _l("Choose male or female."),
    "village.required": _l("Choose the village."),
    "occupation.required": _l("Choose the work."),
    "agency.required": _l("Type the agency that the person works for."),
    "consent.required": _l("The person has to agree before the entry can be saved."),
    "consent_needed": _l("The person has to agree before the entry can be saved."),
    "not_digits": _l("Only digits belong here."),
    "digits": _l("This must have {want} digits. There are {have}."),
    "nik.digits": _l("The NIK must have {want} digits. There are {have}."),
    "family_card_no.digits": _l("The family card number must have {want} digits. There are {have}."),
    "digits_more": _l("This has {have} digits. It must have {want}."),
    "nik.digits_more": _l("The NIK must have {want} digits. There are {have} now."),
    "family_card_no.digits_more": _l("The family card number must have {want} digits. There are {have} now."),
    "looks_like_kpj": _l("This looks like a KPJ number (11 digits). The NIK has 16 digits and stands on the KTP."),
    "too_long": _l("This is too long: {have} characters. At most {max} fit."),
    "unknown_choice": _l("Choose one of the list."),
    "other_district": _l("This village is not in the chosen district. Choose the village again."),
    "name_characters": _l("A name has only letters, spaces, dots, hyphens and apostrophes."),
    "not_a_date": _l("This is not a date. Write day, month and year, for example 17-8-1990."),
    "in_future": _l("This date is in the future. Look at the KTP again."),
    "age_limit": _l("The person is {age} years old. From {limit} on nobody can be registered."),
    "not_a_phone": _l("This is not a mobile number. It begins with 08, for example 0812-3456-7890."),
    "not_a_number": _l("Only a number belongs here."),
    "out_of_range": _l("This number must lie between {min} and {max}."),
    "nik_unknown_region": _l("The first digits of the NIK belong to no province. Look at the KTP again."),
    "nik_other_region": _l("This NIK was issued in another region. Go on when the KTP says so."),
    "nik_no_date": _l("The NIK holds no real birth date. Look at the KTP again."),
    "nik_serial_zero": _l("The last four digits of the NIK are zero. Look at the KTP again."),
    "nik_birth_date_differs": _l("The birth date is not the one in the NIK. Look at the KTP again."),
    "nik_sex_differs": _l("The sex is not the one in the NIK. Look at the KTP again."),
    "age_young": _l("The person is {age} years old, younger than {minimum}. Go on only if the person works."),
    "age_near_limit": _l("The person is {age} years old and turns {limit} soon. Cover ends on that day."),
    "birth_place_wanted": _l("BPJS needs the birth place of non-ASN staff. It stands on the KTP."),
    "mother_name_wanted": _l("BPJS needs the mother's name of non-ASN staff. It stands on the family card."),
    "nik_on_this_phone": _l("This phone may already hold an entry with this NIK. Look at the list first."),
    "same_nik": _l("Another open entry has the same NIK."),
    "same_person": _l("Another entry has the same name and birth date under another NIK."),
    "officer_inactive": _l("The officer's account was closed before this entry arrived."),
    "author_unknown": _l("The officer never signed in on the phone that sent this."),
    "clock_off": _l("The clock of the phone was wrong when this was saved."),
    "photo_broken": _l("The photo cannot be read."),
    "photo_kind": _l("This is not a photo. Take a photo as JPEG, PNG or WEBP."),
    "photo_too_large": _l("This photo is too large. Take it again with a smaller size."),
}


def say(field: str | None, code: str, values: dict[str, Any] | None = None) -> str:
    """Return the sentence for a problem or warning."""
    values = values or {}
    if values.get("have", 0) > values.get("want", 0) > 0:
        code += "_more"
    sentence = FINDINGS.get(f"{field}.{code}") or FINDINGS.get(code) or code
    return str(sentence).format(**values)


def say_reason(code: str, field: str | None = None) -> str:
    """Return the words of a reason. What is none on the list is a finding about its field, or stands for itself."""
    known = reasons()
    return known[code].label if code in known else say(field, code)
