"""One bill: consumption, bills, payments, where the data come from, who asked about it."""

from typing import Any

from flask import Blueprint, abort, request

from sms_service.billing.provenance import Told, provenance, told_of
from sms_service.console import access
from sms_service.console.site import Site
from sms_service.console.subscribers.reading import read_bill
from sms_service.domain.bill_id import is_valid
from sms_service.domain.calendar import jalali_of
from sms_service.domain.msisdn import masked
from sms_service.domain.records import History
from sms_service.domain.roles import Ability
from sms_service.ledger.bill_requests import requests_about

_ALL = "all"


def add_bill(desk: Blueprint, site: Site) -> None:
    """Put the view of ``/console/bills/<handle>`` on the blueprint."""

    @desk.get("/bills/<bill_id>")
    @access.needs(Ability.FIND)
    def bill(bill_id: str) -> Any:
        """The records from a year on. Looking at them is no deed: operators do it all day."""
        return _page(site, handle=bill_id)


def _page(site: Site, handle: str) -> Any:
    bill_id = site.parts.handles.bill_of(handle)
    if bill_id is None or not is_valid(bill_id):
        abort(404)
    told = told_of(site.parts.service.source, bill_id)
    facts = {
        "handle": handle,
        "bill_id": bill_id,
        "told": told,
        "asked": requests_about(site.parts.service.engine, bill_id),
    }
    if told.history is None:
        code = 200 if told.down else 404
        return site.show("subscribers/no_bill.html", **facts), code
    return site.show("subscribers/bill.html", **facts, **_records(site, told, told.history))


def _records(site: Site, told: Told, history: History) -> dict[str, object]:
    today = site.parts.service.today()
    phone_hash = history.branch.phone_hash if history.branch else None
    number = site.parts.subscribers.number(phone_hash) if phone_hash else None
    return {
        "records": read_bill(history, _from_year(site)),
        "came": provenance(site.parts.service.engine, history.bill_id),
        "age": (today - history.as_of).days if history.as_of else None,
        "phone_hash": phone_hash,
        "phone": masked(number) if number else None,
        "is_kept": told.source == "saapa" and history.as_of is not None,
    }


def _from_year(site: Site) -> int:
    """The wished year; every year for ``all``; else as an answer by SMS would begin."""
    wished = request.args.get("from_year", "")
    if wished == _ALL:
        return 0
    if len(wished) == 4 and wished.isascii() and wished.isdigit():
        return int(wished)
    return jalali_of(site.parts.service.today()).year - site.settings.default_years
