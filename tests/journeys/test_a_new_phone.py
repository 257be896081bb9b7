"""The old phone fell into the sea: what came back reaches the officer on the new one, and is put right there."""

from tests.faults.proxy import PASS, REFUSE
from tests.journeys.looks import assert_looks_right
from tests.journeys.test_the_whole_way import send_back
from tests.words import words


def test_a_returned_record_comes_to_the_new_phone_and_is_put_right_there(new_phone, desk, line, stored, person):
    old = new_phone("old")
    old.get_ready("sari")
    code = old.register(person)
    old.day()
    old.wait_for_counts(waiting=0, sent=1)
    old.close()
    desk.sign_in("budi")
    send_back(desk.open(f"/approve/{stored.by_code(code).id}"))

    new = new_phone("new")
    new.get_ready("sari")
    returned = new.page.locator("#rows_back li", has_text=code)
    returned.wait_for()
    told = returned.inner_text()
    assert words("Returned") in told or words("Being put right by the officer") in told
    assert returned.locator("[data-slot=reasons] li").count() == 1
    everything = new.page.content()
    assert not any(personal in everything for personal in (person.name, person.nik, person.phone))
    assert_looks_right(new.page)
    returned.get_by_role("link", name=words("Receipt"), exact=True).click()
    assert new.receipt() == code
    assert words("Saved on this phone") not in new.page.locator("#view").inner_text(), "it is not"
    new.day()
    returned.wait_for()

    line.set(REFUSE)
    returned.get_by_role("link", name=words("Put right")).click()
    new.page.locator("#show_all button").click()
    new.page.fill("#name", "Nama Yang Benar")
    new.save()
    assert new.receipt() == code
    line.set(PASS)
    new.day()
    new.wait_for_counts(waiting=0)
    new.page.locator("#rows_back li", has_text=code).wait_for(state="detached")
    assert stored.by_code(code).status in {"submitted", "held"}
    assert (stored.by_code(code).name, stored.by_code(code).nik) == ("Nama Yang Benar", person.nik)
