"""What a phone that works by itself opens from the network: members to find again, what arrived, the office's note, the card."""

import re

from tests.factories import invented
from tests.faults.proxy import REFUSE
from tests.journeys.looks import assert_looks_right
from tests.words import words


def follow(phone, name: str) -> str:
    """Tap a link and read the page that comes."""
    phone.page.get_by_role("link", name=words(name)).click()
    phone.page.wait_for_url(lambda url: "/register/" in url)
    return phone.page.locator("main").inner_text()


def test_the_day_leads_to_the_networks_pages_and_says_when_there_is_no_signal(phone, line):
    phone.get_ready("sari")
    phone.day()
    assert phone.page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the phone's own page, from the worker"
    told = follow(phone, "Find members again")
    assert phone.page.url.endswith("/register/recheck") and words("Find members again") in told

    phone.day()
    told = follow(phone, "Everything that arrived at the office")  # the newest; other walks of this demo may have sent some
    assert phone.page.url.endswith("/register/arrived") and re.search(r"\b\w{4}-\w{4}-\w{4}\b", told)
    assert_looks_right(phone.page)
    first = phone.page.locator("ul.rows > li").first.inner_text()
    phone.page.get_by_role("link", name=words("Next")).click()
    phone.page.wait_for_load_state()
    assert first not in phone.page.locator("main").inner_text()
    phone.open("/register/arrived")
    card = phone.page.get_by_role("link", name=words("Member card"))
    while not card.count():  # what the walks before this one sent is newer than any member of the demo
        phone.page.get_by_role("link", name=words("Next")).click()
        phone.page.wait_for_load_state()
    card.first.click()
    phone.page.get_by_role("link", name=words("Save as PDF")).wait_for()

    phone.day()
    line.set(REFUSE)
    for name in ("Find members again", "Everything that arrived at the office"):
        assert words("This page comes from the network, and there is none just now.") in follow(phone, name)
        phone.day()


def decide(desk, entry_id: str, how: str, note: str) -> None:
    form = desk.open(f"/approve/{entry_id}").locator(f"form[action$='/{how}']")
    desk.page.locator(f"details#{how} > summary").click()
    form.locator("label:has([name=reason])").first.click()
    form.locator("[name=note]").fill(note)
    form.locator("button").last.click()
    desk.page.wait_for_load_state()


def test_what_the_supervisor_wrote_is_a_tap_away(phone, desk, stored):
    for_the_officer, for_the_office = "Foto terpotong di kanan", "Tanyakan dulu ke kantor Ambon"
    phone.get_ready("sari")
    returned, refused = (phone.register(invented(seed)) for seed in (301, 302))
    phone.day()
    phone.wait_for_counts(waiting=0, sent=2)
    desk.sign_in("budi")
    decide(desk, stored.by_code(returned).id, "return", for_the_officer)
    decide(desk, stored.by_code(refused).id, "refuse", for_the_office)
    phone.signal_comes_back()
    entry = phone.page.locator("#rows_back li", has_text=returned)
    entry.wait_for()
    assert for_the_officer not in phone.page.content(), "nothing personal lies on the phone"
    assert_looks_right(phone.page)
    entry.get_by_role("link", name=words("Reasons and note (needs signal)")).click()
    phone.page.wait_for_url(lambda url: stored.by_code(returned).id in url)
    assert for_the_officer in phone.page.locator("main").inner_text()
    told = phone.open("/register/arrived").locator("main").inner_text()
    assert refused in told and for_the_officer in told
    assert for_the_office not in told
