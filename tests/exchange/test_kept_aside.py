"""What could not become an entry is seen by the office, in words, and by nobody else."""

import json

from sbt_pwa.kit.db import db
from sbt_pwa.kit.errors import SYNC_TYPE
from sbt_pwa.records.account import Account
from sbt_pwa.records.device import enrol
from tests.words import words


def send(visitor, records):
    sari = db.session.query(Account).filter_by(username="sari").one()
    _device, token = enrol(sari, None, "Nokia 1")
    db.session.commit()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": SYNC_TYPE}
    return visitor.client.post("/sync/batch", data=json.dumps({"records": records}), headers=headers)


def test_the_office_sees_what_could_not_be_read(visitor, dewi):
    send(visitor, [{"v": 1, "id": "nonsense"}, "text"])
    page = dewi.get("/exchange/kept-aside").see(words("The record could not be read. The office looks at it."))
    assert len(list(page.tree.iter("tr"))) == 3


def test_what_is_kept_aside_is_read_page_by_page(visitor, dewi, monkeypatch):
    monkeypatch.setattr("sbt_pwa.exchange.kept_aside.SHOWN", 2)
    send(visitor, [{"v": 1, "id": f"nonsense {number}"} for number in range(5)])
    pages = [dewi.get("/exchange/kept-aside").see("5")]
    for _page in range(2):
        pages.append(pages[-1].follow(words("Next")))
    numbers = [[int(td.text) for td in page.find("td", class_="num")] for page in pages]
    assert [len(found) for found in numbers] == [2, 2, 1]
    together = [*numbers[0], *numbers[1], *numbers[2]]
    assert together == sorted(set(together), reverse=True)
    assert not pages[2].find("a", rel="next")
    dewi.get("/exchange/kept-aside?after=1").follow(words("To the beginning of the list")).see("5")
    dewi.get("/exchange/kept-aside?after=x", status=404)


def test_nothing_kept_aside_says_what_would_come_here(dewi):
    dewi.get("/exchange/kept-aside").see(words("Nothing is kept aside. What a phone sends and cannot be read appears here."))


def test_dewi_starts_in_the_office(dewi):
    assert dewi.start().path == "/exchange"


def test_every_code_that_a_record_can_be_set_aside_for_has_words_without_values():
    from sbt_pwa.records.messages import FINDINGS
    from sbt_pwa.records.reference import reasons

    with_values = {code.rpartition(".")[2] for code, sentence in FINDINGS.items() if "{" in str(sentence)}
    never_invalid = {"age_young", "age_near_limit", "digits_more"}  # warnings, and a form's second wording
    assert with_values - never_invalid <= reasons().keys()
