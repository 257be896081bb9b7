"""A phone in the office's own network, at an address without HTTPS: the browser gives no keys, so the server takes the form."""

from tests.words import words


def test_registers_online_with_scripts_and_promises_nothing_without_signal(new_phone, stored, person):
    phone = new_phone()
    phone.url = phone.url.replace("localhost", "phone.test").replace("127.0.0.1", "phone.test")
    phone.sign_in("sari")
    assert phone.page.evaluate("window.isSecureContext") is False
    assert not phone.page.locator("#phone").is_visible()
    assert words("Ready to use without a signal.") not in phone.page.locator("body").inner_text()
    phone.open_form()
    phone.fill_form(person)
    phone.save()
    code = phone.receipt()
    assert "/register/receipt/" in phone.page.url
    assert (stored.by_code(code).nik, stored.by_code(code).author) == (person.nik, "sari")
    phone.open("/register")
    phone.sees(code)
