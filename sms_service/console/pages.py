"""``/console/``: the operator's desk, put together of its groups of pages.

Every page is of one blueprint, so that one guard stands before all of them.
"""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from sms_service.console import access, navigation
from sms_service.console.agreement import add_agreement
from sms_service.console.audit_log import add_audit_log
from sms_service.console.bill_list import add_bill_list
from sms_service.console.bulk import add_bulk
from sms_service.console.counter import add_counter
from sms_service.console.filters import Formats
from sms_service.console.guide import add_guide
from sms_service.console.headers import lock_down
from sms_service.console.imports import add_imports
from sms_service.console.large import take_large_bodies
from sms_service.console.linking import add_linking
from sms_service.console.lists import add_lists
from sms_service.console.ops import add_ops
from sms_service.console.overview import add_overview
from sms_service.console.people.pages import add_people
from sms_service.console.public import add_public
from sms_service.console.request import add_request
from sms_service.console.site import PATH, Site, by_htmx
from sms_service.console.subscribers import add_subscribers
from sms_service.console.texts import add_texts
from sms_service.console.tokens import add_tokens
from sms_service.console.tones import tone_of
from sms_service.ledger.handles import of_phone
from sms_service.templates import templates_dir
from sms_service.wiring.console import ConsoleParts

AddPages = Callable[[Blueprint, Site], None]
"""A group of pages: puts its views on the blueprint."""

GROUPS: tuple[AddPages, ...] = (
    add_agreement,
    add_bill_list,
    add_audit_log,
    add_counter,
    add_guide,
    add_imports,
    add_linking,
    add_lists,
    add_bulk,
    add_ops,
    add_overview,
    add_people,
    add_request,
    add_subscribers,
    add_texts,
    add_tokens,
)

_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def add_console(app: Flask, parts: ConsoleParts, identify: access.Identify) -> Site:
    """Put the desk on the application; ``identify`` tells who makes a request."""
    site = Site(parts)
    desk = APIBlueprint(
        "console",
        "sms_service.console",
        url_prefix=PATH.rstrip("/"),
        template_folder=str(templates_dir()),
        static_folder="static",
        static_url_path="/static",
        enable_openapi=False,
    )
    take_large_bodies(app, desk, site)
    _add_guards(app, desk, site, identify)
    _add_look(app, desk, site)
    for add in GROUPS:
        add(desk, site)
    app.register_blueprint(desk)
    add_public(app, site)
    return site


def _add_guards(app: Flask, desk: Blueprint, site: Site, identify: access.Identify) -> None:
    # Checked below, for pages alone: gateways and programs have no cookie to abuse.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    csrf = CSRFProtect(app)

    @desk.before_request
    def _admit() -> Any:
        try:
            access.admit(identify)
        except access.Stranger:
            return _to_the_door()
        if request.method in _UNSAFE:
            csrf.protect()
        return None

    @desk.after_request
    def _lock_down(response: Response) -> Response:
        return lock_down(response)

    @desk.errorhandler(CSRFError)
    def _forged(_error: CSRFError) -> tuple[str, int]:
        return site.show("refused.html", code=400, reason="expired_form"), 400

    @desk.errorhandler(HTTPException)
    def _refused(error: HTTPException) -> tuple[str, int]:
        code = error.code or 500
        return site.show("refused.html", code=code, reason=str(code)), code

    @desk.get("/")
    @access.needs(access.SIGNED_IN)
    def home() -> Any:
        """The first page of the menu of whoever comes."""
        places = navigation.menu_for(access.actor())
        if not places:
            return site.show("refused.html", code=404, reason="404"), 404
        return redirect(url_for(places[0].endpoint))

    @desk.route("/<path:_rest>")
    @access.needs(access.SIGNED_IN)
    def no_such_page(_rest: str) -> tuple[str, int]:
        return site.show("refused.html", code=404, reason="404"), 404


def _to_the_door() -> Any:
    """The page to sign in by, and from there back to where the stranger wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else PATH
    door = url_for(navigation.DOOR, next=None if by_htmx() else wanted)
    if by_htmx():
        return Response(status=401, headers={"HX-Redirect": door})
    return redirect(door, 303)


def _add_look(app: Flask, desk: Blueprint, site: Site) -> None:
    formats = Formats(site.words["formats"])
    for name, as_filter in formats.filters().items():
        app.add_template_filter(as_filter, name)

    @desk.app_context_processor
    def _common() -> dict[str, object]:
        return {
            "actor": g.get("actor"),
            "menu": navigation.menu_for(g.get("actor")),
            "words": site.words,
            "states": site.states,
            "settings": site.settings,
            "say": site.say,
            "handle_of": site.parts.handles.of_bill,
            "phone_handle": of_phone,
            "tone_of": tone_of,
        }
