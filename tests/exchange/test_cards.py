"""The office prints the cards of a programme: by district, in files of bounded size, everybody once."""

import datetime as dt

import pytest

from sbt_pwa.exchange import cards
from sbt_pwa.kit.db import db
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.registration import Registration
from tests.check.test_status import lead
from tests.members import make_member
from tests.papers import codes_on, sizes_of, words_on
from tests.sync.phones import content, enrolled, entry, send
from tests.words import words

GOROM = {"district": "81.05.04", "village": "81.05.04.2001"}
NOWHERE = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def members(app):
    """Eleven members in Bula, two in Pulau Gorom, and one who waits; return their receipt codes."""
    sari, yusuf, codes = enrolled(app), enrolled(app, "yusuf"), []
    for seed in range(13):
        kept = send(sari, content(seed)) if seed < 11 else send(yusuf, content(seed, **GOROM))
        one = entry(kept.envelope["id"])
        one.approve(account_of(one))
        one.mark_sent(None)
        activate(one, seed)
        codes.append(kept.receipt_code)
    lead(entry(send(sari, content(50)).envelope["id"]), "sent")
    db.session.commit()
    return codes


def account_of(one):
    from tests.sync.phones import account

    return account("budi" if one.district_code == "81.05.01" else "halima")


def activate(one, seed: int) -> None:
    one.activate(None, f"26{seed:09d}", dt.date(2026, 12, 1), dt.date(2027, 11, 30))


@pytest.fixture
def programme_id(members):
    return db.session.query(Registration).first().programme_id


def codes_in(answer) -> list[str]:
    return sorted(said.rpartition("#")[2] for said in codes_on(answer.response.data))


def test_every_member_has_one_card_ten_to_a_sheet(members, programme_id, dewi):
    answer = dewi.get(f"/exchange/programmes/{programme_id}/cards.pdf")
    assert sizes_of(answer.response.data) == [(210, 297), (210, 297)]
    assert codes_in(answer) == sorted(members)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kartu-peserta.pdf"'
    said = "".join(words_on(answer.response.data))
    assert not [seed for seed in range(13) if content(seed)["nik"] in said]


def test_a_district_has_its_own_file(members, programme_id, dewi):
    page = dewi.get(f"/exchange/programmes/{programme_id}/cards").see("Bula", "Pulau Gorom")
    page.see(words("%(count)s card") % {"count": "11"}, words("%(count)s card") % {"count": "2"})
    links = [link.get("href") for link in page.find("a") if "cards.pdf" in (link.get("href") or "")]
    assert sorted(len(codes_in(dewi.get(link))) for link in links) == [2, 11]


def test_many_cards_are_cut_into_files_and_nobody_is_lost(monkeypatch, members, programme_id, dewi):
    monkeypatch.setattr(cards, "MOST", 4)
    page = dewi.get(f"/exchange/programmes/{programme_id}/cards")
    links = [link.get("href") for link in page.find("a") if "cards.pdf" in (link.get("href") or "")]
    assert len(links) == 4
    assert sorted(code for link in links for code in codes_in(dewi.get(link))) == sorted(members)


def test_a_member_whose_code_nobody_knows_is_left_out_and_the_others_have_theirs(members, programme_id, dewi):
    make_member(db.session.get(Programme, programme_id), 60, dt.date(2026, 12, 1))
    db.session.commit()
    assert codes_in(dewi.get(f"/exchange/programmes/{programme_id}/cards.pdf")) == sorted(members)


def test_where_nobody_is_a_member_there_is_no_file(members, programme_id, dewi):
    dewi.get(f"/exchange/programmes/{NOWHERE}/cards", status=404)
    dewi.get(f"/exchange/programmes/{NOWHERE}/cards.pdf", status=404)
    dewi.get(f"/exchange/programmes/{programme_id}/cards.pdf", query={"district": "81.05.02"}, status=404)
    dewi.get(f"/exchange/programmes/{programme_id}/cards.pdf", query={"part": "x"})
    for db_row in db.session.query(Registration):
        db_row.status = "sent"
    db.session.commit()
    dewi.get(f"/exchange/programmes/{programme_id}/cards").see(
        words("Nobody is a member yet. When the insurer's answer has come, the cards are here.")
    )
