"""Finding requests: the search box, the list with its filters, the list as a workbook."""

from flask import Blueprint

from sms_service.console.lists.exporting import add_export
from sms_service.console.lists.find import add_find
from sms_service.console.lists.listing import add_listing
from sms_service.console.site import Site


def add_lists(desk: Blueprint, site: Site) -> None:
    """Put search, list and export on the blueprint."""
    add_find(desk, site)
    add_listing(desk, site)
    add_export(desk, site)
