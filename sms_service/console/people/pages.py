"""The pages of users, as one group."""

from flask import Blueprint

from sms_service.console.people.account import add_account
from sms_service.console.people.doors import add_doors, add_outage
from sms_service.console.people.second_factor import add_second_factor
from sms_service.console.people.signing_in import add_signing_in
from sms_service.console.people.users import add_users
from sms_service.console.site import Site


def add_people(desk: Blueprint, site: Site) -> None:
    """Put the door, everybody's own account and the list of users on the desk."""
    add_doors(desk, site)
    add_outage(desk, site)
    add_signing_in(desk, site)
    add_account(desk, site)
    add_second_factor(desk, site)
    add_users(desk, site)
