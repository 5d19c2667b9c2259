"""Flask-Security on the application: who signs in, and who makes a request.

Its own pages stay off: they know users by mail addresses and speak of resets by mail, and
there may be no mail server. Our pages call what is below them.
"""

from typing import cast

from flask import Flask, abort, current_app, g, request, session
from flask_security import Security, current_user
from flask_security.totp import Totp

from sms_service.console.access import Identify
from sms_service.console.people.codes import OneTimeCodes, sealing_keys
from sms_service.console.people.models import DeskUser, DeskUsers
from sms_service.domain.roles import Role
from sms_service.passwords import COSTS, SCHEME
from sms_service.service.auditing import Actor
from sms_service.service.people import LONGEST, SHORTEST, username_of
from sms_service.settings.keys import parse_keys
from sms_service.wiring.console import ConsoleParts


def add_security(app: Flask, parts: ConsoleParts) -> Identify:
    """Put it on the application, which has its secret key; tells who makes a request."""
    settings = parts.settings
    settings.require("data_keys")
    keys = parse_keys([key.get_secret_value() for key in settings.data_keys])
    app.config.update(
        SECURITY_PASSWORD_HASH=SCHEME,
        SECURITY_PASSWORD_SCHEMES=[SCHEME],
        # No pepper: a new SECRET_KEY must not make every password wrong.
        SECURITY_PASSWORD_SINGLE_HASH={SCHEME},
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=dict(COSTS),
        SECURITY_PASSWORD_LENGTH_MIN=SHORTEST,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": username_of}}],
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS=sealing_keys(keys),
        SECURITY_TOTP_ISSUER=settings.company_name_latin,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )
    users = DeskUsers(parts.service.engine)
    recovery_key = parts.service.derived_key("recovery codes")

    def codes(secrets: dict[str, str], issuer: str) -> OneTimeCodes:
        return OneTimeCodes(secrets, issuer, parts.sign_ins, recovery_key)

    # A class is expected there, and called.
    security = Security(app, users, register_blueprint=False, totp_cls=cast("type[Totp]", codes))
    # Tokens of programs are ours: neither a header nor the address signs a browser in.
    security.login_manager.request_loader(lambda _request: None)
    app.teardown_appcontext(lambda _error: users.close())
    return _identify


def _identify() -> Actor | None:
    if getattr(session, "is_broken", False):
        abort(503)
    user = cast(DeskUser, current_user)
    if not user.is_authenticated:
        return None
    g.person = user
    return actor_of(user)


def actor_of(user: DeskUser) -> Actor:
    """The user with the roles of this moment."""
    held = frozenset(Role(role.name) for role in user.roles)
    return Actor(str(user.username), held, address=request.remote_addr)


def users() -> DeskUsers:
    """Where users are looked up."""
    return cast(DeskUsers, _security().datastore)


def one_time_codes() -> OneTimeCodes:
    """The second factor."""
    return cast(OneTimeCodes, _security().totp_factory)


def is_right_password(user: DeskUser, password: str) -> bool:
    """Whether it is the user's; kept anew where it was hashed at other costs."""
    if len(password) > LONGEST:
        return False
    before = user.password
    normal = _security().password_util.normalize(password)
    right = bool(user.verify_and_update_password(normal))
    if user.password != before:
        users().commit()
    return right


def _security() -> Security:
    return cast(Security, current_app.extensions["security"])
