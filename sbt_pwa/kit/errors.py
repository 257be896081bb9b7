"""The house's "no": raised anywhere, told in one place as a page, a fragment or JSON."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from .kept_form import kept_form
from .vault import Unreadable

SYNC_TYPE = "application/vnd.sbt.sync+json"
log = logging.getLogger(__name__)


class AppError(Exception):
    """A refusal that a person can understand. `status` is the HTTP status, `code` is for programs."""

    status = 400
    code = "wrong"
    message: str | LazyString = _l("This did not work. Go back and try again.")

    def __init__(self, message: str | LazyString | None = None, *, code: str | None = None, retry_after: int | None = None):
        super().__init__(str(code or self.code))
        self.message = message or self.message
        self.code = code or self.code
        self.retry_after = retry_after


class NotFound(AppError):
    status = 404
    code = "not_found"
    message = _l("There is nothing at this address, or it is not in your region.")


class NotAllowed(AppError):
    status = 403
    code = "not_allowed"
    message = _l("Your account may not do this. Sign in with the right account or ask the office.")


class SignInNeeded(AppError):
    status = 401
    code = "sign_in"
    message = _l("Sign in first.")


class WrongState(AppError):
    status = 409
    code = "wrong_state"
    message = _l("Somebody else was faster. Open the entry again to see where it stands now.")


class AlreadyThere(AppError):
    status = 409
    code = "already_there"
    message = _l("This exists already.")


class WrongInput(AppError):
    status = 422
    code = "wrong_input"


class Busy(AppError):
    status = 503
    code = "busy"
    message = _l("The server is busy. Nothing is lost. Try again in a moment.")

    def __init__(self, message: str | LazyString | None = None, *, code: str | None = None, retry_after: int | None = 5):
        super().__init__(message, code=code, retry_after=retry_after)


TITLES = {
    401: _l("Sign in first"),
    403: _l("This is not for your account"),
    404: _l("Page not found"),
    409: _l("It has changed in the meantime"),
    413: _l("This is too large"),
    415: _l("This cannot be read"),
    429: _l("Too many tries"),
    500: _l("The fault is ours"),
    503: _l("The server is busy"),
}
AGAIN = (400, 401, 503)  # what the very same form may be sent again after
WORDS = {
    400: _l("The server could not read this request. Go back, load the page again and send it once more."),
    404: NotFound.message,
    403: NotAllowed.message,
    405: _l("This address does not take that kind of request. Go back and use the buttons on the page."),
    413: _l("This is too large to be taken. Choose a smaller photo or file and send it again."),
    415: _l("This kind of file or content cannot be read here."),
    429: _l("Too many tries. Wait a minute and try again."),
}


def answer_error(status: int, code: str, message: str | LazyString, retry_after: int | None = None) -> Response:
    """Return the refusal in the form that the caller reads."""
    if request.path.startswith("/sync/"):
        response = jsonify(error=code, message=str(message))
        response.content_type = SYNC_TYPE
    else:
        response = make_response(_page(status, message))
        if request.headers.get("HX-Request"):  # the refusal takes the place of the page, not of the part that was asked for
            response.headers.update({"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"})
    response.status_code = status
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _page(status: int, message: str | LazyString) -> str:
    g.without_doors = status >= 500  # who is signed in stands in the database, and that may be what is broken
    title = TITLES.get(status, _l("This did not work"))
    kept = kept_form() if status in AGAIN else None
    if kept and status == SignInNeeded.status:
        message = _l("You have been signed out in the meantime.")
    return render_template(
        "errors/page.html", status=status, title=title, message=message, request_id=g.get("request_id"), kept=kept
    )


def init_app(app: Flask) -> None:
    @app.errorhandler(AppError)
    def refuse(error: AppError) -> Response:
        return answer_error(error.status, error.code, error.message, error.retry_after)

    @app.errorhandler(StaleDataError)
    def lost_the_race(_error: StaleDataError) -> Response:
        return refuse(WrongState())

    @app.errorhandler(CSRFError)
    def stale_page(_error: CSRFError) -> Response:
        return answer_error(400, "csrf", _l("This page was open for too long, or you signed in anew. Send it once more."))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error  # a redirect is no refusal
        code = {413: "too_large", 415: "content_type", 429: "too_many"}.get(status, HTTPStatus(status).name.lower())
        return answer_error(status, code, WORDS.get(status, AppError.message), 60 if status == 429 else None)

    @app.errorhandler(IntegrityError)
    def lost_the_race_for_a_row(error: IntegrityError) -> Response:
        log.warning("two writers met: %s", type(error.orig).__name__)  # never the row itself: it holds people
        return refuse(WrongState())

    @app.errorhandler(OperationalError)
    def database_trouble(error: DBAPIError) -> Response:
        log.error("database: %s", type(error.orig).__name__, exc_info=error)
        return refuse(Busy())

    @app.errorhandler(Unreadable)
    def shut_for_good(error: Unreadable) -> Response:
        log.error("a stored value does not open: %s", error, exc_info=error)
        message = _l(
            "What is stored of this person cannot be read: its key is missing, or it was changed past the app. Nothing was "
            "overwritten. Tell the office this number."
        )
        return answer_error(500, "fault", message)  # to a phone it is no other fault: docs/protocol.md

    @app.errorhandler(500)
    def our_fault(_error: Exception) -> Response:
        message = _l("The fault is ours. Nothing that was saved before is lost. Try again, or tell the office this number.")
        return answer_error(500, "fault", message)
