"""The days of cover that an answer tells: shown before they hold, and looked at by a person where they cannot be."""

import datetime as dt

import pytest
from sqlalchemy import select

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day
from sbt_pwa.kit.months import months_later
from sbt_pwa.records.answer import AnswerRow
from tests.exchange.test_round_trip import bring, confirm, freeze, member_row, reply, status_of
from tests.people import approve, register
from tests.programmes import close_programmes, make_programme
from tests.words import words

YEAR = dt.date.today().year  # the programme: this year and the next
LAST = dt.date(YEAR + 1, 12, 31)


@pytest.fixture
def programme(app):
    close_programmes()
    return make_programme()


def sent(app, dewi, programme, count: int = 1) -> list:
    people = register(app, range(1, count + 1))
    approve(people)
    freeze(dewi, programme)
    return people


def programme_first(programme) -> dt.date:
    return programme.first_month(dt.date.today())


def rows_of(file) -> list[AnswerRow]:
    query = select(AnswerRow).where(AnswerRow.file_id == file.id).order_by(AnswerRow.row_number)
    return list(db.session.scalars(query))


def take_all(visitor, file, show: str):
    page = visitor.get(f"/exchange/answers/{file.id}?show={show}")
    return page.submit("/suggestions", row=[box.get("value") for box in page.find("input", name="row")])


def test_the_preview_shows_the_days_that_are_stored_then(app, dewi, lina, programme):
    told, none, zeros = sent(app, dewi, programme, 3)
    first, last = dt.date(YEAR, 3, 1), dt.date(YEAR, 11, 30)
    rows = [
        member_row(told, 1, **{"from": f"01-03-{YEAR}", "to": f"30-11-{YEAR}"}),
        member_row(none, 2, **{"from": None, "to": "-"}),
        member_row(zeros, 3, **{"from": "00-00-0000", "to": 0}),
    ]
    file = bring(dewi, reply(rows))
    page = lina.get(f"/exchange/answers/{file.id}")
    by_programme = (programme_first(programme), LAST)
    for days in ((first, last), by_programme):
        page.see(words("Covered from %(first)s to %(last)s.") % {"first": show_day(days[0]), "last": show_day(days[1])})
    confirm(lina, file)
    assert status_of([told, none, zeros]) == ["active"] * 3
    assert [(one.covered_from, one.covered_to) for one in (told, none, zeros)] == [(first, last), by_programme, by_programme]


WRONG = {
    "unread": ("days_unread", f"01-01-{YEAR + 1}", "31-13-2026"),
    "words": ("days_unread", "SEUMUR HIDUP", ""),
    "backward": ("days_backward", f"01-06-{YEAR}", f"31-05-{YEAR}"),
    "over before the programme gives cover": ("days_backward", "", f"15-01-{YEAR}"),
    "two years early": ("days_far", f"31-12-{YEAR - 2}", f"31-12-{YEAR + 1}"),
    "begins after the programme": ("days_far", f"01-01-{YEAR + 2}", f"31-12-{YEAR + 2}"),
    "over before the programme": ("days_far", f"01-06-{YEAR - 1}", f"31-12-{YEAR - 1}"),
    "far too long": ("days_long", f"01-01-{YEAR}", "31-12-2099"),
    "a day too long": ("days_long", f"01-01-{YEAR}", f"01-01-{YEAR + 3}"),
}


@pytest.mark.parametrize("case", WRONG)
def test_days_that_cannot_be_wait_for_a_person(app, dewi, lina, programme, case):
    problem, first, last = WRONG[case]
    [one] = sent(app, dewi, programme)
    file = bring(dewi, reply([member_row(one, 1, **{"from": first, "to": last})]))
    [row] = rows_of(file)
    assert (row.verdict, row.problem, row.batch_row_id) == ("unclear", problem, None)
    confirm(lina, file)
    assert (status_of([one]), one.covered_from, one.covered_to) == (["sent"], None, None)
    # The very same file may come once more, and this time somebody ticks the programme's days.
    file = bring(dewi, reply([member_row(one, 1, **{"from": first, "to": last})]))
    by_programme = programme_first(programme), LAST
    shown = {"first": show_day(by_programme[0]), "last": show_day(by_programme[1])}
    page = dewi.get(f"/exchange/answers/{file.id}?show=unclear")
    page.see(words("Take %(name)s of %(village)s with the programme's days, from %(first)s to %(last)s").split("%")[0].strip())
    page.see(shown["first"], shown["last"])
    take_all(dewi, file, "unclear").see(words("Covered from %(first)s to %(last)s.") % shown)
    confirm(lina, file)
    assert (status_of([one]), one.covered_from, one.covered_to) == (["active"], *by_programme)


def test_days_at_the_limits_are_taken(app, dewi, lina, programme):
    early, late = sent(app, dewi, programme, 2)
    rows = [
        member_row(early, 1, **{"from": f"01-01-{YEAR - 1}", "to": f"31-12-{YEAR + 1}"}),
        member_row(late, 2, **{"from": f"31-12-{YEAR + 1}", "to": f"31-12-{YEAR + 2}"}),
    ]
    confirm(lina, bring(dewi, reply(rows)))
    assert status_of([early, late]) == ["active"] * 2


def test_a_name_that_is_believed_leaves_the_days_to_be_looked_at(app, dewi, lina, programme):
    [one] = sent(app, dewi, programme)
    file = bring(dewi, reply([member_row(one, 1, nik="8105011708999999", to="31-12-2099")]))
    take_all(dewi, file, "unknown")
    [row] = rows_of(file)
    assert (row.verdict, row.problem, row.batch_row_id) == ("unclear", "days_long", None)
    take_all(dewi, file, "unclear")
    confirm(lina, file)
    assert (status_of([one]), one.covered_to) == (["active"], LAST)


def test_a_programme_without_days_left_is_no_choice(app, dewi, lina, programme):
    """A batch of the last month: cover would begin after the programme, so only the insurer's own days will do."""
    [one] = sent(app, dewi, programme)
    programme.start_on = months_later(dt.date.today(), 1 - programme.months)
    db.session.commit()
    file = bring(dewi, reply([member_row(one, 1, **{"from": "", "to": ""})]))
    page = dewi.get(f"/exchange/answers/{file.id}?show=unclear")
    assert page.find("input", name="row") == []
    [row] = rows_of(file)
    dewi.post(f"/exchange/answers/{file.id}/suggestions", {"row": str(row.id)}, status=409)
    assert rows_of(file)[0].verdict == "unclear"
    confirm(lina, file)
    assert status_of([one]) == ["sent"]


def test_who_is_missing_is_paged_like_the_rows(app, dewi, programme, monkeypatch):
    from sbt_pwa.exchange import answer_rows

    monkeypatch.setattr(answer_rows, "SHOWN", 2)
    people = sent(app, dewi, programme, 6)
    file = bring(dewi, reply([member_row(people[5], 1)]))
    address, seen = f"/exchange/answers/{file.id}?show=missing", []
    for _page in range(3):
        page = dewi.get(address)
        seen.append([one for one in people if one.name in page.text])
        onward = page.find("a", rel="next")
        address = onward[0].get("href") if onward else ""
    assert address == ""
    assert [len(names) for names in seen] == [2, 2, 1]
    assert {one.id for names in seen for one in names} == {one.id for one in people[:5]}
    dewi.get(f"/exchange/answers/{file.id}?show=missing&after=nothing", status=404)
    dewi.get(f"/exchange/answers/{file.id}?show=missing&after={file.id}", status=404)
