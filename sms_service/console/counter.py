"""``/console/counter``: an operator asks for a subscriber; the answer goes to the phone, onto a
slip, or is read out."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, request, session, url_for

from sms_service.console import access
from sms_service.console.site import Site, go
from sms_service.domain.calendar import jalali_of
from sms_service.domain.msisdn import masked, mobile
from sms_service.domain.roles import Ability
from sms_service.language.normalise import fold
from sms_service.language.reading import Intent
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS
from sms_service.service.counter import WISHES, Order, Told, request_key
from sms_service.service.readout import read_out

PHONE_OF_SESSION = "counter_phone"
GOES = ("phone", "shown", "slip")
_YEARS_OFFERED = 20
_LONGEST_KEY = 64
_MOST_TYPED = 80


@dataclass(slots=True)
class Form:
    """What was filled in, and what is wrong with it, by field."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    phone: str | None = None


def add_counter(desk: Blueprint, site: Site) -> None:
    """Put the counter's pages on the desk."""

    @desk.get("/counter")
    @access.needs(Ability.COUNTER)
    def counter() -> str:
        return _page(site, Form(_empty(site)))

    @desk.post("/counter")
    @access.needs(Ability.COUNTER)
    def counter_ask() -> Any:
        form, order = _read(site, request.form)
        if order is None:
            return _page(site, form), 400
        session.pop(PHONE_OF_SESSION, None)
        return _answered(site, order, form)

    @desk.post("/counter/phone")
    @access.needs(Ability.COUNTER)
    def counter_for() -> Any:
        """From the page of a phone without requests: the counter with this phone filled in."""
        token = request.form.get("phone_token", "")
        if site.parts.sealed_phones.open(token) is None:
            site.tell("counter.old_token", "warning")
        else:
            session[PHONE_OF_SESSION] = token
        return go(url_for("console.counter"))

    @desk.get("/counter/<code>")
    @access.needs(Ability.COUNTER)
    def counter_answer(code: str) -> Any:
        return _told(site, code, "counter/answer.html")

    @desk.get("/counter/<code>/slip")
    @access.needs(Ability.COUNTER)
    def counter_slip(code: str) -> Any:
        return _told(site, code, "counter/slip.html")


def phone_of_form(site: Site, fields: Mapping[str, str], form: Form) -> str | None:
    """The phone that was typed, or that came sealed; what is wrong with it goes to ``form``."""
    typed = fields.get("phone", "").strip()[:_MOST_TYPED]
    token = fields.get("phone_token", "")
    if not typed and token:
        phone = site.parts.sealed_phones.open(token)
        if phone is None:
            form.errors["phone"] = site.say("counter.old_token")
        return phone
    phone = mobile(fold(typed))
    if phone is None:
        form.errors["phone"] = site.say("counter.bad_phone")
    elif phone in site.parts.service.own_lines:
        form.errors["phone"] = site.say("counter.own_phone")
        return None
    return phone


def _empty(site: Site) -> dict[str, Any]:
    handle = request.args.get("bill", "")
    token = session.get(PHONE_OF_SESSION, "")
    style = site.parts.service.desk.style(site.parts.service.today())
    return {
        "bill_id": site.parts.handles.bill_of(handle) if handle else None,
        "wish": Intent.HISTORY,
        "from_year": jalali_of(style.today).year - style.default_years,
        "goes": "phone" if token else "shown",
        "phone": "",
        "phone_token": token,
        "form_key": secrets.token_urlsafe(18),
    }


def _page(site: Site, form: Form) -> str:
    values = form.values
    phone = site.parts.sealed_phones.open(values["phone_token"]) if values["phone_token"] else None
    return site.show(
        "counter/form.html",
        form=values,
        errors=form.errors,
        known_phone=masked(phone) if phone else None,
        wishes=[(wish.value, site.words["counter"]["wishes"][wish]) for wish in WISHES],
        goes=[(one, site.words["counter"]["goes"][one]) for one in GOES],
        years=_years(site),
    )


def _years(site: Site) -> Sequence[int]:
    newest = jalali_of(site.parts.service.today()).year
    return range(newest, max(newest - _YEARS_OFFERED, FIRST_YEAR_WITH_RECORDS) - 1, -1)


def _read(site: Site, fields: Mapping[str, str]) -> tuple[Form, Order | None]:
    """The form as it was filled in, and the order where all of it is right."""
    values = {name: fields.get(name, "").strip()[:_MOST_TYPED] for name in ("bill_id", "phone")}
    form = Form({**values, "phone_token": fields.get("phone_token", "")})
    wish, goes = fields.get("wish", ""), fields.get("goes", "")
    year, key = fold(fields.get("from_year", "")), fields.get("form_key", "")[:_LONGEST_KEY]
    form.values |= {"wish": wish, "goes": goes, "from_year": year[:4], "form_key": key}
    if wish not in WISHES:
        form.errors["wish"] = site.say("counter.bad_choice")
    if goes not in GOES:
        form.errors["goes"] = site.say("counter.bad_choice")
    if not (year.isdecimal() and len(year) == 4 and year.isascii()):
        form.errors["from_year"] = site.say("counter.bad_year")
    form.phone = phone_of_form(site, fields, form) if goes == "phone" else None
    if not key.isascii() or not key:
        form.values["form_key"] = secrets.token_urlsafe(18)
        form.errors.setdefault("bill_id", site.words["refused"]["expired_form"]["title"])
    if {"wish", "from_year"} & form.errors.keys():
        return form, None
    counter = site.parts.counter
    text, reading = counter.read(values["bill_id"], Intent(wish), int(year))
    fault = counter.fault(reading) if values["bill_id"] else site.say("counter.no_bill")
    if fault:
        form.errors.setdefault("bill_id", fault)
    if form.errors:
        return form, None
    once = request_key(key, text, form.phone or "")
    return form, Order(once, text, Intent(wish), access.actor(), form.phone)


def _answered(site: Site, order: Order, form: Form) -> Any:
    told = site.parts.counter.ask(order)
    if order.phone is None:
        if told.is_down:
            site.tell("counter.down", "danger", code=told.code)
            return go(url_for("console.counter"))
        page = "counter_slip" if form.values["goes"] == "slip" else "counter_answer"
        return go(url_for(f"console.{page}", code=told.code))
    _tell_of_phone(site, order.phone, told)
    return go(url_for("console.request", code=told.code))


def _tell_of_phone(site: Site, phone: str, told: Told) -> None:
    facts = {"phone": masked(phone), "code": told.code}
    if told.repeated:
        site.tell("counter.asked_before", "warning", code=told.code)
    elif told.finding is None:
        site.tell("counter.left", "warning", **facts)
    elif problem := told.reading.problem:
        site.tell("counter.asked_problem", "warning", why=site.states.reason(problem), **facts)
    else:
        site.tell("counter.asked", **facts)


def _told(site: Site, code: str, template: str) -> Any:
    """The read-out or the slip of a request that was asked within the last day."""
    asked = site.parts.counter_books.shown(code)
    if asked is None:
        abort(404)
    counter = site.parts.counter
    told = counter.look(asked.text, code)
    if told.is_down:
        return site.show("refused.html", code=503, reason="billing_down"), 503
    style = counter.desk.desk.style(site.parts.service.today())
    facts = read_out(told.history, told.reading.from_year, style) if told.history else None
    return site.show(
        template,
        code=code,
        at=asked.at,
        wish=told.reading.intent,
        problem=told.reading.problem,
        bill_id=told.reading.bill_id,
        told=facts,
        narrow=request.args.get("paper") == "80mm",
    )
