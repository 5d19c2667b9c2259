"""Setting up the second factor: a picture for the phone's app, a code to prove it, and codes
to keep in a drawer."""

from typing import Any

from flask import Blueprint, abort, request, session, url_for

from sms_service.console import access
from sms_service.console.people import security
from sms_service.console.people.account import myself
from sms_service.console.people.doors import fresh, whoever
from sms_service.console.people.signing_in import plain_code
from sms_service.console.site import Site, go
from sms_service.service.people import Person, SecondFactor, needs_second_factor

_NEW_SECRET = "new_secret"  # noqa: S105 - the name under which the session keeps it


def add_second_factor(desk: Blueprint, site: Site) -> None:
    """Put these pages on the desk."""
    _add_setup(desk, site)

    @desk.post("/account/second-factor/off")
    @access.needs(access.SIGNED_IN)
    @fresh
    def second_factor_off() -> Any:
        """No more codes, for those who needn't have one."""
        me = myself(site)
        if needs_second_factor(site.settings.console_second_factor, me.roles):
            abort(403)
        site.parts.people.drop_second_factor(me.username, whoever())
        site.tell("people.second_factor_is_off")
        return go(url_for("console.account"))

    @desk.post("/account/recovery-codes")
    @access.needs(access.SIGNED_IN)
    @fresh
    def recovery_codes() -> Any:
        """New recovery codes; those from before are worth nothing any more."""
        me = myself(site)
        if not me.has_second_factor:
            abort(409)
        codes = security.one_time_codes()
        made = codes.new_recovery_codes()
        hashes = codes.hashed(me.id, made)
        site.parts.people.set_recovery_codes(me.username, hashes, whoever())
        return site.show("people/recovery_codes.html", codes=made)


def _add_setup(desk: Blueprint, site: Site) -> None:
    @desk.get("/account/second-factor")
    @access.needs(access.SIGNED_IN)
    @fresh
    def second_factor_setup() -> str:
        """The picture to take with the phone."""
        return _setup_page(site, myself(site))

    @desk.post("/account/second-factor")
    @access.needs(access.SIGNED_IN)
    @fresh
    def second_factor_on() -> Any:
        """The first code of the phone: from now on one is asked for."""
        me = myself(site)
        codes = security.one_time_codes()
        secret = session.get(_NEW_SECRET)
        code = plain_code(request.form.get("code", ""))
        step = codes.step_of(code, secret) if secret else None
        if not secret or not step:
            return _setup_page(site, me, error=site.say("people.wrong_code")), 400
        session.pop(_NEW_SECRET)
        made = codes.new_recovery_codes()
        factor = SecondFactor(secret, step, codes.hashed(me.id, made))
        site.parts.people.set_second_factor(me.username, factor, whoever())
        return site.show("people/recovery_codes.html", codes=made, is_new=True)


def _setup_page(site: Site, me: Person, error: str | None = None) -> str:
    codes = security.one_time_codes()
    secret = session.setdefault(_NEW_SECRET, codes.generate_totp_secret())
    session.modified = True
    return site.show(
        "people/second_factor.html",
        person=me,
        picture=codes.generate_qrcode(me.username, secret),
        key=codes.get_totp_pretty_key(secret),
        error=error,
    )
