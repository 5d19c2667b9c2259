"""The agreement now: its clauses with figures, its end, its months; and the badge."""

from typing import Any

from flask import Blueprint, render_template

from sms_service.console import access
from sms_service.console.agreement.remembered import Remembered
from sms_service.console.agreement.view import facts, months_since
from sms_service.console.site import Site
from sms_service.domain.roles import Ability
from sms_service.service.agreement_report import share

_BADGE_SECONDS = 60


def add_overview(desk: Blueprint, site: Site) -> None:
    """The first page of the agreement and what each page says of it."""
    parts = site.parts.agreement
    badges: Remembered[str] = Remembered(_BADGE_SECONDS)

    @desk.get("/sla")
    @access.needs(Ability.AGREEMENT)
    def agreement() -> str:
        month = parts.months.this_month()
        frozen = {one.month: one for one in parts.frozen.months()}
        return site.show(
            "agreement/overview.html",
            month=month,
            validity=parts.months.validity(),
            months=[
                (one, frozen.get(one))
                for one in months_since(parts.figures.first_received(), month)
            ],
            **facts(parts.months.report(month)),
        )

    @desk.get("/sla/badge")
    @access.needs(Ability.AGREEMENT)
    def agreement_badge() -> str:
        """Today's share and the days to the end, counted at most once a minute."""
        return badges.get("badge", lambda: _badge(site))


def _badge(site: Site) -> str:
    counts, validity = site.parts.agreement.months.today()
    told: dict[str, Any] = {"met": share(counts), "counts": counts, "validity": validity}
    return render_template("console/agreement/badge.html", **told)
