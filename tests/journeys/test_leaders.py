"""A leader in a real browser: from the headline down to a village, on paper, and into a chat; without scripts too."""

import re

import pytest

from tests.journeys.looks import assert_looks_right, sideways_scroll
from tests.journeys.phone import DESK, PHONE
from tests.papers import pictures_of, words_on
from tests.words import words

SIZES = {"phone": PHONE, "desk": DESK}


@pytest.fixture(params=SIZES)
def eyes(request, new_phone):
    return new_phone("leader", shape=SIZES[request.param])


def number(said: str) -> int:
    return int(re.search("[0-9][0-9.]*", said)[0].replace(".", ""))


def names_in_order(page) -> list[str]:
    return page.locator("table.places tbody th").all_inner_texts()


def missing_by_name(page) -> dict[str, int]:
    rows = page.locator("table.places tbody tr").all()
    return {row.locator("th").inner_text(): number(row.locator("td").nth(3).inner_text()) for row in rows}


def is_in_first_view(page, locator) -> bool:
    """Seen without a finger on the screen: above the fold, and above the bar of doors on a phone."""
    doors = page.locator(".doors").bounding_box()
    floor = min(page.viewport_size["height"], doors["y"] if doors["y"] > 100 else 10_000)
    box = locator.bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= floor


def test_the_headline_and_the_three_worst_places_stand_in_the_first_view(eyes):
    """A camat finds the three villages with the most people missing before the thumb moves."""
    eyes.sign_in("camat")
    page = eyes.page
    assert page.url.endswith("/oversee")
    finding, worst = page.locator(".finding"), page.locator(".worst")
    assert is_in_first_view(page, finding) and is_in_first_view(page, worst)
    assert is_in_first_view(page, page.locator(".tile-covered"))
    missing = missing_by_name(page)
    first_three = sorted(missing.values(), reverse=True)[:3]
    named = [(name, number(n)) for name, n in re.findall(r"([A-Z][A-Za-z ]+) \(([0-9.]+)\)", worst.inner_text())]
    named = [(name.removeprefix(words("Most people are missing in %(places)s.").split("%")[0]), n) for name, n in named]
    assert [n for _name, n in named] == first_three and all(missing[name] == n for name, n in named)
    assert names_in_order(page)[:3] == [name for name, _n in named]


@pytest.mark.parametrize("scripts", [True, False])
def test_agus_reads_sorts_chooses_and_goes_down_to_a_village(new_phone, scripts):
    desk = new_phone("agus", shape=DESK, java_script_enabled=scripts)
    desk.sign_in("agus")
    page = desk.page
    covered, target, missing = map(number, re.findall("[0-9][0-9.]*", page.locator(".finding").inner_text()))
    assert covered + missing == target > 0
    assert sum(missing_by_name(page).values()) >= missing  # nobody who is too many in one place covers another

    page.locator("table.places thead").get_by_role("link", name=words("Name"), exact=True).click()
    page.wait_for_url("**sort=name**")
    names = [name.split("\n")[0] for name in names_in_order(page)]
    assert names == sorted(names) and len(names) == 16

    page.locator("details summary").first.click()
    page.select_option("#category", "vulnerable")
    page.select_option("#weeks", "4")
    page.locator("#programme").select_option(index=1)
    page.get_by_role("button", name=words("Show"), exact=True).click()
    page.wait_for_url("**weeks=4**")
    assert words("Vulnerable worker") in page.locator("main").inner_text()
    assert page.locator(".chart").first.locator("rect").count() == 4
    assert number(page.locator(".tile-covered dd").inner_text()) <= covered

    district = page.locator("table.places tbody a").first
    name, here = district.inner_text(), page.locator("table.places tbody tr").first.locator("td").first.inner_text()
    district.click()
    page.wait_for_url("**/oversee/region/**weeks=4**")
    assert name in page.locator("h1").inner_text() and page.locator(".tile-covered dd").inner_text() == here
    village = page.locator("table.places tbody a").first
    name = village.inner_text()
    village.click()
    page.wait_for_url(re.compile(r"/oversee/region/81\.05\.[0-9]{2}\.[0-9]{4}"))
    assert name in page.locator("h1").inner_text()
    page.locator(".up a").first.click()
    assert page.locator("table.places tbody tr").count() == 16


def test_a_supervisor_follows_a_figure_to_exactly_these_people(new_phone):
    desk = new_phone("budi", shape=DESK)
    desk.sign_in("budi")
    page = desk.open("/oversee")
    figure = page.locator("table.standing a[href='/approve?state=returned']")
    count = number(figure.inner_text())
    figure.click()
    page.wait_for_url("**/approve?state=returned")
    assert page.locator("ul.picks > li").count() == count > 0


@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_shows_seven_screens_and_opens_the_folds_by_a_tap(new_phone, scripts):
    """Each fold says its finding; what lies in it comes by a tap, without scripts too. A desk shows all of it."""
    phone, desk = new_phone("agus", java_script_enabled=scripts), new_phone("desk", shape=DESK, java_script_enabled=scripts)
    for one in (phone, desk):
        one.sign_in("agus")
    page = phone.page
    assert page.locator("main").bounding_box()["height"] <= 7 * page.viewport_size["height"]
    folds = page.locator("details.fold:not([open])")
    assert folds.count() == 5
    for number in range(5):
        assert folds.nth(number).locator(".gist").inner_text()
        assert not folds.nth(number).locator("> div").is_visible()
    money = page.locator("details.fold", has=page.locator("#money"))
    money.locator("summary").tap()
    assert money.locator("dl").is_visible()
    page.get_by_role("link", name=words("Open all parts")).tap()
    page.wait_for_url("**folds=open**")
    assert page.locator("details.fold:not([open])").count() == 0
    assert desk.page.locator("details.fold[open]").count() == 1
    for one in desk.page.locator("details.fold > div").all():
        assert one.is_visible()


def test_printed_it_reads_on_paper(new_phone):
    """Chromium prints the page and the report: one sheet for the report, the table with its heads, no buttons."""
    desk = new_phone("print", shape=DESK)
    desk.sign_in("agus")
    finding = desk.page.locator(".finding").inner_text()
    sheets = words_on(desk.page.pdf(format="A4", print_background=True))
    assert finding in sheets[0] and len(sheets) <= 4
    everything = " ".join(sheets)
    assert words("Report on one sheet") not in everything and words("Choose year, group, programme, weeks") not in everything
    for name in names_in_order(desk.page):
        assert name in everything
    # The folds lie open on paper, of a phone's page too.
    folded = [words(said) for said in ("Committed to people with a place", "New members a week", "Age this year", "Works in")]
    phone = new_phone("print-phone")
    phone.sign_in("agus")
    of_the_phone = " ".join(words_on(phone.page.pdf(format="A4", print_background=True)))
    for said in folded:
        assert said in everything and said in of_the_phone, said
    for username in ("agus", "camat", "negeri"):
        other = new_phone(f"print-{username}", shape=DESK)
        other.sign_in(username)
        data = other.open("/oversee/report").pdf(format="A4", print_background=True)
        (sheet,) = words_on(data)
        assert words("To find again for the renewal") in sheet and words("Text to send on") not in sheet
        assert pictures_of(data)[0].convert("L").getextrema()[0] < 80  # ink on it


def test_the_text_is_copied_with_one_tap(new_phone):
    phone = new_phone("camat")
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.sign_in("camat")
    page = phone.open("/oversee/report")
    button = page.get_by_role("button", name=words("Copy the text"))
    button.click()
    page.get_by_role("button", name=words("Copied")).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#text").input_value()


def test_the_text_is_copied_where_there_is_no_clipboard(new_phone):
    """Plain http in an office's network: the browser has no `navigator.clipboard`."""
    phone = new_phone("old")
    phone.context.add_init_script("delete Navigator.prototype.clipboard")
    phone.sign_in("camat")
    page = phone.open("/oversee/report")
    assert page.evaluate("navigator.clipboard === undefined")
    page.get_by_role("button", name=words("Copy the text")).click()
    page.get_by_role("button", name=words("Copied")).wait_for()
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    pasted = page.locator("main > textarea")
    pasted.press("Control+v")
    assert pasted.input_value() == page.locator("#text").input_value()


def test_long_names_of_villages_break_and_nothing_scrolls_sideways(eyes):
    eyes.sign_in("agus")
    for path in ("/oversee", "/oversee/region/81.05.01", "/oversee/report", "/oversee/weeks/registered"):
        page = eyes.open(path)
        page.evaluate(
            """() => document.querySelectorAll(".places tbody th a, .sheet-places tbody th, .standing th .note, .standing tfoot th, .worst")
              .forEach((e) => { e.textContent = "Kilwarukelitayendaratantimur Administratif Persiapan"; })"""
        )
        assert sideways_scroll(page) is None


def test_the_places_behind_a_figure_look_right(eyes):
    eyes.sign_in("agus")
    older = eyes.page.locator("a[href*='monday=']").last.get_attribute("href")
    behind = [f"/oversee/{one}" for one in ("stages/submitted", "portrait/age/25-34", "committed", "unvisited", "tables")]
    for path in ("/oversee?folds=open", older, *behind):
        eyes.open(path)
        eyes.page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert_looks_right(eyes.page, thumbs=eyes.options["viewport"]["width"] < 500)


def test_an_empty_stage_fits(eyes):
    eyes.sign_in("agus")
    page = eyes.open("/oversee/stages/held?region=81.05.03")
    page.get_by_text(words("Nobody stands here now.")).wait_for()
    assert sideways_scroll(page) is None


def test_the_office_goes_from_an_officer_to_the_people_and_back(eyes):
    eyes.sign_in("dewi")
    page = eyes.open("/oversee?folds=open&weeks=13")
    figure = page.locator("[aria-labelledby=officers] tbody tr").nth(1).locator("a").first
    count = number(figure.inner_text())
    assert_looks_right(page, thumbs=eyes.options["viewport"]["width"] < 500)
    figure.click()
    page.wait_for_url("**/exchange/quality/moves?**")
    assert page.locator("main tbody tr").count() == count
    assert_looks_right(page, thumbs=eyes.options["viewport"]["width"] < 500)
    page.locator("main a").first.click()
    page.wait_for_url("**/oversee/region/81.05?**weeks=13**")


@pytest.mark.parametrize("username", ["negeri", "budi"])
def test_the_pages_of_every_reader_look_right(eyes, username):
    eyes.sign_in(username)
    for path in ("/oversee", "/oversee/report", "/oversee/unvisited"):
        eyes.open(path)
        assert_looks_right(eyes.page, thumbs=eyes.options["viewport"]["width"] < 500)
