"""Corrections and withdrawals: what belongs to an entry that is open, has moved on, is unread, or is somebody else's."""

import pytest

from sbt_pwa.kit.db import db
from tests.protocol_client import Refused
from tests.sync.phones import NOBODY, account, content, entries, entry, send


def test_a_correction_of_an_invalid_record_makes_the_entry(phone):
    first = send(phone, content(1, name=None, sex="x"))
    half = send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=first.envelope["id"])
    assert (half.state, half.reasons) == ("invalid", [{"field": "sex", "code": "unknown_choice"}])
    whole = send(phone, {"sex": "female"}, kind="correct", parent=first.envelope["id"])
    assert (whole.state, whole.reasons) == ("accepted", [])
    stored = entry(first.envelope["id"])
    assert (stored.name, stored.sex, stored.status) == ("Siti Rumakat", "female", "submitted")


def test_nobody_else_can_correct_or_withdraw_an_invalid_record(phone, other_phone):
    first = send(phone, content(1, name=None))
    parent = first.envelope["id"]
    assert send(other_phone, {"name": "Another"}, kind="correct", parent=parent).codes == ["not_correctable"]
    assert send(other_phone, {}, kind="withdraw", parent=parent).codes == ["not_correctable"]
    assert entries() == []
    assert send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=parent).state == "accepted"


def test_a_withdrawal_in_another_officers_name_waits_for_a_person(phone, other_phone):
    first = send(phone, content(1))
    kept = send(other_phone, {}, kind="withdraw", parent=first.envelope["id"], author_id=phone.author_id)
    assert (kept.state, kept.codes) == ("held", ["author_unknown"])
    assert entry(first.envelope["id"]).status == "submitted"


def test_a_correction_of_an_author_who_does_not_exist_is_kept(phone):
    first = send(phone, content(1, name=None), author_id=NOBODY)
    assert first.state == "invalid"
    kept = send(phone, {"name": "Siti Rumakat"}, kind="correct", parent=first.envelope["id"], author_id=NOBODY)
    assert kept.state == "held" and kept.server_seq


def test_a_correction_can_free_an_entry_from_a_nik_that_is_open_elsewhere(phone, other_phone):
    """The officer had typed the neighbour's NIK; the supervisor sent it back."""
    send(other_phone, content(1))
    kept = send(phone, content(2, nik=content(1)["nik"]))
    assert kept.state == "held"
    entry(kept.envelope["id"]).send_back(account("budi"), ["nik_wrong"])
    db.session.commit()
    fixed = send(phone, {"nik": content(2)["nik"]}, kind="correct", parent=kept.envelope["id"])
    assert (fixed.state, fixed.reasons) == ("accepted", [])
    stored = entry(kept.envelope["id"])
    assert (stored.status, stored.nik) == ("submitted", content(2)["nik"])
    assert [event.kind for event in stored.events] == ["held", "returned", "submitted"]
    assert stored.events[-1].fields == ["nik"]


def test_a_correction_to_a_nik_that_is_open_elsewhere_is_held(phone, other_phone):
    send(other_phone, content(1))
    kept = send(phone, content(2))
    entry(kept.envelope["id"]).send_back(account("budi"), ["nik_wrong"])
    db.session.commit()
    fixed = send(phone, {"nik": content(1)["nik"]}, kind="correct", parent=kept.envelope["id"])
    assert (fixed.state, fixed.codes) == ("held", ["same_nik"])
    assert entry(kept.envelope["id"]).status == "held"


def test_a_withdrawal_ends_the_entry(phone):
    first = send(phone, content(1))
    kept = send(phone, {"receipt_code": first.receipt_code}, kind="withdraw", parent=first.envelope["id"])
    assert kept.state == "accepted"
    assert entry(first.envelope["id"]).status == "withdrawn"
    again = send(phone, {"receipt_code": first.receipt_code}, kind="withdraw", parent=first.envelope["id"])
    assert again.codes == ["not_correctable"]


def test_a_correction_of_an_entry_that_does_not_open_is_told_in_the_protocols_words_and_stays_on_the_phone(phone):
    kept = send(phone, content(1))
    of_another = entry(send(phone, content(2)).envelope["id"]).name_sealed
    one = entry(kept.envelope["id"])
    one.send_back(account("budi"), ["name_differs"])
    one.name_sealed = of_another
    db.session.commit()
    phone.save({"name": "Siti Benar"}, kind="correct", parent=kept.envelope["id"])
    with pytest.raises(Refused) as refusal:
        phone.send()
    assert (refusal.value.status, refusal.value.code) == (500, "fault")
    assert [one.envelope["kind"] for one in phone.waiting()] == ["correct"]
