"""The agreements themselves: made and ended by an admin, never changed."""

from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.agreement.form_days import read_day
from sms_service.console.site import Site, go
from sms_service.domain.agreement import Agreement
from sms_service.domain.roles import Ability
from sms_service.language.normalise import fold
from sms_service.ledger.agreements import Overlap

_FIELDS = ("title", "valid_from", "valid_until", "within_seconds", "target")
_LONGEST_TITLE = 120
_LONGEST_REASON = 400
_LONGEST_WITHIN = 3600.0


def add_terms(desk: Blueprint, site: Site) -> None:
    """Pages of ``/console/sla/terms``."""
    terms = site.parts.agreement.terms

    @desk.get("/sla/terms")
    @access.needs(Ability.TERMS)
    def agreement_terms() -> str:
        return _page(site, {}, {})

    @desk.post("/sla/terms")
    @access.needs(Ability.TERMS)
    def agreement_make() -> Any:
        values = {name: request.form.get(name, "").strip() for name in _FIELDS}
        new, errors = _read(site, values)
        if new is None:
            return _page(site, values, errors), 400
        try:
            terms.make(access.actor(), new)
        except Overlap:
            return _page(site, values, {"valid_from": site.say("agreement.overlaps")}), 400
        site.tell("agreement.made")
        return go(url_for("console.agreement_terms"))

    @desk.post("/sla/terms/<int:number>/end")
    @access.needs(Ability.TERMS)
    def agreement_end(number: int) -> Any:
        reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
        if number not in {row.agreement.number for row in terms.rows()}:
            abort(404)
        if not reason:
            site.tell("agreement.needs_reason", "warning")
        elif terms.end(access.actor(), number, reason):
            site.tell("agreement.ended")
        else:
            site.tell("agreement.so_already", "warning")
        return go(url_for("console.agreement_terms"))


def _page(site: Site, values: dict[str, str], errors: dict[str, str]) -> str:
    terms = site.parts.agreement.terms
    return site.show(
        "agreement/terms.html",
        rows=terms.rows(),
        holding=terms.holding(),
        values=values,
        errors=errors,
    )


def _read(site: Site, values: dict[str, str]) -> tuple[Agreement | None, dict[str, str]]:
    first, last = read_day(values["valid_from"]), read_day(values["valid_until"])
    within, target = _number(values["within_seconds"]), _number(values["target"])
    wrong = {
        "title": not 0 < len(values["title"]) <= _LONGEST_TITLE,
        "valid_from": first is None,
        "valid_until": last is None or (first is not None and last < first),
        "within_seconds": within is None or not 0.1 <= within <= _LONGEST_WITHIN,
        "target": target is None or not 0 < target <= 100,
    }
    errors = {name: site.say(f"agreement.bad_{name}") for name, is_so in wrong.items() if is_so}
    if errors or first is None or last is None or within is None or target is None:
        return None, errors
    return Agreement(values["title"], first, last, round(within, 3), target / 100), {}


def _number(typed: str) -> float | None:
    try:
        return float(fold(typed).strip().replace("٫", ".").replace("/", "."))
    except ValueError:
        return None
