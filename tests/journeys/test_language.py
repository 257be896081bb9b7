"""Another language is chosen on the phone: what it keeps for working without signal follows."""

from tests.faults.proxy import PASS, REFUSE
from tests.journeys.phone import until
from tests.words import words


def choose(phone, language: str) -> None:
    phone.page.locator(f"form[action='/language'] button[lang={language}]").last.click()
    phone.page.wait_for_load_state()


def language_of(phone, path: str) -> str:
    return phone.open(path).evaluate("document.documentElement.lang")


def test_the_kept_pages_follow_the_language(new_phone, line):
    phone = new_phone("language")
    phone.get_ready("sari")
    assert language_of(phone, "/register") == "id"
    phone.open("/me")
    choose(phone, "en")
    assert language_of(phone, "/register") == "en"
    assert not phone.page.locator("#update").is_visible(), "a language is no new version"
    line.set(REFUSE)
    assert language_of(phone, "/register/new") == "en"
    phone.form_is_alive()
    phone.save(confirm_warnings=False)
    phone.sees("Type the NIK. It has 16 digits and stands on the KTP.")
    assert language_of(phone, "/register/arrived") == "en"
    phone.sees("This page comes from the network, and there is none just now.")


def test_without_signal_it_says_so_and_goes_on_in_the_old_language(new_phone, line):
    phone = new_phone("language")
    phone.get_ready("sari")
    phone.open("/me")
    line.set(REFUSE)
    choose(phone, "en")
    phone.sees(words("This page comes from the network, and there is none just now."))
    assert language_of(phone, "/register/new") == "id"
    phone.form_is_alive()


def test_pages_that_could_not_follow_do_so_later(new_phone, line):
    """The line broke right after the choice."""
    phone = new_phone("language")
    phone.get_ready("sari")
    phone.open("/me")
    line.set(REFUSE, only="/offline/")
    choose(phone, "en")
    assert phone.page.evaluate("document.documentElement.lang") == "en"
    assert language_of(phone, "/register") == "id"
    line.set(PASS)
    until(lambda: language_of(phone, "/register") == "en", "the pages stayed in the old language", 20, phone.page)
