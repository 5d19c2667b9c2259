"""Gateways and queues: how they do, holding and releasing lanes, dead letters."""

from flask import Blueprint

from sms_service.console.ops.dead_letters import add_dead_letters
from sms_service.console.ops.lanes import add_lanes
from sms_service.console.ops.now import add_now
from sms_service.console.site import Site


def add_ops(desk: Blueprint, site: Site) -> None:
    """Put the pages of ``/console/ops`` on the blueprint."""
    add_now(desk, site)
    add_lanes(desk, site)
    add_dead_letters(desk, site)
