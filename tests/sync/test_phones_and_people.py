"""Whose record it is, who brought it, and which never came."""

import uuid

import pytest

from sbt_pwa.records.device import lost_records
from tests.protocol_client import Refused
from tests.sync.phones import account, content, enrolled, entries, entry, envelopes, send


def test_two_officers_on_one_phone_send_as_themselves(app, phone):
    phone.save(content(1))
    second = enrolled(app, "yusuf", device_id=uuid.UUID(phone.device_id))
    assert second.device_id == phone.device_id
    second.outbox, second.next_seq = phone.outbox, phone.next_seq  # one phone: one outbox, one counter
    second.save(content(2))
    second.send()
    assert {kept.state for kept in second.outbox.values()} == {"accepted"}
    authors = {str(one.author_id) for one in entries()}
    assert authors == {phone.author_id, second.author_id}
    with pytest.raises(Refused, match="token_unknown"):
        phone.call("GET", "/sync/inbox")  # the phone has a new token


def test_another_phone_may_carry_a_record_and_the_author_stays(phone, other_phone):
    record_id = phone.save(content(1))
    other_phone.outbox[record_id] = phone.outbox[record_id]
    other_phone.send()
    assert other_phone.outbox[record_id].state == "accepted"
    assert str(entry(record_id).author_id) == phone.author_id
    assert str(envelopes()[0].carrier_id) == other_phone.device_id


def test_gaps_in_the_counter_are_seen(app, phone):
    for seed in range(1, 6):
        phone.save(content(seed))
    lost = list(phone.outbox)[1:3]
    for record_id in lost:
        del phone.outbox[record_id]
    phone.send()
    [(device, number, names)] = lost_records()
    assert (str(device.id), number, names) == (phone.device_id, 2, [account("sari").name])
    assert lost_records([account("yusuf").id]) == []


def test_an_old_village_code_finds_its_village(phone):
    kept = send(phone, content(1, district="81.05.02", village="81.05.02.2006"))
    assert kept.state == "accepted"
    stored = entry(kept.envelope["id"])
    assert (stored.village_code, stored.district_code) == ("81.05.16.2001", "81.05.16")
