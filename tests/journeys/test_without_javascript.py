"""The same form at the same address, on a browser without scripts: nothing but comfort is missing."""

import pytest

from tests.visitor import PASSWORD
from tests.words import words


@pytest.fixture
def plain(new_phone):
    return new_phone("plain", java_script_enabled=False)


def test_registers_online_and_shows_the_same_receipt(plain, stored, id_card, person):
    plain.sign_in("sari")
    plain.open("/register/new")
    plain.fill_form(person)
    plain.page.set_input_files("[name=photo_id_card]", id_card)
    plain.page.locator("#save").click()
    code = plain.receipt()
    assert "/register/receipt/" in plain.page.url
    entry = stored.by_code(code)
    assert (entry.name, entry.nik, entry.author, entry.has_photo) == (person.name, person.nik, "sari", True)
    plain.open("/register")
    plain.sees(code)


def test_mistakes_come_back_with_everything_that_was_typed(plain, stored, person):
    plain.sign_in("sari")
    plain.open("/register/new")
    plain.fill_form(person, nik="8105", consent=False)
    plain.page.locator("#save").click()
    summary = plain.page.locator("#error_summary")
    assert summary.locator("a").count() == 2
    assert plain.page.locator("#nik").input_value() == "8105"
    assert plain.page.locator("#name").input_value() == person.name
    assert plain.page.locator("#village").input_value() == person.village
    assert plain.page.locator(f"[name=sex][value={person.sex}]").is_checked()
    plain.page.fill("#nik", person.nik)
    plain.page.locator("[name=consent]").check()
    plain.page.locator("#save").click()
    assert stored.by_code(plain.receipt()).nik == person.nik


def test_a_form_whose_session_ended_is_sent_again_without_typing_it_twice(plain, stored, id_card, person):
    plain.sign_in("sari")
    page = plain.open("/register/new")
    plain.fill_form(person)
    page.set_input_files("[name=photo_id_card]", id_card)
    stored.end_sessions()
    page.locator("#save").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    plain.sees(words("What you typed is kept on this page."))
    with plain.context.expect_page() as opened:
        page.get_by_role("link", name=words("Sign in")).click()
    beside = opened.value
    beside.fill("[name=username]", "sari")
    beside.fill("[name=password]", PASSWORD)
    beside.locator("main button").click()
    beside.wait_for_url("**/register*")
    page.get_by_role("button", name=words("Send it again")).click()  # the sign-in made another token
    plain.sees(words("This page was open for too long, or you signed in anew. Send it once more."))
    page.set_input_files("[name=photo_id_card]", id_card)
    page.get_by_role("button", name=words("Send it again")).click()
    entry = stored.by_code(plain.receipt())
    assert (entry.name, entry.nik, entry.author, entry.has_photo) == (person.name, person.nik, "sari", True)


def test_a_warning_is_confirmed_with_a_tick(plain, stored, person):
    """The NIK says another birth date than the KTP: look once more, then go on."""
    plain.sign_in("sari")
    plain.open("/register/new")
    plain.fill_form(person, birth_date="1-1-1991")
    plain.page.locator("#save").click()
    box = plain.page.locator("#warnings_list input[value=nik_birth_date_differs]")
    box.check()
    plain.page.locator("#save").click()
    assert stored.by_code(plain.receipt()).confirmed == ["nik_birth_date_differs"]


def test_the_worker_reads_the_status(plain, person):
    plain.sign_in("sari")
    plain.open("/register/new")
    plain.fill_form(person)
    plain.page.locator("#save").click()
    code = plain.receipt()
    plain.sign_out()
    plain.open("/check")
    plain.page.fill("[name=code]", code)
    plain.page.locator("form[action*='check'] button").first.click()
    plain.sees(words("Waiting for approval"))
    plain.open("/")
    plain.sees(words("Sign in"))
