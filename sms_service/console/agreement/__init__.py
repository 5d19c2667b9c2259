"""``/console/sla``: how the agreement is kept, month by month, and its terms."""

from flask import Blueprint

from sms_service.console.agreement.months import add_months
from sms_service.console.agreement.outages import add_outages
from sms_service.console.agreement.overview import add_overview
from sms_service.console.agreement.terms import add_terms
from sms_service.console.site import Site


def add_agreement(desk: Blueprint, site: Site) -> None:
    """Put the pages of the agreement on the blueprint."""
    add_overview(desk, site)
    add_terms(desk, site)
    add_outages(desk, site)
    add_months(desk, site)
