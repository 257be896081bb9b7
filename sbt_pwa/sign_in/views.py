"""Views of the door."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from ..kit import i18n
from ..kit.errors import SignInNeeded, WrongInput
from ..kit.throttle import limiter
from ..kit.transactions import keep_despite_refusal
from ..records.account import account_for_password, end_session, open_session
from . import room
from .forms import NewPasswordForm, SignInForm

START = {
    "officer": "register.day",
    "supervisor": "approve.queue",
}
ONE_YEAR = 31_536_000


@room.get("/")
def front_door() -> str | Response:
    """Visitors find two doors; who is signed in goes to the own start page."""
    if current_user.is_authenticated:
        return _redirect(start_page())
    return render_template("sign_in/front_door.html")


@room.get("/sign-in")
def page() -> str | Response:
    if current_user.is_authenticated and not current_user.must_change_password:
        return _redirect(start_page())
    return render_template("sign_in/page.html", form=SignInForm(), next=_safe(request.args.get("next", "")))


@room.post("/sign-in")
@limiter.limit("100 per 10 minutes")
def enter() -> Response | tuple[str, int]:
    form = SignInForm()
    target = _safe(request.form.get("next", ""))
    account = account_for_password(form.username.data, form.password.data) if form.validate() else None
    if account is None:
        keep_despite_refusal()
        if not form.errors:
            form.password.errors = [_("User name or password is not right. Try again, or ask the office.")]
        return render_template("sign_in/page.html", form=form, next=target), 422
    session.clear()  # nothing that was set before the sign-in lives on after it
    login_user(open_session(account))
    if account.must_change_password:
        return _redirect(url_for("sign_in.new_password"))
    return _redirect(target or start_page(just_signed_in=True))


@room.get("/sign-in/new-password")
def new_password() -> str:
    _signed_in()
    return render_template("sign_in/new_password.html", form=NewPasswordForm())


@room.post("/sign-in/new-password")
def set_new_password() -> Response | tuple[str, int]:
    _signed_in()
    form = NewPasswordForm()
    if not form.validate():
        return render_template("sign_in/new_password.html", form=form), 422
    current_user.set_password(form.password.data)
    login_user(open_session(current_user))
    return _redirect(start_page(just_signed_in=True))


@room.get("/sign-out")
def before_leaving() -> str | Response:
    if not current_user.is_authenticated:
        return _redirect(url_for("sign_in.front_door"))
    return render_template("sign_in/before_leaving.html")


@room.post("/sign-out")
def leave() -> Response:
    """End the session. What waits in the phone's outbox stays: it is sealed, and it must still arrive."""
    if current_user.is_authenticated:
        end_session(current_user.session_token)
        logout_user()
    session.clear()
    return _redirect(url_for("sign_in.front_door"))


@room.post("/language")
def choose_language() -> Response:
    chosen = request.form.get("lang", "")
    if chosen not in i18n.LANGUAGES:
        raise WrongInput(_("This language is not here."))
    response = _redirect(_safe(urlsplit(request.referrer or "").path) or "/")
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(i18n.COOKIE, chosen, max_age=ONE_YEAR, httponly=True, secure=secure, samesite="Lax")
    return response


def start_page(*, just_signed_in: bool = False) -> str:
    """An officer's phone gets ready on the page that follows the sign-in; the service worker lets that address through."""
    endpoint = START.get(current_user.role, "sign_in.waiting_room")
    return url_for(endpoint, masuk=1) if just_signed_in and endpoint == "register.day" else url_for(endpoint)


@room.get("/start")
def waiting_room() -> str:
    """The start page of accounts whose own pages are not built yet."""
    _signed_in()
    return render_template("sign_in/waiting_room.html")


def _signed_in() -> None:
    if not current_user.is_authenticated:
        raise SignInNeeded()


def _safe(target: str) -> str:
    """Return the address if it lies in this app, else nothing: a link must not lead a person elsewhere."""
    parts = urlsplit(target)
    inside = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if inside else ""


def _redirect(target: str) -> Response:
    return make_response(redirect(target, 303))
