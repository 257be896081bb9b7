"""Phones whose records did not all come, told to the supervisors of their officers."""

import uuid

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.records.device import DeviceUser
from tests.protocol_client import Refused
from tests.sync.phones import account, content, enrolled, entries, send
from tests.words import words

NONE = words("Nothing is missing. Every record has arrived.")


def test_without_gaps_nothing_is_told(registered, budi):
    registered(1)
    budi.get("/approve/phones").see(NONE)


def test_a_gap_in_a_phones_numbers_is_told_with_its_officers(phone, registered, budi, new_visitor):
    registered(1)
    phone.next_seq += 3
    registered(2)
    page = budi.get("/approve/phones").see("HP ini kehilangan 3 data", "Sari Rumakat", words("Last contact:"))
    page.not_see(NONE)
    halima = new_visitor()
    halima.sign_in("halima")
    halima.get("/approve/phones").see(NONE).not_see("Sari Rumakat")


def test_on_a_shared_phone_the_numbers_of_the_other_officer_are_no_gap(app, phone, budi):
    """Their records came too; they only belong to another supervisor."""
    yusuf = enrolled(app, "yusuf")
    yusuf.device_id, yusuf.token = phone.device_id, phone.token
    db.session.add(DeviceUser(device_id=uuid.UUID(phone.device_id), account_id=account("yusuf").id))
    db.session.commit()
    send(phone, content(1))
    yusuf.next_seq = phone.next_seq
    send(yusuf, content(2))
    phone.next_seq = yusuf.next_seq
    send(phone, content(3))
    budi.get("/approve/phones").see(NONE)
    phone.next_seq += 1
    send(phone, content(4))
    budi.get("/approve/phones").see("HP ini kehilangan 1 data", "Sari Rumakat").not_see("Yusuf Kelian")


def test_records_set_aside_are_counted_for_each_officer(phone, budi, new_visitor):
    send(phone, content(1, nik="1"))
    budi.get("/approve/phones").see("Sari Rumakat: 1 data")
    halima = new_visitor()
    halima.sign_in("halima")
    halima.get("/approve/phones").not_see("Sari Rumakat")


def test_a_lost_phone_is_blocked_and_sends_nothing_more(phone, budi):
    send(phone, content(1))
    page = budi.get("/approve/phones").see(words("Phones in use"), "Sari Rumakat")
    page.submit(f"/approve/phones/{phone.device_id}/revoke").not_see(words("Phones in use"))
    phone.save(content(2))
    with pytest.raises(Refused) as refusal:
        phone.send()
    assert (refusal.value.status, refusal.value.code) == (401, "device_revoked")
    assert phone.waiting() and len(entries()) == 1


def test_a_phone_of_another_district_cannot_be_blocked(app, phone, new_visitor):
    send(phone, content(1))
    halima = new_visitor()
    halima.sign_in("halima")
    enrolled(app, "yusuf")
    halima.get("/approve/phones").see("Yusuf Kelian").not_see("Sari Rumakat")
    halima.post(f"/approve/phones/{phone.device_id}/revoke", status=404)
    send(phone, content(2))
    assert len(entries()) == 2
