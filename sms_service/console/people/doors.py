"""What stands between somebody who has signed in and the page that was asked for."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request, url_for
from flask_security.utils import check_and_update_authn_fresh
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sms_service.console.people.models import DeskUser
from sms_service.console.site import PATH, Site, by_htmx, go
from sms_service.domain.roles import Role
from sms_service.service.auditing import Actor
from sms_service.service.people import needs_second_factor

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

_FRESH = timedelta(minutes=15)
"""Who proved so long ago who they are, or did something of the kind since, isn't asked again."""
_ALWAYS = ("console.sign_out", "console.static")


def add_doors(desk: Blueprint, site: Site) -> None:
    """Send users who have something to do first to where they do it, whatever they ask for."""

    @desk.before_request
    def _first_things_first() -> Any:
        user = cast("DeskUser | None", g.get("person"))
        if user is None or request.endpoint in _ALWAYS:
            return None
        first = _to_do_first(site, user)
        if first is None:
            return None
        # Meanwhile they may do nothing else, and the menu shows nothing else.
        g.behind = g.actor
        g.actor = Actor(g.actor.name, frozenset(), address=g.actor.address)
        # Also the password once more, where the page asks for it.
        if request.path in (url_for(first), url_for("console.verify")):
            return None
        if by_htmx():
            return Response(status=401, headers={"HX-Redirect": url_for(first)})
        return go(url_for(first))


def _to_do_first(site: Site, user: DeskUser) -> str | None:
    """The page that comes before all others for this user."""
    if user.must_change_password:
        return "console.password"
    held = [Role(role.name) for role in user.roles]
    policy = site.settings.console_second_factor
    if needs_second_factor(policy, held) and not user.tf_totp_secret:
        return "console.second_factor_setup"
    return None


def fresh(view: View) -> View:
    """Let only those through who have given their password a short while ago.

    Others give it first, and come back to the page that they were on.
    """

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if check_and_update_authn_fresh(_FRESH, _FRESH):
            return view(*args, **kwargs)
        here = request.full_path.rstrip("?") if request.method == "GET" else _from()
        return go(url_for("console.verify", next=here))

    return cast(View, checked)


def add_outage(desk: Blueprint, site: Site) -> None:
    """Say in words that the database is away; what is asked of it fails at once."""

    @desk.errorhandler(OperationalError)
    @desk.errorhandler(PoolTimeout)
    def _database_is_away(error: Exception) -> tuple[str, int]:
        log.warning("the desk can't reach the database: %s", type(error).__name__)
        return site.show("refused.html", code=503, reason="503"), 503


def whoever() -> Actor:
    """Who makes this request, with all roles, also while they may do nothing else."""
    return cast(Actor, g.get("behind") or g.actor)


def own_page(address: str | None) -> str:
    """The address where it leads to a page of the desk; else that of the desk itself.

    Browsers read a backslash as a slash and drop control characters: neither passes.
    """
    if not address or "\\" in address or not address.isprintable():
        return PATH
    try:
        parsed = urlsplit(address)
    except ValueError:
        return PATH
    if parsed.scheme or parsed.netloc or not parsed.path.startswith(PATH):
        return PATH
    return address


def _from() -> str:
    """The page of the desk that a form was on."""
    parsed = urlsplit(request.referrer or "")
    return own_page(f"{parsed.path}?{parsed.query}" if parsed.query else parsed.path)
