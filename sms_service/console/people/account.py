"""«حساب من»: what users may look at and change of themselves."""

from typing import Any

from flask import Blueprint, abort, g, request, session, url_for
from flask_wtf.csrf import generate_csrf

from sms_service.console import access
from sms_service.console.people import security
from sms_service.console.people.doors import whoever
from sms_service.console.people.sessions import SIGNED_IN, token_of
from sms_service.console.site import Site, go
from sms_service.ledger.sessions import handle_of
from sms_service.passwords import hashed, waste
from sms_service.service.people import Person, needs_second_factor, password_fault


def add_account(desk: Blueprint, site: Site) -> None:
    """Put these pages on the desk."""
    _add_password(desk, site)

    @desk.get("/account")
    @access.needs(access.SIGNED_IN)
    def account() -> str:
        """Who I am here, and where I am signed in."""
        me = myself(site)
        return site.show(
            "people/account.html",
            person=me,
            sessions=site.parts.sessions.of_user(me.id),
            here=_here(),
            must_have_code=needs_second_factor(site.settings.console_second_factor, me.roles),
            codes_are_on=site.settings.console_second_factor != "off",
        )

    @desk.post("/account/sessions/<handle>/end")
    @access.needs(access.SIGNED_IN)
    def end_my_session(handle: str) -> Any:
        """Sign me out on another browser."""
        me = myself(site)
        if not site.parts.sessions.end_of_user(me.id, handle):
            abort(404)
        site.note("session_end", "user", me.username)
        site.tell("people.session_ended")
        return go(url_for("console.account"))


def _add_password(desk: Blueprint, site: Site) -> None:
    @desk.get("/account/password")
    @access.needs(access.SIGNED_IN)
    def password() -> str:
        """Where I change my password."""
        return site.show("people/password.html", person=myself(site), errors={})

    @desk.post("/account/password")
    @access.needs(access.SIGNED_IN)
    def change_password() -> Any:
        """A new password: every other browser is signed out."""
        me = myself(site)
        new = request.form.get("new", "")
        errors = _errors(site, me, new)
        if errors:
            return site.show("people/password.html", person=me, errors=errors), 400
        bound_to = site.parts.people.change_password(me.username, hashed(new), whoever())
        session[SIGNED_IN] = bound_to
        session.pop("csrf_token", None)
        g.pop("csrf_token", None)
        generate_csrf()
        site.tell("people.password_changed")
        return go(url_for("console.home"))


def _errors(site: Site, me: Person, new: str) -> dict[str, str]:
    """What is wrong with the form, by field."""
    errors = {}
    if not _knows_password(site, me, request.form.get("old", "")):
        errors["old"] = site.say("people.wrong_password")
    fault = password_fault(new, me.username)
    if fault:
        errors["new"] = site.say(f"people.password_{fault}")
    elif new == request.form.get("old"):
        errors["new"] = site.say("people.password_same")
    elif new != request.form.get("again"):
        errors["again"] = site.say("people.password_differs")
    return errors


def _knows_password(site: Site, me: Person, old: str) -> bool:
    """Whether it is the present one; tries are counted as they are at the door."""
    sign_ins, address = site.parts.sign_ins, request.remote_addr
    if sign_ins.is_flooding(address):
        return False
    one = sign_ins.begin(me.username, address)
    user = security.users().find_user(username=me.username) if one.open else None
    if user is None:
        waste()
    elif security.is_right_password(user, old):
        sign_ins.was_half_right(one, address)
        return True
    sign_ins.was_wrong(one, me.username, address)
    return False


def myself(site: Site) -> Person:
    """The user who makes this request; aborts with 404 for somebody who is none."""
    found = site.parts.people.find(access.actor().name)
    if found is None:
        abort(404)
    return found


def _here() -> str:
    """The handle of the session by which this page is asked for."""
    return handle_of(token_of(request) or "")
