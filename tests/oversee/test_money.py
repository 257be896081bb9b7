"""Rupiah of a district are held against the limits that stand there, and never against what other programmes cost."""

from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.fields import show_rupiah
from sbt_pwa.kit.i18n import show_number, today
from sbt_pwa.records.coverage import Choice, Coverage
from sbt_pwa.records.programme import Programme
from tests.page_check import text_of
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.words import words

HERE, LIMIT = "81.05.01", 5_000_000


def test_who_has_a_place_in_a_programme_without_a_limit_here_is_told_apart(app, visitor):
    close_programmes()
    for programme in db.session.scalars(select(Programme)):
        programme.budget_year -= 10  # out of what is looked at
    narrow = make_programme(places=2, name="Sempit")
    narrow.allot(HERE, 2, LIMIT)
    make_programme(name="Luas")
    people = register(app, range(3))
    approve(people)
    inside = [one.committed_rupiah for one in people if one.programme_id == narrow.id]
    [outside] = [one.committed_rupiah for one in people if one.programme_id != narrow.id]

    money = Coverage(Choice(HERE, today().year), today()).money
    assert (len(inside), money.budget, money.committed, money.elsewhere) == (2, LIMIT, sum(inside), outside)
    visitor.sign_in("agus")
    page = visitor.get(f"/oversee/region/{HERE}")
    section = next(one for one in page.tree.iter("section") if one.get("aria-labelledby") == "money")
    rows = dict(zip(map(text_of, section.iter("dt")), map(text_of, section.iter("dd")), strict=True))
    assert rows[words("Committed in programmes without a limit here")] == show_rupiah(outside)
    there = visitor.get(next(a.get("href") for a in section.iter("a"))).find("table", class_="plain-table standing")[0]
    assert [text_of(cell) for cell in there.find("tfoot")[0][1:]] == [show_number(sum(inside)), show_number(outside)]
    assert len([a for a in section.iter("a") if "/committed" in a.get("href")]) == 2
    assert rows[words("Not committed yet")] == show_rupiah(LIMIT - sum(inside))
