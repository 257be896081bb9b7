"""Members for tests: people whom the insurer has taken, in a programme."""

import datetime as dt

from sbt_pwa.kit.db import db, now
from sbt_pwa.records.event import Event
from sbt_pwa.records.job import do_next
from sbt_pwa.records.places import take_place
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.registration import Registration, rank_of
from tests.factories import invented
from tests.sync.phones import account

DAY = dt.timedelta(days=1)


def make_member(programme: Programme, seed: int, first: dt.date, last: dt.date | None = None, **other) -> Registration:
    """Somebody who went the whole way: registered, approved with a place, sent, and taken by the insurer."""
    person = invented(seed, district=other.pop("district", "81.05.01"))
    occupation = other.pop("occupation", "fisher")
    one = Registration(
        status="approved", author_id=account(other.pop("author", "sari")).id, saved_at=now(), consent_at=now(),
        category="vulnerable", district_code=person.district, village_code=person.village, occupation=occupation, sex=person.sex,
        birth_date=person.birth_date, rank=rank_of([]), warnings=[], confirmed=[],
    )  # fmt: skip
    db.session.add(one)
    answers = {"nik": person.nik, "name": person.name, "birth_date": person.birth_date.isoformat(), "village": person.village}
    answers |= {"category": "vulnerable", "sex": person.sex, "occupation": occupation, "workplace": "Pelabuhan Bula"} | other
    with db.session.no_autoflush:
        one.write_answers(answers)
    one.events.append(Event(kind="approved", by_id=account("budi").id))
    db.session.flush()
    assert take_place(one, programme.start_on - DAY), "no place"
    assert one.programme_id == programme.id, "the place is in another programme"
    one.mark_sent(account("dewi"))
    one.activate(account("dewi"), f"{seed:011d}", first, last or programme.end_on)
    db.session.commit()
    return one


def work() -> None:
    """Do all that is on the list of work, as the thread beside the requests would."""
    db.session.commit()
    while do_next():
        pass
