"""Dead letters: taken up again, one or all."""

from typing import Any

from flask import Blueprint, url_for

from sms_service.console import access
from sms_service.console.filters import number
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability


def add_dead_letters(desk: Blueprint, site: Site) -> None:
    """What the list of dead letters can do."""
    letters = site.parts.dead_letters

    @desk.post("/ops/dead-letters/<code>/redrive")
    @access.needs(Ability.OPERATE)
    def redrive(code: str) -> Any:
        """Answer a request again that was given up."""
        if letters.redrive(code, access.actor()):
            site.parts.service.doorbell.ring("lookup")
            site.tell("ops.redriven", code=code)
        else:
            site.tell("ops.not_redriven", "warning")
        return go(url_for("console.gateways"))

    @desk.post("/ops/dead-letters/redrive")
    @access.needs(Ability.OPERATE)
    def redrive_all() -> Any:
        """Answer all of them again, some hundreds at a time."""
        taken = letters.redrive_all(access.actor())
        if taken:
            site.parts.service.doorbell.ring("lookup")
        site.tell("ops.redriven_all", count=number(taken))
        return go(url_for("console.gateways"))
