"""One month: the report to print, its breaches, its events as CSV; freezing and checking it."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from sms_service.console import access
from sms_service.console.agreement.view import facts
from sms_service.console.site import Site, go
from sms_service.domain.agreement import Month
from sms_service.domain.masking import masked
from sms_service.domain.roles import Ability
from sms_service.service.agreement_csv import events_csv
from sms_service.service.agreement_months import AlreadyFrozen, NotOver, Unsure
from sms_service.service.agreement_report import Report
from sms_service.service.agreement_rules import Verdict

_HIGHEST_ID = 2**63 - 2
_BREACHES = [one for one in Verdict if one not in (Verdict.IN_TIME, Verdict.OPEN)]


def add_months(desk: Blueprint, site: Site) -> None:
    """Pages of ``/console/sla/1405-09``."""
    _add_report(desk, site)
    _add_lists(desk, site)
    _add_closing(desk, site)


def month_or_404(site: Site, text: str) -> Month:
    """A month that has begun, by the address."""
    try:
        month = Month.read(text)
    except ValueError:
        abort(404)
    if month > site.parts.agreement.months.this_month():
        abort(404)
    return month


def _add_report(desk: Blueprint, site: Site) -> None:
    parts = site.parts.agreement

    @desk.get("/sla/<month>")
    @access.needs(Ability.AGREEMENT)
    def agreement_month(month: str) -> str:
        """The report, as it is now or as it was frozen."""
        wanted = month_or_404(site, month)
        frozen = parts.frozen.get(wanted)
        report: Report = frozen.report if frozen else parts.months.report(wanted)
        return site.show(
            "agreement/month.html",
            month=wanted,
            frozen=frozen,
            is_over=wanted < parts.months.this_month(),
            outages=parts.outages.touching(wanted.begins_at, wanted.ends_at),
            **facts(report),
        )


def _add_lists(desk: Blueprint, site: Site) -> None:
    parts = site.parts.agreement

    @desk.get("/sla/<month>/breaches")
    @access.needs(Ability.AGREEMENT)
    def agreement_breaches(month: str) -> str:
        """Requests that weren't answered in time, in their order."""
        wanted = month_or_404(site, month)
        after = request.args.get("after", 0, type=int)
        cause = request.args.get("cause")
        picked = Verdict(cause) if cause in _BREACHES else None
        after = min(max(after, 0), _HIGHEST_ID)
        return site.show(
            "agreement/breaches.html",
            month=wanted,
            page=parts.breaches.page(parts.months.wanted(wanted), after, picked),
            cause=picked,
            causes=_BREACHES,
            after=after,
        )

    @desk.get("/sla/<month>/opinions")
    @access.needs(Ability.AGREEMENT)
    def agreement_opinions(month: str) -> str:
        """What subscribers said, with long numbers hidden."""
        wanted = month_or_404(site, month)
        said = parts.opinions.said(wanted.begins_at, wanted.ends_at)
        return site.show("agreement/opinions.html", month=wanted, said=said, masked=masked)

    @desk.post("/sla/<month>/events.csv")
    @access.needs(Ability.EXPORT)
    def agreement_events(month: str) -> Response:
        """Each request of the month, a line each, as the report judges it."""
        wanted = month_or_404(site, month)
        asked = parts.months.wanted(wanted)
        site.note("agreement_exported", "month", str(wanted))
        name = f"sla-{wanted}.csv"
        return Response(
            events_csv(parts.figures.requests(asked), asked),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _add_closing(desk: Blueprint, site: Site) -> None:
    parts = site.parts.agreement

    @desk.post("/sla/<month>/freeze")
    @access.needs(Ability.FREEZE)
    def agreement_freeze(month: str) -> Any:
        """Close the month."""
        wanted = month_or_404(site, month)
        try:
            frozen = parts.months.freeze(wanted, access.actor())
        except NotOver:
            site.tell("agreement.not_over", "warning")
        except AlreadyFrozen:
            site.tell("agreement.frozen_already", "warning")
        except Unsure as unsure:
            site.tell("agreement.unsure", "danger", figures=unsure)
        else:
            site.tell("agreement.frozen", hash=frozen.hash.hex())
        return go(url_for("console.agreement_month", month=wanted))

    @desk.post("/sla/<month>/check")
    @access.needs(Ability.AGREEMENT)
    def agreement_check(month: str) -> Any:
        """Work a frozen month out again from its rows."""
        wanted = month_or_404(site, month)
        found = parts.months.differences(wanted)
        if found is None:
            site.tell("agreement.not_frozen", "warning")
        else:
            site.note("month_checked", "month", str(wanted), details={"differences": list(found)})
            if found:
                site.tell("agreement.differs", "danger", places="، ".join(found))
            else:
                site.tell("agreement.same")
        return go(url_for("console.agreement_month", month=wanted))
