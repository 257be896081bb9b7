"""Words are looked for once a request, and anew where another language is asked for within it."""

from flask_babel import force_locale, gettext

from tests.words import words


def test_another_language_for_a_while_and_back(app):
    with app.test_request_context("/"):
        before = gettext("Approved")
        with force_locale("en"):
            assert gettext("Approved") == "Approved"
        assert gettext("Approved") == before == words("Approved")
