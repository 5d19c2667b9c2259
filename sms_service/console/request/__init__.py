"""``/console/requests/<code>``: one request, told hop by hop, and its answer sent again."""

from flask import Blueprint

from sms_service.console.request.page import add_request_page
from sms_service.console.request.resend import add_resend
from sms_service.console.site import Site


def add_request(desk: Blueprint, site: Site) -> None:
    """Put the pages of one request on the blueprint."""
    add_request_page(desk, site)
    add_resend(desk, site)
