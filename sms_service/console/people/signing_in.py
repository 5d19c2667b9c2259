"""The way in and out: password, code, and the password once more before what matters most.

Each try is counted before it is judged. Whatever is wrong, and whether or not there is such a
user, the answer is the same sentence after the same time.
"""

import time
from typing import Any

from flask import Blueprint, g, redirect, request, session, url_for
from flask_security import login_user, logout_user
from flask_wtf.csrf import generate_csrf

from sms_service.console import access
from sms_service.console.people import security
from sms_service.console.people.doors import own_page
from sms_service.console.people.models import DeskUser
from sms_service.console.people.sessions import PENDING
from sms_service.console.site import Site, go
from sms_service.ledger.sign_ins import Try
from sms_service.passwords import waste
from sms_service.service.people import username_of

_HALF_WAY_SECONDS = 600
"""How long a right password waits for its code."""
_WAIT_SECONDS = 600
_AT_LEAST_SECONDS = 0.1
"""No refusal takes less, whoever was meant."""

Page = tuple[str, int] | tuple[str, int, dict[str, str]]


def add_signing_in(desk: Blueprint, site: Site) -> None:
    """Put these pages on the desk."""
    _add_password_page(desk, site)
    _add_code_page(desk, site)
    _add_verify_page(desk, site)

    @desk.post("/sign-out")
    @access.needs(access.SIGNED_IN)
    def sign_out() -> Any:
        """End this session; its cookie is worth nothing afterwards, wherever it was copied to."""
        site.note("sign_out", "user", access.actor().name)
        logout_user()
        session.clear()
        site.tell("people.signed_out", "info")
        return go(url_for("console.sign_in"))


def _add_password_page(desk: Blueprint, site: Site) -> None:
    @desk.get("/sign-in")
    @access.needs(access.ANYBODY)
    def sign_in() -> Any:
        """The door."""
        if access.visitor():
            return redirect(own_page(request.args.get("next")))
        return site.show("people/sign_in.html", next=request.args.get("next"))

    @desk.post("/sign-in")
    @access.needs(access.ANYBODY)
    def try_password() -> Any:
        """A password, right or wrong."""
        if access.visitor():
            return go(own_page(request.form.get("next")))
        written = request.form.get("username", "")
        user, one = _judge(site, username_of(written) or "", request.form.get("password", ""))
        if user is None:
            facts = {"next": request.form.get("next"), "username": written[:40]}
            return _refusal(site, "people/sign_in.html", one, **facts)
        if user.tf_totp_secret and site.settings.console_second_factor != "off":
            site.parts.sign_ins.was_half_right(one, request.remote_addr)
            session.clear()
            session[PENDING] = user.fs_uniquifier
            session["since"] = time.time()
            session["next"] = own_page(request.form.get("next"))
            return go(url_for("console.second_factor"))
        return _enter(site, user, one, "password", own_page(request.form.get("next")))


def _add_code_page(desk: Blueprint, site: Site) -> None:
    @desk.get("/sign-in/code")
    @access.needs(access.ANYBODY)
    def second_factor() -> Any:
        """Where the code of the phone is asked for."""
        if _half_way() is None:
            return _from_the_start(site)
        return site.show("people/code.html")

    @desk.post("/sign-in/code")
    @access.needs(access.ANYBODY)
    def try_code() -> Any:
        """A code of the phone, or a recovery code."""
        user = _half_way()
        if user is None:
            return _from_the_start(site)
        begun = time.monotonic()
        one = _begin(site, str(user.username))
        how = _judge_code(user, request.form.get("code", "")) if one and one.open else None
        if one is None or how is None:
            _note_wrong(site, one, str(user.username))
            _be_as_slow(begun)
            return _refusal(site, "people/code.html", one)
        return _enter(site, user, one, how, own_page(session.get("next")))


def _add_verify_page(desk: Blueprint, site: Site) -> None:
    @desk.get("/verify")
    @access.needs(access.SIGNED_IN)
    def verify() -> Any:
        """Where the password is asked for once more."""
        return site.show("people/verify.html", next=own_page(request.args.get("next")))

    @desk.post("/verify")
    @access.needs(access.SIGNED_IN)
    def try_password_again() -> Any:
        """The password once more."""
        user, one = _judge(site, access.actor().name, request.form.get("password", ""))
        back = own_page(request.form.get("next"))
        if user is None:
            return _refusal(site, "people/verify.html", one, next=back)
        site.parts.sign_ins.was_half_right(one, request.remote_addr)
        session["fs_paa"] = time.time()
        return go(back)


def _begin(site: Site, username: str) -> Try | None:
    """Count a try; None where this network must wait."""
    address = request.remote_addr
    if site.parts.sign_ins.is_flooding(address):
        return None
    return site.parts.sign_ins.begin(username, address)


def _judge(site: Site, username: str, password: str) -> tuple[DeskUser | None, Any]:
    """The user whose password this is, and the try as it was counted."""
    begun = time.monotonic()
    one = _begin(site, username)
    if one is None:
        return None, None
    user = security.users().find_user(username=username) if one.open else None
    if user is None:
        waste()
    elif security.is_right_password(user, password):
        return user, one
    _note_wrong(site, one, username)
    # What is written down of a user whom we know takes time as well.
    _be_as_slow(begun)
    return None, one


def _be_as_slow(begun: float) -> None:
    """Let every refusal take as long, whatever was found out on the way to it."""
    time.sleep(max(0.0, begun + _AT_LEAST_SECONDS - time.monotonic()))


def _judge_code(user: DeskUser, written: str) -> str | None:
    """By what the user proved to be the one; None for a wrong code."""
    code = plain_code(written)
    codes = security.one_time_codes()
    if len(code) == 6 and code.isdecimal():
        return "code" if codes.is_right(user, code) else None
    return "recovery_code" if code and codes.is_recovery_code(user, code) else None


def plain_code(written: str) -> str:
    """A code with ASCII digits, without what was put between them."""
    kept = (letter for letter in written if letter.isalnum())
    return "".join(str(int(one)) if one.isdecimal() else one for one in kept)


def _note_wrong(site: Site, one: Try | None, username: str) -> None:
    if one is not None:
        site.parts.sign_ins.was_wrong(one, username, request.remote_addr)


def _enter(site: Site, user: DeskUser, one: Try, how: str, wanted: str) -> Any:
    """A new session; nothing of the one before stays, its token least of all."""
    site.parts.sign_ins.was_right(one, security.actor_of(user), how)
    session.clear()
    g.pop("csrf_token", None)
    login_user(user, remember=False, authn_via=[how])
    # Now, or two pages at once would each make one and overwrite the other's.
    generate_csrf()
    if how == "recovery_code":
        site.tell("people.recovery_code_used", "warning")
    return go(wanted)


def _half_way() -> DeskUser | None:
    """The user whose password was right and whose code is missing."""
    bound_to, since = session.get(PENDING), session.get("since", 0)
    if not bound_to or not 0 <= time.time() - since < _HALF_WAY_SECONDS:
        return None
    user = security.users().find_user(fs_uniquifier=bound_to)
    return user if user and user.active else None


def _from_the_start(site: Site) -> Any:
    if access.visitor():
        return redirect(url_for("console.home"))
    session.clear()
    site.tell("people.from_the_start", "info")
    return go(url_for("console.sign_in"))


def _refusal(site: Site, page: str, one: Try | None, **facts: object) -> Page:
    if one is None:
        headers = {"Retry-After": str(_WAIT_SECONDS)}
        return site.show(page, error=site.say("people.flooding"), **facts), 429, headers
    return site.show(page, error=site.say("people.refused"), **facts), 400
