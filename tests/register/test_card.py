"""The officer shows and prints the cards of own members, and of nobody else's."""

import pytest

from sbt_pwa.kit.db import db
from tests.check.test_status import KPJ, lead
from tests.papers import codes_on, words_on
from tests.sync.phones import content, enrolled, entry, send
from tests.words import words

NOWHERE = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def member(app):
    """Register somebody by this officer and make a member of the person; return (id, receipt code)."""

    def make(seed: int = 21, by: str = "sari", status: str = "active", **other):
        kept = send(enrolled(app, by), content(seed, **other))
        lead(entry(kept.envelope["id"]), status)
        db.session.commit()
        return kept.envelope["id"], kept.receipt_code

    return make


def test_an_officer_finds_the_card_on_the_own_day_and_prints_it(app, member, visitor):
    record_id, code = member(name="Fatimah Rumakat")
    visitor.sign_in("sari")
    page = visitor.get("/register").follow(words("Member card"))
    assert page.path == f"/register/card/{record_id}"
    page.see("Fatimah Rumakat", KPJ).not_see(content(21)["nik"])
    answer = page.follow(words("Save as PDF")).response
    assert "Fatimah Rumakat" in words_on(answer.data)[0]
    assert codes_on(answer.data) == [f"http://localhost/check#{code}"]
    assert "Fatimah" not in answer.headers["Content-Disposition"]


def test_a_card_of_another_officers_member_is_not_there(member, visitor):
    record_id, _code = member()
    visitor.sign_in("yusuf")
    for one in (record_id, NOWHERE):
        visitor.get(f"/register/card/{one}", status=404).not_see(KPJ)
        visitor.get(f"/register/card/{one}.pdf", status=404)


def test_there_is_no_card_before_the_insurer_has_answered(member, visitor):
    record_id, _code = member(status="sent")
    visitor.sign_in("sari")
    visitor.get("/register").not_see(f"/register/card/{record_id}")
    visitor.get(f"/register/card/{record_id}", status=409)
    visitor.get(f"/register/card/{record_id}.pdf", status=409)
