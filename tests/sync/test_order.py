"""Records, what follows them, and photos may arrive in any order: what stands at the end is the same."""

import itertools

import pytest
from sqlalchemy import delete

from sbt_pwa.kit.db import db
from sbt_pwa.records.envelope import Envelope
from sbt_pwa.records.event import Event
from sbt_pwa.records.photo import Photo, PhotoUse
from sbt_pwa.records.registration import Registration
from sbt_pwa.records.worker import NameWord
from tests.sync.phones import content, entry, picture


def save_story(phone, story):
    """Save the steps of a story without sending; return (entry's id, what is to be sent: records and photos)."""
    first = phone.save(content(1, **story["create"]), photo=picture(1) if "photo" in story else None)
    steps = [first]
    for changes in story.get("correct", []):
        steps.append(phone.save(changes, kind="correct", parent=first))
    if "withdraw" in story:
        steps.append(phone.save({}, kind="withdraw", parent=first))
    return first, steps + list(phone.photos)


def arrive(phone, step):
    if step in phone.photos:
        assert phone.send_photo(step)
    else:
        phone.send_some([phone.outbox[step]])


def end_of(record_id):
    """What people see at the end of the story."""
    one = entry(record_id)
    if one is None:
        return None
    return one.status, one.has_photo, tuple(sorted((k, str(v)) for k, v in one.answers.items())), len(one.events)


def begin_again(phone):
    db.session.rollback()
    for model in (NameWord, Event, PhotoUse, Photo, Envelope, Registration):
        db.session.execute(delete(model))
    db.session.commit()
    for kept in phone.outbox.values():
        kept.state = "waiting"


STORIES = {
    "registered with a photo and withdrawn": {"create": {}, "photo": 1, "withdraw": 1},
    "invalid, put right, with a photo": {"create": {"nik": "1"}, "correct": [{"nik": content(1)["nik"]}], "photo": 1},
    "invalid, put right in two steps": {
        "create": {"nik": "1", "name": None},
        "correct": [{"name": "Siti Rumakat", "nik": "2"}, {"nik": content(1)["nik"]}],
    },
    "invalid, put right and withdrawn": {"create": {"nik": "1"}, "correct": [{"nik": content(1)["nik"]}], "withdraw": 1},
    "a correction that nobody asked for": {"create": {}, "correct": [{"name": "Somebody Else"}], "withdraw": 1},
    "invalid and withdrawn": {"create": {"nik": "1"}, "withdraw": 1},
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_any_order_ends_alike(phone, story):
    record_id, steps = save_story(phone, story)
    ends = {}
    for order in itertools.permutations(steps):
        for step in order:
            arrive(phone, step)
        for step in order:
            if step in phone.outbox:
                assert phone.outbox[step].state in ("accepted", "duplicate", "held", "invalid", "awaiting_photo")
        ends[end_of(record_id)] = order
        begin_again(phone)
    assert len(ends) == 1, ends


def test_a_correction_and_a_withdrawal_in_one_batch_before_their_entry(phone):
    record_id, steps = save_story(phone, STORIES["invalid, put right and withdrawn"])
    phone.send_some([phone.outbox[one] for one in reversed(steps)])
    assert entry(record_id).status == "withdrawn"
