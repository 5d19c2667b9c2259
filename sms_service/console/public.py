"""``/service`` and ``/service/status``: what the service is and how it does, for everybody.

Nothing is kept of who looks, nothing of anybody is shown, and what costs the database
something is worked out at most once a minute.
"""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from sms_service.console import access
from sms_service.console.agreement.remembered import Remembered
from sms_service.console.headers import lock_down
from sms_service.console.site import Site
from sms_service.domain.agreement import Month
from sms_service.domain.bill_id import check_digit
from sms_service.service.public_figures import PublicMonth, public_month

_FRESH_SECONDS = 60
_OVER_SECONDS = 600
_EXAMPLE_FILE = "12345678"
EXAMPLE_YEAR = "1402"
_Months = tuple[PublicMonth, PublicMonth]


class _Figures:
    """This month and the last one, remembered for a while."""

    def __init__(self, site: Site) -> None:
        self._months = site.parts.agreement.months
        self._fresh: Remembered[PublicMonth] = Remembered(_FRESH_SECONDS)
        self._over: Remembered[PublicMonth] = Remembered(_OVER_SECONDS)

    def months(self) -> _Months:
        """The month that goes on, and the one before it."""
        this = self._months.this_month()
        last = this.before
        return (
            self._fresh.get(this, lambda: self._told(this, this)),
            self._over.get(last, lambda: self._told(last, this)),
        )

    def _told(self, month: Month, this: Month) -> PublicMonth:
        return public_month(self._months.report(month), this)


def add_public(app: Flask, site: Site) -> None:
    """Put the pages for everybody on the application."""
    pages = Blueprint("public", "sms_service.console", url_prefix="/service")
    figures = _Figures(site)

    @pages.after_request
    def _headers(response: Response) -> Response:
        if response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
        return lock_down(response)

    @pages.get("")
    @access.needs(access.ANYBODY)
    def service() -> str:
        """The card of the service: what it does, how, for how much."""
        months = _if_there(figures)
        return site.show(
            "public/service.html",
            examples=site.words["public"]["examples"],
            bill_id=example_bill_id(site.settings.company_code),
            year=EXAMPLE_YEAR,
            last=months[1] if months else None,
        )

    @pages.get("/status")
    @access.needs(access.ANYBODY)
    def status() -> Any:
        """How the service did last month and does this month, in plain words."""
        months = _if_there(figures)
        return site.show("public/status.html", months=months), 200 if months else 503

    @pages.get("/status.json")
    @access.needs(access.ANYBODY)
    def status_as_json() -> Any:
        """The same for programs; docs/explanation/agreement.md tells its shape."""
        months = _if_there(figures)
        if months is None:
            return jsonify({"form": 1, "months": []}), 503
        as_of = months[0].as_of.isoformat()
        return jsonify({"form": 1, "as_of": as_of, "months": [month.to_dict() for month in months]})

    app.register_blueprint(pages)


def example_bill_id(company_code: str) -> str:
    """A bill ID of the company that is nobody's, for people to see how one looks."""
    digits = f"{_EXAMPLE_FILE}{company_code}2"
    return f"{digits}{check_digit(digits)}"[-13:]


def _if_there(figures: _Figures) -> _Months | None:
    try:
        return figures.months()
    except SQLAlchemyError:
        return None
