"""``/console/imports``: billing exports brought in, looked at, applied and taken back."""

from flask import Blueprint

from sms_service.console.imports.arriving import add_arriving
from sms_service.console.imports.decisions import add_decisions
from sms_service.console.imports.listing import add_listing
from sms_service.console.imports.one import add_one
from sms_service.console.imports.taking_back import add_taking_back
from sms_service.console.site import Site


def add_imports(desk: Blueprint, site: Site) -> None:
    """Put the pages of imports on the desk."""
    add_listing(desk, site)
    add_arriving(desk, site)
    add_one(desk, site)
    add_decisions(desk, site)
    add_taking_back(desk, site)
