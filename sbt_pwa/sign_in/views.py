"""Views of the door."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException

from ..kit import i18n
from ..kit.access import signed_in
from ..kit.errors import WrongInput
from ..kit.throttle import limiter
from ..kit.transactions import keep_despite_refusal
from ..records.account import ROLE_NAMES, SHORTEST_PASSWORD, account_for_password, end_session, open_session
from ..records.region import region_names
from . import room
from .forms import NewPasswordForm, SignInForm

START = {
    "officer": "register.day",
    "supervisor": "approve.queue",
    "office": "exchange.home",
    "leader": "oversee.page",
}
ONE_YEAR = 31_536_000


@room.get("/")
def front_door() -> str | Response:
    """Visitors find two doors; who is signed in goes to the own start page."""
    if current_user.is_authenticated:
        return _redirect(start_page())
    regency = region_names().get(current_app.config["SBT_REGENCY"], "").removeprefix("Kabupaten ")
    return render_template("sign_in/front_door.html", regency=regency)


@room.get("/sign-in")
def page() -> str | Response:
    if current_user.is_authenticated:  # perhaps on a phone that did not hear the answer to its enrolment: it asks again
        return _redirect(start_page(just_signed_in=True))
    return _sign_in_page(SignInForm(formdata=None), _safe(request.args.get("next", "")))


@room.post("/sign-in")
@limiter.limit("100 per 10 minutes")
def enter() -> Response | tuple[str, int]:
    form = SignInForm()
    target = _safe(request.form.get("next", ""))
    account = account_for_password(form.username.data, form.password.data) if form.validate() else None
    if account is None:
        keep_despite_refusal()
        return _sign_in_page(form, target), 422
    session.clear()  # nothing that was set before the sign-in lives on after it
    login_user(open_session(account))
    return _redirect(target or start_page(just_signed_in=True))


def _sign_in_page(form: SignInForm, target: str) -> str:
    return render_template(
        "sign_in/page.html", form=form, errors=form.slips, refused=request.method == "POST" and not form.slips, next=target
    )


@room.get("/sign-in/new-password")
@signed_in
def new_password() -> str:
    return _new_password_page(NewPasswordForm(formdata=None))


@room.post("/sign-in/new-password")
@limiter.limit("100 per 10 minutes")
@signed_in
def set_new_password() -> Response | tuple[str, int]:
    form = NewPasswordForm()
    keep_despite_refusal()  # a wrong present password counts like one at the door
    if not _is_really_the_person(form) or not form.validate():
        return _new_password_page(form), 422
    account = current_user._get_current_object()  # the person, not the place where the person of a request is kept
    account.set_password(form.password.data)
    login_user(open_session(account))
    return _redirect(start_page(just_signed_in=True))


def _is_really_the_person(form: NewPasswordForm) -> bool:
    """Ask for the present password, but not right after a one-time password was used."""
    if current_user.must_change_password or account_for_password(current_user.username, form.current.data or ""):
        return True
    form.current.errors = [_("This is not your present password.")]
    return False


def _new_password_page(form: NewPasswordForm) -> str:
    return render_template("sign_in/new_password.html", errors=form.slips, shortest=SHORTEST_PASSWORD)


@room.get("/me")
@signed_in
def me() -> str:
    return render_template("sign_in/me.html", role_name=ROLE_NAMES[current_user.role])


@room.get("/start")
@signed_in
def waiting_room() -> str | Response:
    """The start page of accounts whose own pages are not built yet."""
    if current_user.role in START:
        return _redirect(start_page())
    return render_template("sign_in/waiting_room.html", role_name=ROLE_NAMES[current_user.role])


@room.get("/sign-out")
def way_out() -> Response:
    """Leaving is a POST; who types the address finds the button."""
    return _redirect(url_for("sign_in.me" if current_user.is_authenticated else "sign_in.front_door"))


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
    response = _redirect(_safe(request.form.get("next", "")) or "/")
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(i18n.COOKIE, chosen, max_age=ONE_YEAR, httponly=True, secure=secure, samesite="Lax")
    return response


def start_page(*, just_signed_in: bool = False) -> str:
    """An officer's phone gets ready on the page that follows the sign-in; the service worker lets that address through."""
    if current_user.must_change_password:
        return url_for("sign_in.new_password")
    endpoint = START.get(current_user.role, "sign_in.waiting_room")
    return url_for(endpoint, masuk=1) if just_signed_in and endpoint == "register.day" else url_for(endpoint)


def _safe(target: str) -> str:
    """Return the address if it is a page of this app, else nothing: a link must not lead a person elsewhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return ""
    try:
        current_app.url_map.bind("localhost").match(parts.path, "GET")
    except HTTPException:
        return ""
    return target


def _redirect(target: str) -> Response:
    return make_response(redirect(target, 303))
