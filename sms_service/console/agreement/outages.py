"""Times of force majeure: marked by a supervisor with a reason, taken back with one."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.agreement.form_days import read_moment
from sms_service.console.site import Site, go
from sms_service.domain.agreement import month_of
from sms_service.domain.roles import Ability

_LONGEST_REASON = 400
_FIELDS = ("from_day", "from_time", "until_day", "until_time", "reason")


def add_outages(desk: Blueprint, site: Site) -> None:
    """Forms of ``/console/sla/outages``."""
    outages = site.parts.agreement.outages

    @desk.get("/sla/outages")
    @access.needs(Ability.FORCE_MAJEURE)
    def agreement_outage() -> str:
        """The form, empty."""
        return site.show("agreement/outage.html", values={}, errors={})

    @desk.post("/sla/outages")
    @access.needs(Ability.FORCE_MAJEURE)
    def agreement_mark() -> Any:
        values = {name: request.form.get(name, "").strip() for name in _FIELDS}
        begin = read_moment(values["from_day"], values["from_time"])
        end = read_moment(values["until_day"], values["until_time"])
        errors = _errors(site, values["reason"], begin, end)
        if errors or begin is None or end is None:
            return site.show("agreement/outage.html", values=values, errors=errors), 400
        outages.mark(access.actor(), begin, end, values["reason"])
        site.tell("agreement.outage_marked")
        return go(url_for("console.agreement_month", month=month_of(begin)))

    @desk.post("/sla/outages/<int:number>/withdraw")
    @access.needs(Ability.FORCE_MAJEURE)
    def agreement_withdraw(number: int) -> Any:
        reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
        outage = outages.get(number)
        if outage is None:
            abort(404)
        if not reason:
            site.tell("agreement.needs_reason", "warning")
        elif outages.withdraw(access.actor(), number, reason):
            site.tell("agreement.outage_withdrawn")
        else:
            site.tell("agreement.so_already", "warning")
        return go(url_for("console.agreement_month", month=month_of(outage.begins_at)))


def _errors(
    site: Site, reason: str, begin: datetime | None, end: datetime | None
) -> dict[str, str]:
    errors: dict[str, str] = {}
    now = site.parts.agreement.figures.now()
    if begin is None or begin > now:
        errors["from_day"] = site.say("agreement.bad_moment")
    if end is None:
        errors["until_day"] = site.say("agreement.bad_moment")
    elif begin is not None and end <= begin:
        errors["until_day"] = site.say("agreement.ends_before")
    if not reason or len(reason) > _LONGEST_REASON:
        errors["reason"] = site.say("agreement.needs_reason")
    return errors
