"""``/simulator/``: a keypad phone on a page, to try the service with the simulated gateway.

Its texts and codes take the real way: through gateways, into our web process, and back.
"""

import requests
from apiflask import APIBlueprint
from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException

from sms_service.language.wording import persian_digits
from sms_service.settings import Settings
from sms_service.simulator.phone import guard
from sms_service.simulator.phone.backstage import Backstage
from sms_service.simulator.phone.behind import add_backstage, milliseconds
from sms_service.simulator.phone.codes import add_codes
from sms_service.simulator.phone.dialling import DIALECTS
from sms_service.simulator.phone.site import PATH, BadPhone, Site, known_faults, own_faults
from sms_service.simulator.phone.texts import add_texts
from sms_service.simulator.questions import questions
from sms_service.templates import templates_dir


def phone_page(settings: Settings, backstage: Backstage) -> Blueprint:
    """The page and all that it asks for. Raises SettingsError without a simulator."""
    site = Site(settings, backstage)
    page = APIBlueprint(
        "simulator",
        "sms_service.simulator",
        url_prefix=PATH.rstrip("/"),
        template_folder=str(templates_dir() / "simulator"),
        static_folder="static",
        enable_openapi=False,
    )
    page.add_app_template_filter(lambda value: persian_digits(f"{value}"), "fa")
    page.add_app_template_filter(milliseconds, "ms")
    _add_guards(page, site)
    _add_page(page, site)
    add_texts(page, site)
    add_codes(page, site)
    _add_faults(page, site)
    add_backstage(page, site)
    return page


def _add_guards(page: Blueprint, site: Site) -> None:
    @page.before_request
    def _keep_strangers_out() -> None:
        if not guard.may_post(request):
            abort(403)

    @page.after_request
    def _lock_down(response: Response) -> Response:
        own_faults().keep(response, PATH)
        return guard.lock_down(response)

    @page.errorhandler(HTTPException)
    def _refused(error: HTTPException) -> tuple[str, int]:
        return site.notice("refused"), error.code or 500

    @page.errorhandler(BadPhone)
    def _no_phone(_error: BadPhone) -> tuple[str, int]:
        return site.notice("bad_phone"), 400

    @page.errorhandler(requests.RequestException)
    def _no_gateway(_error: requests.RequestException) -> tuple[str, int]:
        return site.notice("no_gateway"), 503


def _add_page(page: Blueprint, site: Site) -> None:
    @page.get("/")
    def phone() -> Response:
        menu = site.faults
        html = site.show(
            "page.html", menu=menu, on=known_faults(site), dialects=DIALECTS, questions=questions()
        )
        response = Response(html)
        guard.welcome(request, response, PATH)
        return response

    @page.get("/home")
    def home() -> str:
        return site.show("lcd/home.html")


def _add_faults(page: Blueprint, site: Site) -> None:
    def shown() -> str:
        return site.show("faults.html", menu=site.faults, on=site.faults.on(), refreshed=True)

    @page.post("/faults/<name>")
    def turn_fault(name: str) -> str:
        if name not in site.faults:
            abort(404)
        site.faults[name].turn("on" in request.form)
        return shown()

    @page.post("/faults")
    def mend_all() -> str:
        site.faults.all_off()
        return shown()
