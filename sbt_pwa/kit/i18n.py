"""Languages: Indonesian first, English complete. The choice is a cookie of the browser, not of the account."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_babel import lazy_gettext as _l

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
COOKIE = "lang"
MONTHS = _l("January February March April May June July August September October November December")
babel = Babel()


class Catalogue(Domain):
    """The words of one request, looked for once: flask-babel asks three times for the request at each of a page's 100 words.

    Measured: 313 such look-ups for a page of the queue before, 76 now, which is about a millisecond of ten.
    """

    def get_translations(self) -> Any:
        here = g.get("_flask_babel")
        words = getattr(here, "babel_translations", None)  # the slot that `refresh` and `force_locale` empty
        if words is None:
            words = super().get_translations()
            g._flask_babel.babel_translations = words
        return words


def chosen_language() -> str:
    if not has_request_context():
        return "id"
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else "id"


def language() -> str:
    return str(get_locale() or "id")[:2]


def local(moment: dt.datetime) -> dt.datetime:
    """Return the moment in the regency's time zone."""
    return moment.astimezone(ZoneInfo(current_app.config["SBT_TIME_ZONE"]))


def today() -> dt.date:
    """Return the day it is in the regency."""
    return local(dt.datetime.now(dt.UTC)).date()


def midnight(day: dt.date) -> dt.datetime:
    """Return the moment at which this day begins in the regency."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(current_app.config["SBT_TIME_ZONE"]))


def show_day(day: dt.date) -> str:
    """`17 Agustus 1990`."""
    return f"{day.day} {str(MONTHS).split()[day.month - 1]} {day.year}"


def show_moment(moment: dt.datetime) -> str:
    """`22 November 2026, 14.20`: Indonesians write a dot between hours and minutes."""
    at = local(moment)
    return f"{show_day(at.date())}, {at:%H.%M}" if language() == "id" else f"{show_day(at.date())}, {at:%H:%M}"


def show_number(number: int) -> str:
    """`1.234` in Indonesian, `1,234` in English."""
    text = f"{number:,}"
    return text.replace(",", ".") if language() == "id" else text


def words_of_list(file: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield the words of a CSV list that people read, for Babel's extraction: its columns `name` and `text`."""
    rows = csv.DictReader(codecs.iterdecode(file, "utf-8"))  # the file is closed by who opened it
    for row in rows:
        for column in ("name", "text"):
            if row.get(column):
                yield rows.line_num, "gettext", row[column], []


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    babel.init_app(app, locale_selector=chosen_language)
    words = babel.domain_instance = Catalogue()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: words.get_translations().ugettext(text),
        lambda one, many, n: words.get_translations().ungettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.filters.update(day=show_day, moment=show_moment, number=show_number)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)
