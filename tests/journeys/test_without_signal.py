"""An officer at the harbour: no signal, an old phone that dies, and nothing may be lost or doubled."""

import pytest

from tests.factories import invented
from tests.faults.proxy import HANG, PASS, REFUSE, RESET
from tests.words import words


def test_registers_three_without_network_after_the_phone_died(phone, line, stored):
    phone.get_ready("sari")
    phone.kill()
    line.set(REFUSE)
    phone.start()

    people = [invented(seed) for seed in (11, 12, 13)]
    phone.day()
    phone.page.get_by_role("link", name=words("Register a worker")).click()
    phone.form_is_alive()
    codes = []
    for number, person in enumerate(people):
        phone.fill_form(person, workplace="Dermaga Bula" if number == 0 else None)
        phone.save()
        codes.append(phone.receipt())
        phone.sees(words("Saved on this phone"))
        phone.page.locator("[data-do=next]").click()
        assert phone.page.locator("#village").input_value() == person.village, "the place is kept for the next worker"
        assert phone.page.locator("[name=workplace]").input_value() == "Dermaga Bula"
        assert phone.page.locator("[name=nik]").input_value() == "", "nothing of the last worker stays in the form"
        assert phone.page.locator("[name=name]").input_value() == ""
    assert len(set(codes)) == 3

    phone.day()
    phone.wait_for_counts(waiting=3)
    phone.line_says("offline", n=3)
    for code in codes:
        phone.sees(code)

    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=3)
    for person, code in zip(people, codes, strict=True):
        entry = stored.by_code(code)
        assert (entry.name, entry.nik, entry.author) == (person.name, person.nik, "sari")
        assert entry.village_code == person.village
        assert len(stored.of(person)) == 1


def test_nobody_waits_for_a_line_that_hangs(phone, line):
    """The trial that matters most: the browser believes to be online, and nothing ever answers."""
    phone.get_ready("sari")
    phone.open_form()
    phone.fill_form(invented(21))
    line.set(HANG)
    phone.context.set_default_timeout(15_000)  # who waited for the line would wait longer: its calls end after 20 seconds
    phone.save()
    phone.receipt()
    assert [row["state"] for row in phone.outbox()] == ["waiting"]


def test_a_receipt_survives_the_phone_dying_at_that_moment(phone, line, stored, person):
    phone.get_ready("sari")
    line.set(REFUSE)
    code = phone.register(person)
    phone.kill()
    phone.start()
    phone.day()
    phone.wait_for_counts(waiting=1)
    phone.sees(code)
    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    assert stored.by_code(code).name == person.name


@pytest.mark.parametrize("after_ms", [0, 5, 20, 60])
def test_closing_in_the_moment_of_saving_keeps_it_whole_or_not_at_all(phone, line, stored, after_ms, person):
    phone.get_ready("sari")
    phone.open_form()
    phone.fill_form(person)
    line.set(REFUSE)
    # In the page, so that nothing of the test's own round trips lies between tap and end.
    phone.page.evaluate("document.querySelector('#save').click()")
    if after_ms:
        phone.page.wait_for_timeout(after_ms)
    shown = phone.page.evaluate("document.querySelector('#view [data-slot=code]')?.textContent || ''")
    phone.kill()
    phone.start()
    phone.day()
    rows = phone.outbox()
    assert len(rows) <= 1
    if shown:
        assert len(rows) == 1, "a receipt was on the screen, and the record is gone"
    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0)
    assert [entry.name for entry in stored.of(person)] == [person.name] * len(rows)


def test_what_waits_goes_out_by_itself_when_the_line_is_back(phone, line, stored, person):
    """Nobody taps anything and the app stays open: only its own waiting time has to pass."""
    phone.get_ready("sari")
    line.set(RESET)
    code = phone.register(person)
    phone.day()
    phone.wait_for_counts(waiting=1)
    line.set(PASS)
    phone.wait_for_counts(waiting=0, sent=1, within=45)
    assert stored.by_code(code).name == person.name


def test_send_now_sends_now(phone, line, stored, person):
    phone.get_ready("sari")
    line.set(REFUSE)
    code = phone.register(person)
    phone.day()
    phone.wait_for_counts(waiting=1)
    line.set(PASS)
    phone.send_now()
    phone.wait_for_counts(waiting=0, sent=1, within=10)
    assert stored.by_code(code) is not None


def test_the_same_nik_on_this_phone_is_said_before_it_is_sent(phone, line):
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.register(invented(26))
    phone.open_form()
    phone.fill_form(invented(26))
    phone.save(confirm_warnings=False)
    phone.page.locator("#warnings").wait_for(state="visible")
    assert phone.page.locator("#warnings_list input[value=nik_on_this_phone]").count() == 1
    assert len(phone.outbox()) == 1, "nothing is saved before the warning is confirmed"


def test_mistakes_are_said_at_the_field_and_nothing_typed_is_lost(phone, line):
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.open_form()
    phone.fill_form(invented(27), nik="8105 0117", birth_date="31-2-1990", consent=False)
    phone.save(confirm_warnings=False)
    summary = phone.page.locator("#error_summary")
    summary.wait_for(state="visible")
    assert summary.locator("a").count() == 3
    summary.locator("a").first.click()
    assert phone.page.evaluate("document.activeElement.name") == "nik"
    assert phone.page.locator("#nik").input_value().replace(" ", "") == "81050117"
    assert phone.page.locator("#birth_date").input_value() == "31-2-1990"
    assert phone.page.locator("#name").input_value() == invented(27).name
    assert phone.outbox() == []


def test_what_bpjs_needs_of_staff_is_asked_for_and_may_be_left_out(phone, line, stored, person):
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.open_form()
    phone.fill_form(person, category="non_civil_servant", occupation=None, mother_name=None, agency="Dinas Perikanan")
    phone.page.locator("label:has([name=occupation]):visible").first.click()
    phone.save(confirm_warnings=False)
    boxes = phone.page.locator("#warnings_list input:visible")
    boxes.first.wait_for()
    assert [box.get_attribute("value") for box in boxes.all()] == ["birth_place_wanted", "mother_name_wanted"]
    phone.page.fill("#birth_place", "Bula")
    phone.page.locator("#warnings_list input[value=mother_name_wanted]").check()
    phone.save(confirm_warnings=False)
    code = phone.receipt()
    line.set(PASS)
    phone.restart()
    phone.day()
    phone.wait_for_counts(waiting=0)
    assert stored.by_code(code).confirmed == ["mother_name_wanted"]
