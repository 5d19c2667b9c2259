"""One lane: its last day, and the forms by which it is held and released."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.ops.tones import lane_tone
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability
from sms_service.service.auditing import Actor
from sms_service.service.holding import Handled, NoSuchLane

Change = Callable[[str, Actor, str], Handled]


def add_lanes(desk: Blueprint, site: Site) -> None:
    """The lane's page and what is done there."""
    holding = site.parts.holding

    @desk.get("/ops/lanes/<lane>")
    @access.needs(Ability.WATCH)
    def lane(lane: str) -> str:
        """How it does, what happened to it, who holds it."""
        return _page(site, lane)

    @desk.post("/ops/lanes/<lane>/hold")
    @access.needs(Ability.OPERATE)
    def hold_lane(lane: str) -> Any:
        """Keep it from sending until it is released."""
        return _handle(site, lane, holding.hold, "held")

    @desk.post("/ops/lanes/<lane>/release")
    @access.needs(Ability.OPERATE)
    def release_lane(lane: str) -> Any:
        """Let it send again."""
        return _handle(site, lane, holding.release, "released")


def _handle(site: Site, lane: str, change: Change, done: str) -> Any:
    try:
        handled = change(lane, access.actor(), request.form.get("reason", ""))
    except NoSuchLane:
        abort(404)
    if handled is Handled.NO_REASON:
        return _page(site, lane, site.say("ops.needs_reason")), 400
    if handled is Handled.DONE:
        site.tell(f"ops.{done}", lane=site.words["ops"]["lane"].get(lane, lane))
    else:
        site.tell("ops.so_already", "warning")
    return go(url_for("console.lane", lane=lane))


def _page(site: Site, lane: str, error: str | None = None) -> str:
    if lane not in site.parts.holding.names:
        abort(404)
    view = site.parts.lane_view
    return site.show(
        "ops/lane.html",
        lane=view.seen([lane])[0],
        changes=view.changes(lane),
        lane_tone=lane_tone,
        error=error,
        said=request.form.get("reason", ""),
    )
