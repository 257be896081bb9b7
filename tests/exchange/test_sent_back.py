"""Who is approved and lacks what the file needs goes back to the officer, is put right, and stands in the next batch."""

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import NotAllowed, WrongState
from sbt_pwa.records import recount, sent_back
from sbt_pwa.records.profile import profile_of
from tests.exchange.test_round_trip import freeze, status_of
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.records.test_places import limits_hold
from tests.sync.phones import account, enrolled, send
from tests.words import words

MOTHER = "NAMA_IBU_KANDUNG"


def ask_for_mother_and_phone(programme) -> None:
    profile = profile_of(programme.profile_code)
    mother = profile.columns[-1] | {"header": MOTHER, "source": "mother_name", "required": True, "value": ""}
    profile.columns = [one | {"required": one["required"] or one["source"] == "phone"} for one in profile.columns] + [mother]
    db.session.commit()


@pytest.fixture
def programme(app):
    """Places for three; the file wants phone and mother's name."""
    close_programmes()
    programme = make_programme(places=3)
    ask_for_mother_and_phone(programme)
    return programme


@pytest.fixture
def people(app, programme):
    """One who has all; two who lack the mother's name, of whom the second has no phone either; and one who waits."""
    found = register(app, [1, 2, 3, 4])
    approve(found)
    for number, one in enumerate(found):
        one.mother_name = None if number in (1, 2) else "Wa Ode"
        one.phone = None if number == 2 else "+6281234567890"
    db.session.commit()
    assert status_of(found) == ["approved"] * 3 + ["waitlisted"]
    return found


def address(programme):
    return f"/exchange/batches/new?programme={programme.id}"


def reasons_of(one):
    return [(reason["field"], reason["code"]) for reason in one.events[-1].reasons]


def test_all_who_are_held_back_go_to_their_officers_at_once_and_the_next_moves_up(people, programme, dewi):
    page = dewi.get(address(programme)).see(people[1].name, people[2].name, MOTHER)
    send_all = page.find("form", action="/exchange/batches/new/return")
    assert len(send_all) == 4  # two by mother's name, one by phone, and all of the mother's
    dewi.post("/exchange/batches/new/return", {"programme": str(programme.id), "column": MOTHER})
    dewi.get(address(programme)).see("2 orang").not_see(people[1].name)
    assert status_of(people) == ["approved", "returned", "returned", "approved"]
    assert reasons_of(people[1]) == [("mother_name", "mother_name_missing")]
    assert reasons_of(people[2]) == [("phone", "phone_missing"), ("mother_name", "mother_name_missing")]
    assert (people[1].committed_rupiah, people[1].events[-1].by_id, programme.whole.taken) == (None, account("dewi").id, 2)
    limits_hold()
    assert recount.differences("Asia/Jayapura") == []


def test_one_goes_back_is_put_right_by_the_officer_and_is_sent(app, people, programme, dewi):
    one = people[1]
    page = dewi.get(address(programme))
    dewi.post("/exchange/batches/new/return", {"programme": str(programme.id), "column": MOTHER, "entry": str(one.id)})
    assert status_of(people) == ["approved", "returned", "approved", "approved"]
    assert freeze(dewi, programme).row_count == 2
    phone = enrolled(app)
    phone.read_news()
    assert phone.news[str(one.id)]["status"] == "returned"
    assert [reason["code"] for reason in phone.news[str(one.id)]["reasons"]] == ["mother_name_missing"]
    assert send(phone, {"mother_name": "Wa Ode Siti"}, kind="correct", parent=str(one.id)).state == "accepted"
    programme.allot("81.05", 9, 10**12)
    approve([one])
    assert freeze(dewi, programme).row_count == 1
    assert status_of([one]) == ["sent"]
    assert page.status == 200


def test_a_button_that_is_pressed_twice_or_too_late_sends_nobody_else_back(people, programme, dewi):
    form = {"programme": str(programme.id), "column": MOTHER, "entry": str(people[0].id)}
    dewi.post("/exchange/batches/new/return", form)  # lacks nothing
    dewi.post("/exchange/batches/new/return", form | {"column": "NO_SUCH_COLUMN", "entry": ""})
    assert status_of(people) == ["approved"] * 3 + ["waitlisted"]
    for trouble in ({"entry": "x"}, {"programme": "x"}, {"programme": ""}):
        dewi.post("/exchange/batches/new/return", form | trouble, status=404)
    for _twice in range(2):
        dewi.post("/exchange/batches/new/return", form | {"entry": str(people[1].id)})
    assert status_of(people) == ["approved", "returned", "approved", "approved"]
    assert [event.kind for event in people[1].events].count("returned") == 1


def test_many_go_in_steps_and_the_page_tells_who_is_left(people, programme, dewi, monkeypatch):
    monkeypatch.setattr(sent_back, "MOST", 1)
    dewi.post("/exchange/batches/new/return", {"programme": str(programme.id), "column": MOTHER})
    assert sorted(status_of(people)) == ["approved", "approved", "approved", "returned"]


def test_only_office_and_supervisor_of_the_place_call_back_and_only_who_is_approved(people):
    for who in ("sari", "agus", "rina", "halima"):
        with pytest.raises(NotAllowed):
            people[1].call_back(account(who), ["mother_name_missing"])
    with pytest.raises(WrongState):
        people[3].call_back(account("dewi"), ["mother_name_missing"])
    with pytest.raises(WrongState):  # a decision that comes after another's approval is told so
        people[1].send_back(account("budi"), ["mother_name_missing"])
    people[1].call_back(account("budi"), ["mother_name_missing"])
    assert people[1].status == "returned"


def test_a_word_for_each_column_that_may_be_empty(app):
    from sbt_pwa.records.reference import reasons

    assert {reasons()[code].kind for code in sent_back.REASONS.values()} == {"return"}
    assert words("The mother's name is missing.")
