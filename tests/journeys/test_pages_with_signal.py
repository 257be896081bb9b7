"""What a phone that works by itself opens from the network: members to find again, what arrived, the office's note, the card."""

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
    assert words("Active member") in follow(phone, "Everything that arrived at the office")
    assert_looks_right(phone.page)
    first = phone.page.locator("ul.rows > li").first.inner_text()
    phone.page.get_by_role("link", name=words("Next")).click()
    phone.page.wait_for_load_state()
    assert first not in phone.page.locator("main").inner_text()
    phone.open("/register/arrived")
    phone.page.get_by_role("link", name=words("Member card")).first.click()
    phone.page.get_by_role("link", name=words("Save as PDF")).wait_for()

    phone.day()
    line.set(REFUSE)
    for name in ("Find members again", "Everything that arrived at the office"):
        assert words("This page comes from the network, and there is none just now.") in follow(phone, name)
        phone.day()
