"""What an officer presses: the place, the receipt's buttons, withdraw, and the outbox carried by hand."""

import json
from urllib.parse import quote

import pytest

from tests.factories import invented
from tests.faults.proxy import PASS, REFUSE
from tests.journeys.phone import until
from tests.journeys.test_the_whole_way import send_back
from tests.papers import codes_in
from tests.words import words

HERE = {"latitude": -3.101234, "longitude": 130.501234, "accuracy": 12}

CHANGE_PERSON = """(person) => new Promise((done) => { indexedDB.open("sbt").onsuccess = ({ target: { result: db } }) => {
  const tx = db.transaction("facts", "readwrite"), facts = tx.objectStore("facts"), before = facts.get("profile");
  if (person) facts.put(person, "profile"); else facts.delete("profile");
  tx.oncomplete = () => { db.close(); done(before.result); };
}; })"""


def test_the_place_is_noted_with_a_tap_and_saving_works_without(new_phone, stored):
    phone = new_phone(geolocation=HERE, permissions=["geolocation"])
    phone.get_ready("sari")
    phone.open_form()
    phone.fill_form(invented(401))
    told = phone.page.locator("#latitude-readback")
    phone.page.locator("#take_place").click()
    told.get_by_text(words("Place noted, to about {n} metres.", n=12)).wait_for()
    phone.save()
    with_place = phone.receipt()

    phone.page.locator("[data-do=next]").click()
    assert told.inner_text() == "", "the next worker may be elsewhere"
    phone.context.clear_permissions()
    phone.fill_form(invented(402))
    phone.page.locator("#take_place").click()
    told.get_by_text(words("The place was not found. You can save without it.")).wait_for()
    phone.save()
    without = phone.receipt()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=2)
    assert stored.by_code(with_place).place == pytest.approx((-3.101234, 130.501234, 12))
    assert stored.by_code(without).place is None


def test_the_receipt_is_shown_copied_and_sent(new_phone):
    phone = new_phone(permissions=["clipboard-read", "clipboard-write"])
    phone.get_ready("sari")
    code = phone.register(invented(403, phone="081234567403"))
    page, link = phone.page, f"{phone.url}/check#{code.replace('-', '')}"
    text = words("Your registration code for BPJS Ketenagakerjaan: {code}. Read the status here: {link}", code=code, link=link)
    page.get_by_role("button", name=words("Copy"), exact=True).click()
    page.get_by_role("button", name=words("Copied"), exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == text
    sms, whatsapp = (page.locator(f"#view [data-slot={name}]").get_attribute("href") for name in ("sms", "whatsapp"))
    assert sms == f"sms:+6281234567403?body={quote(text, safe='')}"
    assert whatsapp == f"https://wa.me/6281234567403?text={quote(text, safe='')}"

    small = page.locator("#view [data-slot=code]").bounding_box()["height"]
    page.get_by_role("button", name=words("Show it large")).click()
    assert codes_in(page.screenshot()) == [link], "held out to a camera, all of it in sight"
    assert page.locator("#view [data-slot=code]").bounding_box()["height"] > small
    page.get_by_role("button", name=words("Close")).click()
    assert page.locator("#view [data-slot=code]").bounding_box()["height"] == small


def test_the_receipt_is_copied_where_the_browser_refuses_its_clipboard(new_phone):
    phone = new_phone()
    phone.context.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error('refused'))")
    phone.get_ready("sari")
    code = phone.register(invented(421))
    page = phone.page
    button = page.get_by_role("button", name=words("Copy"), exact=True)
    button.click()
    page.get_by_role("button", name=words("Copied"), exact=True).wait_for()
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    pasted = page.locator("main > textarea")
    pasted.press("Control+v")
    assert code in pasted.input_value()

    page.evaluate("Document.prototype.execCommand = () => false")  # now there is no way left: the hand gets the text chosen
    shown = []
    page.on("dialog", lambda dialog: (shown.append(dialog.default_value), dialog.accept()))
    page.get_by_role("button", name=words("Copied"), exact=True).click()
    until(lambda: shown, "nothing was shown", page=page)
    assert len(shown) == 1 and code in shown[0]


def came_back(phone, desk, stored, person):
    """Register, send, have it sent back and hear of it; return the code and the row of the day's page."""
    phone.get_ready("sari")
    code = phone.register(person)
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    desk.sign_in("budi")
    send_back(desk.open(f"/approve/{stored.by_code(code).id}"))
    phone.signal_comes_back()
    returned = phone.page.locator("#rows_back li", has_text=code)
    returned.wait_for()
    return code, returned


def test_a_returned_record_is_withdrawn_without_signal(new_phone, desk, line, stored):
    phone = new_phone()
    code, returned = came_back(phone, desk, stored, invented(404))
    line.set(REFUSE)
    returned.locator("summary").click()
    person = phone.page.evaluate(CHANGE_PERSON, None)  # signed out in another tab: nothing can be saved
    returned.get_by_role("button", name=words("Yes, withdraw it")).click()
    told = words("This phone is not ready yet, so the withdrawal was not saved. Sign in once with signal, then try again.")
    returned.get_by_text(told).wait_for()
    assert len(phone.outbox()) == 1
    phone.page.evaluate(CHANGE_PERSON, person)
    returned.get_by_role("button", name=words("Yes, withdraw it")).click()
    returned.wait_for(state="detached")
    phone.wait_for_counts(waiting=1)
    assert stored.by_code(code).status == "returned"
    line.set(PASS)
    phone.send_now()
    phone.wait_for_counts(waiting=0)
    assert stored.by_code(code).status == "withdrawn"


def test_a_record_that_comes_back_again_is_shown_again(new_phone, desk, stored):
    phone = new_phone()
    code, returned = came_back(phone, desk, stored, invented(408))
    returned.locator("[data-slot=correct]").click()
    phone.page.locator("#registration").wait_for(state="visible")
    phone.page.locator("#show_all button").click()
    phone.page.fill("#name", "Nama Yang Lain")
    phone.save()
    phone.receipt()
    phone.day()
    until(lambda: stored.by_code(code).status == "submitted", "the correction did not arrive", 20, phone.page)
    phone.wait_for_counts(waiting=0)
    returned.wait_for(state="detached")
    phone.page.wait_for_timeout(1100)  # the second return is told in seconds too
    send_back(desk.open(f"/approve/{stored.by_code(code).id}"))
    phone.signal_comes_back()
    returned.wait_for()
    assert returned.locator("[data-slot=reasons] li").count() == 1


def test_the_outbox_is_carried_by_hand_to_the_supervisor(new_phone, desk, line, stored, tmp_path):
    """A phone that finds no signal for days: its sealed file is taken in at the desk, and nothing is doubled later."""
    person = invented(405)
    phone = new_phone()
    phone.get_ready("sari")
    line.set(REFUSE)
    code = phone.register(person)
    phone.day()
    phone.page.get_by_text(words("No signal for days: carry the outbox by hand")).click()
    with phone.page.expect_download() as download:
        phone.page.get_by_role("button", name=words("Save the outbox file")).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert len(json.loads(file.read_text())["records"]) == 1 and person.name not in file.read_text()

    phone.page.goto("about:blank")  # so that the line is back for the desk alone
    line.set(PASS)
    desk.sign_in("budi")
    page = desk.open("/approve/bundle")
    page.set_input_files("[name=bundle]", file)
    page.locator("form[action='/approve/bundle'] button").click()
    page.get_by_text(words("Received.")).first.wait_for()
    assert stored.by_code(code).nik == person.nik
    phone.day()
    phone.send_now()
    phone.wait_for_counts(waiting=0)
    until(lambda: len(stored.of(person)) == 1, "it was doubled", page=phone.page)


def test_two_taps_on_save_are_one_record(new_phone, line, id_card):
    """The photo is still being made smaller, so nothing seems to happen, and the finger taps again."""
    phone = new_phone()
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.open_form()
    phone.fill_form(invented(406))
    phone.page.set_input_files("[name=photo_id_card]", id_card)
    phone.page.locator("#save").dblclick()
    phone.receipt()
    phone.wait("!document.getElementById('save').disabled")
    phone.page.wait_for_timeout(500)
    assert len(phone.outbox()) == 1
    phone.page.locator("[data-do=next]").click()
    phone.fill_form(invented(407))
    phone.save()
    phone.receipt()
    assert len(phone.outbox()) == 2, "the button is given back for the next worker"
