"""The checks before a batch is frozen: each leads to the list of all whom it counts."""

import datetime as dt

import pytest

from sbt_pwa.exchange import batches as room
from sbt_pwa.kit.db import db
from sbt_pwa.records import batch_checks
from sbt_pwa.records.leaving import birthday
from sbt_pwa.records.profile import profile_of
from tests.exchange.test_round_trip import bring, confirm, freeze, reply
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.words import words

DAY = dt.timedelta(days=1)


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme(places=50)


def test_who_turns_65_within_the_programme_is_named_and_goes_along(app, dewi, programme):
    on_the_last_day, after_it, too_old, young = people = register(app, range(1, 5))
    approve(people)
    end = programme.end_on
    on_the_last_day.birth_date = end.replace(year=end.year - 65)
    after_it.birth_date = on_the_last_day.birth_date + DAY
    too_old.birth_date = dt.date(1950, 1, 1)
    db.session.commit()
    page = dewi.get(f"/exchange/batches/new?programme={programme.id}")
    page.see(words("%(count)s person turns 65 before the programme ends") % {"count": "1"})
    seen = page.follow(words("See who")).see(on_the_last_day.name)
    for one in (after_it, too_old, young):
        assert str(one.id) not in str(seen.links())
    assert batch_checks.held_back(programme)[0].some == [too_old]
    assert freeze(dewi, programme).row_count == 3


@pytest.mark.parametrize("day", [dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2027, 2, 28), dt.date(2027, 12, 31)])
def test_the_birth_dates_of_the_check_are_those_of_the_birthdays(day):
    limit = batch_checks.born_for_65(day)
    for days in range(-3, 4):
        born = limit + days * DAY
        assert (birthday(born) <= day) == (born <= limit), born


def test_the_same_nik_in_an_earlier_batch_is_told_with_the_batch_and_its_answer(app, dewi, lina, programme):
    one, other = register(app, [1, 2])
    approve([one, other])
    batch = freeze(dewi, programme)
    confirm(lina, bring(dewi, reply([[one.nik, one.name, "N", "NIK TIDAK PADAN"]], ("NIK", "NAMA", "STATUS", "KETERANGAN"))))
    one.resubmit(one.author_id, ["name"], [], False)
    approve([one, *(new := register(app, [3]))])
    page = dewi.get(f"/exchange/batches/new?programme={programme.id}").follow(words("See who, and in which batch"))
    page.see(one.name, one.masked_nik, batch.title, words("Not taken by BPJS")).not_see(other.name, new[0].name)


def test_a_list_that_stops_says_so_and_leads_to_all_of_them(app, dewi, programme, monkeypatch):
    monkeypatch.setattr(batch_checks, "SOME", 2)
    monkeypatch.setattr(room, "CHECKED", 3)
    people = register(app, range(1, 8))
    approve(people)
    profile = profile_of("bpu").told
    columns = [column | {"required": True} if column["source"] == "phone" else column for column in profile["columns"]]
    profile_of("bpu").columns = columns
    for one in people:
        one.phone = None
    db.session.commit()
    page = dewi.get(f"/exchange/batches/new?programme={programme.id}")
    more = words("These are the first %(shown)s. See all %(count)s") % {"shown": 2, "count": 7}
    assert sum(one.name in page.text for one in people) >= 2
    seen, pages, page = set(), 0, page.follow(more)
    while True:
        pages += 1
        seen |= {one.id for one in people if f"/exchange/people/{one.id}" in page.links().values()}
        following = [address for address in page.links().values() if "after=" in address]
        if not following or pages > 5:
            break
        page = dewi.get(following[0])
    assert (seen, pages) == ({one.id for one in people}, 3)


def test_an_unknown_check_is_not_there(app, dewi, programme):
    dewi.get(f"/exchange/batches/new/people?programme={programme.id}&check=none", status=404)
    assert dewi.get("/exchange/batches/new/people?check=age").path == "/exchange/batches/new"  # the programme is chosen there
