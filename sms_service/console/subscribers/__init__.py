"""The pages of one phone and of one bill."""

from flask import Blueprint

from sms_service.console.site import Site
from sms_service.console.subscribers.bill import add_bill
from sms_service.console.subscribers.phone import add_phone


def add_subscribers(desk: Blueprint, site: Site) -> None:
    """``/console/phones/…`` and ``/console/bills/…``."""
    add_phone(desk, site)
    add_bill(desk, site)
