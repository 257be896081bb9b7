"""From the harbour to the worker's own eyes: register without signal, send, approve, check."""

from tests.factories import invented
from tests.faults.proxy import PASS, REFUSE
from tests.journeys.phone import CODE
from tests.papers import codes_in
from tests.words import words


def test_register_send_approve_check(phone, new_phone, desk, line, stored):
    people = [invented(seed) for seed in (61, 62, 63)]
    phone.get_ready("sari")
    line.set(REFUSE)
    codes = [phone.register(person) for person in people]
    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=3)

    desk.sign_in("budi")
    approved = stored.by_code(codes[0])
    page = desk.open(f"/approve/{approved.id}")
    assert people[0].name in page.locator("main").inner_text()
    page.locator("form[action$='/approve'] button").click()
    page.wait_for_load_state()
    assert stored.by_code(codes[0]).status == "approved"

    returned = stored.by_code(codes[1])
    page = desk.open(f"/approve/{returned.id}")
    send_back(page)
    assert stored.by_code(codes[1]).status == "returned"

    worker = new_phone("worker")
    assert words("Approved, waiting to be sent to BPJS") in read_status(worker, codes[0])
    assert words("Being put right by the officer") in read_status(worker, codes[1].lower().replace("-", " "))
    assert words("Waiting for approval") in read_status(worker, codes[2])
    for person in people:
        assert person.nik not in worker.page.content()
        assert person.name not in worker.page.content()

    correct_without_signal(phone, line, codes[1])
    phone.wait_for_counts(waiting=0)
    assert stored.by_code(codes[1]).status in {"submitted", "held"}
    assert stored.by_code(codes[1]).name == "Nama Yang Benar"
    assert stored.by_code(codes[1]).nik == people[1].nik, "what was not typed again stays as it was"


def send_back(page):
    """Returns the entry: its name is not as on the KTP."""
    form = page.locator("form[action$='/return']")
    details = page.locator("details", has=form)
    if details.count() and details.first.get_attribute("open") is None:
        details.first.locator("summary").first.click()
    reason = form.locator("[name=reason]").first
    if reason.evaluate("(e) => e.tagName") == "SELECT":
        reason.select_option(index=1)
    else:
        form.locator("label:has([name=reason])").first.click()
    form.locator("button[type=submit], button:not([type])").last.click()
    page.wait_for_load_state()


def read_status(phone, code):
    phone.open("/check")
    phone.page.fill("[name=code]", code)
    phone.page.locator("form[action*='check'] button").first.click()
    phone.page.wait_for_load_state()
    return phone.page.locator("main").inner_text()


def correct_without_signal(phone, line, code):
    phone.day()
    phone.wait_for_counts(waiting=0)
    phone.signal_comes_back()
    returned = phone.page.locator("#rows_back li", has_text=code)
    returned.wait_for()
    assert phone.counts()[2] >= 1
    line.set(REFUSE)
    returned.locator("[data-slot=correct]").click()
    phone.page.locator("#registration").wait_for(state="visible")
    phone.page.locator("#show_all button").click()  # the form shows what was asked for; the name is something else
    phone.page.fill("#name", "Nama Yang Benar")
    phone.save()
    phone.page.locator("#view").wait_for(state="visible")
    phone.day()
    phone.wait_for_counts(waiting=1)
    line.set(PASS)
    phone.restart()
    phone.day()


def test_the_qr_of_the_receipt_opens_the_status(phone, line):
    phone.get_ready("sari")
    code = phone.register(invented(64))
    (link,) = codes_in(phone.page.locator(".slip").screenshot())
    assert link == f"{phone.url}/check#{code.replace('-', '')}", "behind #, which no server and no log ever sees"
    phone.day()
    phone.wait_for_counts(waiting=0)
    phone.page.goto(link)
    phone.page.get_by_text(words("Waiting for approval")).first.wait_for()  # the page asks by itself
    assert CODE.search(phone.page.url) is None


def test_the_photo_is_small_and_says_so(phone, line, id_card):
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.open_form()
    phone.fill_form(invented(65))
    phone.take_photo(id_card)
    assert "kB" in phone.page.locator("#photo_id_card-readback").inner_text()
    phone.save()
    phone.receipt()
    (row,) = phone.outbox()
    assert 10_000 < row["photoBytes"] <= 80_200
