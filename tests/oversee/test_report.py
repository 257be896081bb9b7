"""The report: the same figures on the page, on paper and in the text, on one sheet, for the own region."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest

from sbt_pwa.kit.db import db
from sbt_pwa.kit.i18n import show_number, today
from sbt_pwa.oversee.report import MOST_PLACES
from sbt_pwa.records.account import create_account
from sbt_pwa.records.region import region_names
from sbt_pwa.records.renewal import start_renewal
from sbt_pwa.records.target import set_target
from tests.oversee.test_page import country, entries, is_covered, of  # noqa: F401
from tests.page_check import text_of
from tests.papers import words_on
from tests.sync.phones import account
from tests.visitor import PASSWORD
from tests.words import words

SCOPES = [("agus", "81.05"), ("camat", "81.05.01"), ("negeri", "81.05.01.2003")]


def to_do(page):
    """Sentence by heading of what can be done."""
    box = page.find("dl", class_="to-do")[0]
    return {text_of(one.find("dt")): text_of(one.find("dd")) for one in box.iter("div")}


def paper(visitor, **query):
    answer = visitor.client.get("/oversee/report.pdf", query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return words_on(answer.data)


def text_to_send(page):
    return page.find("textarea")[0].text.strip().replace("\N{NO-BREAK SPACE}", " ")


def test_page_paper_and_text_say_the_same(country, new_visitor):  # noqa: F811
    for username, region in SCOPES:
        visitor = new_visitor()
        visitor.sign_in(username)
        page, sheets = visitor.get("/oversee/report"), paper(visitor)
        covered = show_number(sum(map(is_covered, of(region))))
        tiles = [text_of(one) for one in page.find("dl", class_="tiles")[0].iter("dd")]
        assert tiles[0].split()[0] == covered and len(sheets) == 1
        text = text_to_send(page)
        for said in (*tiles, *to_do(page), *to_do(page).values()):
            assert said in sheets[0] and said in text, said
        assert max(map(len, text.splitlines()[:12])) <= 60


def test_the_text_goes_to_whatsapp_as_it_stands(country, visitor):  # noqa: F811
    visitor.sign_in("camat")
    page = visitor.get("/oversee/report")
    address = urlsplit(page.links()[words("Send by WhatsApp")])
    assert (address.scheme, address.netloc, address.path) == ("https", "wa.me", "/")
    assert parse_qs(address.query)["text"] == [page.find("textarea")[0].text.lstrip("\n")]


def test_no_worker_stands_there_and_leaders_see_no_officers_name(country, visitor):  # noqa: F811
    visitor.sign_in("camat")
    said = visitor.get("/oversee/report").html + paper(visitor)[0]
    assert not [one.name for one in entries() if one.name in said]
    assert account("sari").name not in said and account("yusuf").name not in said


def test_who_was_sent_back_is_counted_by_officer(country, visitor):  # noqa: F811
    visitor.sign_in("budi")
    said = to_do(visitor.get("/oversee/report").see(words("Who was sent back")))[words("Sent back and waiting for the officer")]
    returned = of("81.05.01", status="returned")
    expected = {}
    for one in returned:
        expected[one.author.name] = expected.get(one.author.name, 0) + 1
    assert sorted(said.split(", ")) == sorted(f"{name} ({n})" for name, n in expected.items()) and expected


def test_villages_in_which_nobody_was_for_a_month(country, new_visitor):  # noqa: F811
    far = dt.timedelta(days=60)
    for one in of("81.05.01.2004"):
        one.made_at -= far
    db.session.commit()
    visitor = new_visitor()
    visitor.sign_in("camat")
    said = next(
        said for head, said in to_do(visitor.get("/oversee/report")).items() if "2026" in head or str(today().year) in head
    )
    names = region_names()
    assert names["81.05.01.2004"] in said and f" {names['81.05.01.2003']}," not in said
    assert said.startswith("9 ")


def test_who_is_to_be_found_again_is_counted_in_the_own_region(country, visitor):  # noqa: F811
    members = of("81.05.01", status="active", category="vulnerable")
    start_renewal(members[0].programme, "Next", account("dewi"))
    db.session.commit()
    elsewhere = of("81.05.04", status="active", category="vulnerable")
    visitor.sign_in("agus")
    for region, people in (("81.05.01", members), ("81.05.04", elsewhere), ("81.05", members + elsewhere)):
        said = to_do(visitor.get("/oversee/report", query={"region": region}))[words("To find again for the renewal")]
        assert said == words("%(count)s people") % {"count": show_number(len(people))}
    assert members and elsewhere


def test_what_lies_outside_the_own_region_has_no_report(country, new_visitor):  # noqa: F811
    for username, outside in (("camat", "81.05.04"), ("negeri", "81.05.01"), ("halima", "81.05.01")):
        visitor = new_visitor()
        visitor.sign_in(username)
        for path in ("/oversee/report", "/oversee/report.pdf"):
            visitor.get(path, query={"region": outside}, status=404)


@pytest.mark.only_on("sqlite")
def test_the_longest_report_fits_on_one_sheet(app, new_visitor):
    """Every district, with targets in millions, so that all numbers are wide; the last line still stands on the paper."""
    codes = region_names()
    for code in codes:
        if len(code) == 13:
            set_target(code, today().year, "vulnerable", 999_999, "x")
    db.session.commit()
    create_account("wide", "Wide", "leader", "81.05", PASSWORD, is_demo=True)
    db.session.commit()
    visitor = new_visitor()
    visitor.sign_in("wide")
    for code in sorted(codes, key=lambda code: (len(code), -sum(one.startswith(code) for one in codes)))[:5]:
        sheets = paper(visitor, region=code)
        assert len(sheets) == 1 and words("To find again for the renewal") in sheets[0]


@pytest.mark.only_on("sqlite")
def test_places_that_do_not_fit_are_told_together_and_without_a_target_nobody_is_missing(app, visitor):
    said = (words("%(places)s more: %(covered)s covered."), words("%(places)s more: %(covered)s covered, %(missing)s missing."))
    most = next(code for code in sorted(region_names()) if len(code) == 8 and villages_of(code) > MOST_PLACES)
    told = {"places": villages_of(most) - MOST_PLACES, "covered": 0, "missing": 0}
    visitor.sign_in("agus")
    visitor.get("/oversee/report", query={"region": most}).see(said[0] % told).not_see(said[1] % told)
    last = max((code for code in region_names() if code.startswith(most) and len(code) == 13), key=region_names().get)
    set_target(last, today().year, "vulnerable", 7, "x")  # a handful: it stays at the end, by its name
    db.session.commit()
    visitor.get("/oversee/report", query={"region": most}).see(said[1] % (told | {"missing": 7}))


def villages_of(district):
    return sum(code.startswith(district) and len(code) == 13 for code in region_names())
