"""Who may use a page: each view says what ability it needs, and one guard before all asks.

A view that says nothing can't be used by anybody; a structural test names it.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import abort, current_app, g, request

from sms_service.domain.roles import Ability
from sms_service.service.auditing import Actor

View = TypeVar("View", bound=Callable[..., Any])
Identify = Callable[[], Actor | None]
"""Who makes the request that is served now; None for a stranger."""

ANYBODY = "anybody"
"""Open to strangers: the pages to sign in by, the public pages."""
SIGNED_IN = "signed_in"
"""Open to everybody who has signed in: their own password, signing out."""

_MARK = "needed_ability"


def needs(ability: Ability | str) -> Callable[[View], View]:
    """Mark a view with the ability, ``ANYBODY`` or ``SIGNED_IN``, that its users must have."""

    def mark(view: View) -> View:
        setattr(view, _MARK, ability)
        return view

    return mark


def needed_for(endpoint: str) -> str | None:
    """What the view of an endpoint needs; None when it doesn't say."""
    view = current_app.view_functions.get(endpoint)
    needed = getattr(view, _MARK, None)
    return None if needed is None else str(needed)


class Stranger(Exception):
    """Nobody has signed in, and the page is not for strangers."""


def admit(identify: Identify) -> None:
    """Let the request of this moment through, and remember who makes it.

    Raises Stranger; aborts with 403 for somebody who may not use the page.
    """
    g.actor = identify()
    endpoint = request.endpoint or ""
    # Files of the console: style sheets and scripts.
    needed = ANYBODY if endpoint.endswith(".static") else needed_for(endpoint)
    if needed == ANYBODY:
        return
    if needed is None:
        current_app.logger.error("the view %s doesn't say who may use it", endpoint)
        abort(403)
    if g.actor is None:
        raise Stranger
    if needed != SIGNED_IN and not g.actor.may(Ability(needed)):
        abort(403)


def actor() -> Actor:
    """Who makes the request that is served now. Only for views that need an ability."""
    return cast(Actor, g.actor)


def visitor() -> Actor | None:
    """The same where strangers may be, too."""
    return cast("Actor | None", g.get("actor"))
