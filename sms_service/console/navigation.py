"""The desk's menu: each page's place, and who sees it there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sms_service.domain.roles import Ability
from sms_service.service.auditing import Actor

DOOR = "console.sign_in"
"""Where strangers are sent."""
HOME = "console.overview"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the menu; its words are in templates/words/console/menu.toml by ``name``."""

    name: str
    endpoint: str
    ability: Ability
    key: str | None = None
    """The letter that goes there after «g»."""


PLACES = (
    Place("overview", HOME, Ability.OVERVIEW, "h"),
    Place("requests", "console.requests", Ability.FIND, "r"),
    Place("counter", "console.counter", Ability.COUNTER, "c"),
    Place("bulk", "console.bulk_runs", Ability.BULK, "b"),
    Place("imports", "console.imports", Ability.IMPORT, "i"),
    Place("agreement", "console.agreement", Ability.AGREEMENT, "s"),
    Place("gateways", "console.gateways", Ability.WATCH, "o"),
    Place("texts", "console.texts", Ability.WATCH, "t"),
    Place("users", "console.users", Ability.PEOPLE, "u"),
    Place("tokens", "console.tokens", Ability.PEOPLE),
    Place("audit", "console.audit_log", Ability.AUDIT, "a"),
)


def menu_for(actor: Actor | None) -> Sequence[Place]:
    """The lines of the menu for somebody."""
    if actor is None:
        return ()
    return [place for place in PLACES if actor.may(place.ability)]
