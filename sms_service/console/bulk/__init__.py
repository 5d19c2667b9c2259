"""Many answers sent again: choose, look, confirm, watch, pause, stop."""

from flask import Blueprint

from sms_service.console.bulk.choose import add_choose
from sms_service.console.bulk.runs import add_runs
from sms_service.console.site import Site


def add_bulk(desk: Blueprint, site: Site) -> None:
    """Put the pages of ``/console/bulk`` on the blueprint."""
    add_choose(desk, site)
    add_runs(desk, site)
