"""Every number of the leaders' page, also under a choice, reckoned anew from the rows one by one: no counter is asked."""

import datetime as dt
import re
from collections import Counter

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_day, show_number, today
from sbt_pwa.records.account import Account
from sbt_pwa.records.payment import Payment
from sbt_pwa.records.programme import Programme
from sbt_pwa.records.reference import CATEGORIES, SEXES, occupations
from sbt_pwa.records.region import region_names
from sbt_pwa.records.spent import SpentPlace
from sbt_pwa.records.target import Target, set_target
from tests.oversee.test_page import LEADERS, ON_THE_WAY, country, is_covered, local, of, tiles  # noqa: F401
from tests.page_check import text_of
from tests.sync.phones import account
from tests.words import words

SCOPES = [("agus", "81.05"), ("agus", "81.05.04"), ("camat", "81.05.01"), ("camat", "81.05.01.2004"), ("negeri", "81.05.01.2003")]
BANDS = [(0, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 200)]
FEW = 20


class Reckoned:
    """What a page has to say of a region under a choice."""

    def __init__(self, region, year, weeks, category, programme):
        self.region, self.year, self.category, self.programme = region, year, category, programme
        monday = today() - dt.timedelta(days=today().weekday())
        self.mondays = [monday - dt.timedelta(weeks=back) for back in reversed(range(weeks))]
        rows = db.session.query(Target).filter_by(year=year).all()
        self.targets = {
            kind: {one.region_code: one.people for one in rows if one.category == kind}
            for kind in ([category] if category else CATEGORIES)
        }
        wanted = ({"category": category} if category else {}) | ({"programme_id": programme} if programme else {})
        self.chosen = of(region, **wanted)

    def people(self, region):
        return [one for one in self.chosen if one.village_code.startswith(region)]

    def target(self, region):
        """(number, covered of it, missing): the region's own, else the sums of what is right below it; None without any."""
        found = [one for kind in self.targets if (one := self._target(region, kind))] if not self.programme else []
        return tuple(map(sum, zip(*found, strict=True))) if found else None

    def _target(self, region, kind):
        if (people := self.targets[kind].get(region)) is not None:
            covered = sum(is_covered(one) for one in self.people(region) if one.category == kind)
            return people, covered, max(people - covered, 0)
        below = [code for code in region_names() if code.rpartition(".")[0] == region]
        found = [one for code in below if (one := self._target(code, kind))]
        return tuple(map(sum, zip(*found, strict=True))) if found else None

    @property
    def codes(self):
        length = {5: 8, 8: 13, 13: 13}[len(self.region)]
        return [code for code in sorted(region_names()) if len(code) == length and code.startswith(self.region)]

    def line(self, region):
        """Covered, target, share, missing, on the way, late: as a row of the table tells them."""
        here, (target, reached, missing) = self.people(region), self.target(region) or (None, 0, None)
        covered = sum(map(is_covered, here))
        few = words("few people") if target is not None and target < FEW else "–"
        share = f"{reached * 100 // target} %" if target and target >= FEW else few
        return [*map(told, (covered, target)), share, *map(told, (missing, len(on_the_way(here)), len(late(here))))]

    def stages(self):
        names = region_names()
        for status in ON_THE_WAY:
            by_place = {code: len([one for one in late(self.people(code)) if one.status == status]) for code in self.codes}
            most = max(by_place, key=by_place.get)
            where = names[most] if by_place[most] and len(by_place) > 1 else ""
            yield sum(one.status == status for one in self.people(self.region)), sum(by_place.values()), where

    def week(self, monday, people=None):
        """What happened in the week from this Monday on."""
        days = monday, monday + dt.timedelta(days=6)
        people = self.people(self.region) if people is None else people
        happened = Counter(event.kind for one in people for event in one.events if days[0] <= local(event.at) <= days[1])
        return happened | Counter({"registered": sum(days[0] <= local(one.made_at) <= days[1] for one in people)})

    def portrait(self, key, values):
        """Rows of people, members and share by what `key` says of a person."""
        here = [one for one in self.people(self.region) if one.status in (*ON_THE_WAY, "active")]
        found = {}
        for value, word in values.items():
            mine = [one for one in here if key(one) == value]
            share = f" {len(mine) * 100 // len(here)} %" if len(here) >= FEW else ""
            members = words("%(count)s members") % {"count": told(sum(one.status == "active" for one in mine))}
            found[word] = [f"{told(len(mine))}{share}", members]
        return found

    def money(self):
        every = db.session.query(Programme).all()
        programmes = [p for p in every if (p.id == self.programme if self.programme else p.budget_year == self.year)]
        programmes = [p for p in programmes if p.category == (self.category or p.category)]
        ids = {p.id for p in programmes}
        committed = sum(one.committed_rupiah or 0 for one in of(self.region) if one.programme_id in ids)
        spent = [one for one in db.session.query(SpentPlace) if one.programme_id in ids]  # of people who left
        committed += sum(one.rupiah for one in spent if one.village_code.startswith(self.region))
        if len(self.region) > 5:
            return [words("no budget of its own"), f"Rp{told(committed)}"]
        budget = sum(p.whole.budget_rupiah for p in programmes)
        paid = sum(one.rupiah for one in db.session.query(Payment) if one.programme_id in ids)
        return [f"Rp{told(n)}" for n in (budget, committed, paid, budget - paid, budget - committed)]

    def officers(self):
        people = {one.id: one for one in db.session.query(Account)}
        for author in {one.author_id for one in self.people(self.region)}:
            mine = [one for one in self.people(self.region) if one.author_id == author]
            weeks = [self.week(monday, mine) for monday in self.mondays]
            all_of_it = sum(weeks, Counter())
            if any(all_of_it[kind] for kind in ("registered", "returned", "active")):
                numbers = [told(n) for n in (all_of_it["registered"], weeks[-1]["registered"], all_of_it["returned"])]
                if all_of_it["registered"] >= FEW:
                    numbers[2] += f" ({all_of_it['returned'] * 100 // all_of_it['registered']} %)"
                yield people[author], [*numbers, told(all_of_it["active"])]


def rows_in(page, section):
    """Rows of the tables in the section with this name, as texts."""
    found = next(one for one in page.tree.iter("section") if one.get("aria-labelledby") == section)
    return [[text_of(cell) for cell in row] for body in found.iter("tbody") for row in body.iter("tr")]


def told(number):
    return "–" if number is None else show_number(number)


def on_the_way(people):
    return [one for one in people if one.status in ON_THE_WAY]


def late(people):
    return [one for one in on_the_way(people) if local(one.status_at) < today() - dt.timedelta(days=7)]


def band_of(one):
    age = today().year - one.birth_date.year
    return next(band for band in BANDS if band[0] <= age <= band[1])


def choices():
    """Name, and what is chosen: of the region, the year, the weeks, the category, the programme."""
    programme = db.session.query(Programme).filter_by(category="vulnerable").one().id
    next_year = today().year + 1
    yield "nothing", {}, (today().year, 8, "", None)
    yield "group and weeks", {"category": "non_civil_servant", "weeks": "4"}, (today().year, 4, "non_civil_servant", None)
    yield "programme", {"programme": str(programme), "weeks": "13"}, (today().year, 13, "", programme)
    yield "another year", {"year": str(next_year)}, (next_year, 8, "", None)
    both = {"programme": str(programme), "category": "vulnerable", "year": str(next_year)}
    yield "all of it", both, (next_year, 8, "vulnerable", programme)


@pytest.fixture
def paid(country):  # noqa: F811
    """Money that has been paid, and targets of another year and of the other group."""
    programme = db.session.query(Programme).filter_by(category="vulnerable").one()
    first, about = today().replace(day=1), {"reference": "x", "people": 1, "due_rupiah": 345_600}
    db.session.add(
        Payment(programme_id=programme.id, month=first, rupiah=345_600, paid_on=today(), by_id=account("dewi").id, **about)
    )
    set_target("81.05.01", today().year + 1, "vulnerable", 33, "invented")
    set_target("81.05.04", today().year + 1, "non_civil_servant", 1, "invented")
    set_target("81.05.04", today().year + 1, "vulnerable", 1, "invented")
    set_target("81.05.04.2001", today().year, "non_civil_servant", 5, "invented")
    db.session.commit()


@pytest.mark.parametrize("which", [0, 4, *(pytest.param(which, marks=pytest.mark.long) for which in (1, 2, 3))])
def test_every_number_is_what_the_rows_say(paid, new_visitor, which):
    name, query, chosen = list(choices())[which]
    seen = 0
    for username, region in SCOPES:
        visitor = new_visitor()
        visitor.sign_in(username)
        page, true = visitor.get(f"/oversee/region/{region}", query=query), Reckoned(region, *chosen)
        for part in (headline, changes_and_weeks, stages, places, people, money, officers):
            part(page, true, (name, username, region))
        seen += len(true.people(region))
    assert seen > 20


def headline(page, true, where):
    covered, target, share, missing, way, _late = true.line(true.region)
    assert tiles(page) == [covered, way, target, missing][: 2 if true.programme else 4], where
    number, reached, lacking = true.target(true.region) or (None, int(covered), None)
    sentence = text_of(page.find("p", class_="finding")[0])
    told_there = [reached] if number is None else [reached, number, lacking] if lacking else [reached, number]
    assert [int(one) for one in re.findall(r"\d+", sentence)] == told_there, where
    if share.endswith("%"):
        page.see(f"{words('covered')} · {share}")
    members = [one for one in true.people(true.region) if one.status == "active"]
    apart, above = (0, 0) if number is None else (int(covered) - reached, reached - number + lacking)
    for which, word in (
        (sum(one.covered_from > today() for one in members), "Members whose cover begins later: %(count)s."),
        (sum(one.covered_to < today() for one in members), "Members whose cover has run out: %(count)s."),
        (apart, "%(count)s more are covered in groups or places without a target."),
        (above, "%(count)s of the covered are above the target of their place or group."),
    ):
        assert (words(word) % {"count": which} in page.text) == bool(which), (where, word)


def changes_and_weeks(page, true, where):
    weeks = [true.week(monday) for monday in true.mondays]
    kinds = ("registered", "approved", "active", "ended")
    changed = [[text_of(cell) for cell in row][1:] for row in page.find("table", class_="plain-table change")[0].find("tbody")]
    assert changed == [[told(weeks[-1][kind]), told(weeks[-2][kind])] for kind in kinds], where
    expected = [
        [show_day(monday), *(told(week[kind]) for kind in kinds)] for monday, week in zip(true.mondays, weeks, strict=True)
    ]
    expected[-1][0] += f" {words('day %(day)s of 7') % {'day': today().weekday() + 1}}"
    assert rows_in(page, "trend") == expected, where
    bars = [text_of(e) for e in page.tree.iter() if e.get("class") == "week-n"]
    assert bars == [told(week[kind]) for kind in ("registered", "active") for week in weeks], where


def stages(page, true, where):
    rows = rows_in(page, "stuck")
    for (word, now, old), (all_there, too_long, most) in zip(rows, true.stages(), strict=True):
        assert (now, old) == (told(all_there), told(too_long)), (where, word)
        assert word.endswith(f" {most}") if most else "·" not in word, (where, word, most)


def places(page, true, where):
    names = region_names()
    rows = {row[0]: row[1:] for row in rows_in(page, "places")}
    lines = {names[code]: true.line(code) for code in true.codes}
    if true.programme:  # of one no target is told
        lines = {name: [line[0], *line[4:]] for name, line in lines.items()}
    assert rows == lines, where
    ranked = [code for code in true.codes if (true.target(code) or [0])[0] >= FEW and true.line(code)[3] != "0"]
    ranked = sorted(ranked, key=lambda code: (-int(true.line(code)[3]), names[code]))
    named = ", ".join(f"{names[code]} ({true.line(code)[3]})" for code in ranked[:3])
    if named and len(true.codes) > 1:
        page.see(words("Most people are missing in %(places)s.") % {"places": named})


def people(page, true, where):
    rows = {row[0]: row[1:] for row in rows_in(page, "people") if len(row) == 3}
    work = {code: one.name for code, one in occupations().items()}
    expected = true.portrait(lambda one: one.occupation, {code: words(word) for code, word in work.items()})
    expected = {word: cells for word, cells in expected.items() if cells[0].split()[0] != "0"}
    expected |= true.portrait(lambda one: one.sex, {code: words(str(word)) for code, word in SEXES.items()})
    ages = {band: f"{band[0]}–{band[1]}" for band in BANDS}
    ages[BANDS[0]], ages[BANDS[-1]] = words("up to %(age)s") % {"age": 24}, words("%(age)s and older") % {"age": 65}
    assert rows == expected | true.portrait(band_of, ages), where


def money(page, true, where):
    section = next(one for one in page.tree.iter("section") if one.get("aria-labelledby") == "money")
    assert [text_of(one) for one in section.iter("dd")] == true.money(), where
    year = today().year if true.programme else true.year  # a programme that was chosen has a year of its own
    assert text_of(section.find(".//h2")) == words("Money of %(year)s") % {"year": year}, where


def officers(page, true, where):
    username = where[1]
    names, own = region_names(), {"agus": "81.05"} | LEADERS
    worked = sorted(true.officers(), key=lambda one: (-int(one[1][0]), one[0].username))
    rows = rows_in(page, "officers")
    expected = []
    for number, (officer, numbers) in enumerate(worked, 1):
        inside = officer.region_code.startswith(own[username])
        place = names[officer.region_code] if inside else words("elsewhere too")
        expected.append([words("Officer %(number)s") % {"number": number}, place, *numbers])
    assert rows == expected, where
