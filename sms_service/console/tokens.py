"""``/console/tokens``: by what programs are known here, and what each may do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability, Scope
from sms_service.language.normalise import fold
from sms_service.service.api_tokens import LONGEST_NAME, Token

_LONGEST_DAYS = 3650


def add_tokens(desk: Blueprint, site: Site) -> None:
    """Put the pages of tokens on the desk."""

    @desk.get("/tokens")
    @access.needs(Ability.PEOPLE)
    def tokens() -> str:
        return _page(site, {"name": "", "days": "365", "scopes": [Scope.READ]}, {})

    @desk.post("/tokens")
    @access.needs(Ability.PEOPLE)
    def token_new() -> Any:
        """A new token: its secret is in this answer and never again."""
        form, errors = _read(site)
        if errors:
            return _page(site, form, errors), 400
        days = int(form["days"]) if form["days"] else None
        scopes = [Scope(one) for one in form["scopes"]]
        made, secret = site.parts.tokens.create(form["name"], scopes, days, access.actor())
        return site.show("tokens/made.html", token=made, secret=secret)

    @desk.post("/tokens/<int:token_id>/revoke")
    @access.needs(Ability.PEOPLE)
    def token_revoke(token_id: int) -> Any:
        if token_id >= 1 << 63:
            abort(404)
        if site.parts.tokens.revoke(token_id, access.actor()):
            site.tell("tokens.revoked")
        else:
            site.tell("tokens.revoked_before", "warning")
        return go(url_for("console.tokens"))


def _read(site: Site) -> tuple[dict[str, Any], dict[str, str]]:
    given = request.form
    form: dict[str, Any] = {
        "name": given.get("name", "").strip(),
        "days": fold(given.get("days", "").strip())[:5],
        "scopes": [one for one in given.getlist("scopes") if one in set(Scope)],
    }
    errors: dict[str, str] = {}
    if not 1 <= len(form["name"]) <= LONGEST_NAME or not form["name"].isprintable():
        errors["name"] = site.say("tokens.bad_name")
    days = form["days"]
    if days and not (days.isascii() and days.isdigit() and 1 <= int(days) <= _LONGEST_DAYS):
        errors["days"] = site.say("tokens.bad_days")
    if not form["scopes"]:
        errors["scopes"] = site.say("tokens.no_scope")
    return form, errors


def _page(site: Site, form: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    now = datetime.now(UTC)
    return site.show(
        "tokens/list.html",
        tokens=[(one, _state(one, now)) for one in site.parts.tokens.all()],
        scopes=[(scope.value, site.words["tokens"]["scopes"][scope.name]) for scope in Scope],
        form=form,
        errors=errors,
    )


def _state(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "over" if token.expires_at is not None and token.expires_at <= now else "in_force"
