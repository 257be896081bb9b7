"""How far an answer is that takes effect: all of it is one transaction, and the page tells the count all the same."""

import threading

import pytest
from sqlalchemy import event

from sbt_pwa.kit.db import db
from sbt_pwa.records import answer_effect
from sbt_pwa.records.job import TOLD
from tests.exchange.conftest import signed_in
from tests.exchange.test_round_trip import bring, freeze, member_row, reply, status_of, work
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.words import words


@pytest.fixture
def looking(app, dewi):
    """Look at the page of a file from another thread, as another request would, whenever a step is written."""
    seen, worker = [], threading.get_ident()

    def look(address):
        with app.app_context():
            seen.append(dewi.get(address).text)
            db.session.remove()

    def when_written(_session, _context):
        if threading.get_ident() == worker and when_written.address:
            thread = threading.Thread(target=look, args=(when_written.address,))
            thread.start()
            thread.join(60)

    when_written.address = ""
    event.listen(db.session, "after_flush", when_written)
    yield when_written, seen
    event.remove(db.session, "after_flush", when_written)


def test_the_page_counts_while_the_answers_take_effect(app, dewi, looking, monkeypatch):
    monkeypatch.setattr(answer_effect, "STEP", 2)
    close_programmes()
    people = register(app, range(1, 7))
    programme = make_programme(places=10)
    approve(people)
    freeze(dewi, programme)
    file = bring(dewi, reply([member_row(one, number) for number, one in enumerate(people)]))
    lina = signed_in(app, "lina")
    lina.get(f"/exchange/answers/{file.id}").submit("/confirm")
    when_written, seen = looking
    when_written.address = f"/exchange/answers/{file.id}"
    work()
    when_written.address = ""
    counts = [count for count in ("0 dari 6", "2 dari 6", "4 dari 6") if any(count in text for text in seen)]
    assert counts == ["0 dari 6", "2 dari 6", "4 dari 6"]
    assert all(words("The answers take effect.") in text for text in seen if "dari 6" in text)
    assert status_of(people) == ["active"] * 6 and not TOLD
    dewi.get(f"/exchange/answers/{file.id}").not_see("dari 6")
