"""Sessions that end, two officers on one phone, a phone that is full."""

from tests.factories import invented
from tests.faults.proxy import PASS, REFUSE, RESET
from tests.journeys.phone import until
from tests.words import words


def test_an_ended_session_stops_neither_capturing_nor_sending(phone, line, stored, person):
    phone.get_ready("sari")
    phone.context.clear_cookies()
    code = phone.register(person)
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    assert stored.by_code(code).author == "sari"
    phone.open("/register/new?parent=")  # a page of the network, with people in it, asks for the sign-in
    assert "/sign-in" in phone.page.url


def test_a_phone_whose_token_is_over_keeps_everything_and_asks_to_sign_in(phone, line, stored, person):
    phone.get_ready("sari")
    stored.revoke_devices()
    code = phone.register(person)
    phone.day()
    phone.line_says("sign-in", n=1)
    assert phone.counts()[0] == 1
    assert stored.by_code(code) is None
    phone.context.clear_cookies()
    phone.get_ready("sari")
    phone.wait_for_counts(waiting=0, sent=1)
    assert stored.by_code(code).name == person.name


def test_a_sign_in_that_was_cut_short_is_made_up_for(phone, line):
    """The session is there, the phone is not enrolled: "Sign in" leads to a phone that is ready, and not round in a circle."""
    line.set(RESET, only="/sync/devices")
    phone.sign_in("sari")
    phone.day()
    phone.page.locator("#not_ready").wait_for(state="visible")
    phone.page.locator("[data-check=shell].yes").wait_for()  # from now on the worker answers for the day's address
    line.set(PASS)
    phone.page.locator("#not_ready a[href='/sign-in']").click()
    phone.page.locator("#ready").wait_for(state="visible")


def test_two_officers_on_one_phone(phone, line, stored):
    first, second = invented(43), invented(44, district="81.05.04")
    phone.get_ready("sari")
    line.set(RESET, only="/sync/batch")
    codes = [phone.register(first), phone.register(invented(45))]
    phone.sign_out()

    phone.get_ready("yusuf")
    phone.sees(words("{n} records of another officer wait on this phone. They are sent under that name.", n=2))
    body = phone.page.locator("body").inner_text()
    for code in codes:
        assert code not in body, "the other officer's receipts are nobody else's to see"
    initials = "".join(f"{part[0]}. " for part in first.name.split()).strip()
    assert initials not in body
    own = phone.register(second)

    line.set(PASS)
    phone.day()
    phone.send_now()
    phone.wait_for_counts(waiting=0, sent=1)
    assert stored.by_code(own).author == "yusuf"
    until(lambda: all(stored.by_code(code) for code in codes), "the other officer's records did not arrive", 30, phone.page)
    assert [stored.by_code(code).author for code in codes] == ["sari", "sari"]


def test_a_full_phone_shows_no_receipt_and_keeps_what_was_typed(phone, line, stored, person):
    phone.get_ready("sari")
    line.set(REFUSE)
    # Chromium remembers for a while how much room there was; it asks anew once nothing has the database open.
    fill(phone, quota=1)
    phone.page.goto("about:blank")
    phone.page.wait_for_timeout(4000)
    phone.open_form()
    phone.fill_form(person)
    phone.save()
    note = phone.page.locator("#form_note")
    note.wait_for(state="visible")
    assert note.inner_text() == phone.page.locator("#words").get_attribute("data-full")
    assert not phone.page.locator("#view").is_visible()
    assert phone.outbox() == []
    assert phone.page.locator("#name").input_value() == person.name

    fill(phone, quota=None)
    phone.save()
    code = phone.receipt()
    line.set(PASS)
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    assert stored.by_code(code).nik == person.nik


def fill(phone, quota):
    session = phone.context.new_cdp_session(phone.page)
    origin = {"origin": phone.url}
    session.send("Storage.overrideQuotaForOrigin", origin if quota is None else origin | {"quotaSize": quota})
    if quota is None:
        session.detach()
