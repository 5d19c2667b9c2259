"""Phones linked to a bill: they are told of it as the phone of the records is."""

from typing import Any

from flask import Blueprint, abort, flash, request, url_for

from sms_service.console import access
from sms_service.console.counter import Form, phone_of_form
from sms_service.console.site import Site, go
from sms_service.domain.msisdn import masked
from sms_service.domain.roles import Ability
from sms_service.language.reading import Intent

_MOST_TYPED = 80
_MOST_REASON = 400


def add_linking(desk: Blueprint, site: Site) -> None:
    """Put the pages of links on the desk."""

    @desk.post("/counter/links")
    @access.needs(Ability.COUNTER)
    def links_of() -> Any:
        """From a typed bill ID to the page of its links."""
        typed = request.form.get("link_bill", "").strip()[:_MOST_TYPED]
        counter = site.parts.counter
        _, reading = counter.read(typed, Intent.DEBT, None)
        fault = counter.fault(reading) if typed else site.say("counter.no_bill")
        if fault or reading.bill_id is None:
            flash(fault or site.say("counter.no_bill"), "danger")
            return go(url_for("console.counter"))
        return go(url_for("console.links", handle=site.parts.handles.of_bill(reading.bill_id)))

    @desk.get("/bills/<handle>/links")
    @access.needs(Ability.COUNTER)
    def links(handle: str) -> Any:
        return _page(site, _bill(site, handle), Form({"phone": "", "reason": ""}))

    @desk.post("/bills/<handle>/links")
    @access.needs(Ability.COUNTER)
    def link(handle: str) -> Any:
        bill_id = _bill(site, handle)
        form = Form({name: request.form.get(name, "").strip() for name in ("phone", "reason")})
        phone = phone_of_form(site, request.form, form)
        reason = form.values["reason"][:_MOST_REASON]
        if not reason:
            form.errors["reason"] = site.say("counter.no_reason")
        if form.errors or phone is None:
            return _page(site, bill_id, form), 400
        is_new = site.parts.links.link(phone, bill_id, access.actor(), reason)
        said = "counter.linked" if is_new else "counter.linked_before"
        site.tell(said, "success" if is_new else "warning", phone=masked(phone))
        return go(url_for("console.links", handle=handle))

    @desk.post("/bills/<handle>/links/<phone>/remove")
    @access.needs(Ability.COUNTER)
    def unlink(handle: str, phone: str) -> Any:
        bill_id, reason = _bill(site, handle), request.form.get("reason", "").strip()
        if site.parts.links.unlink(phone, bill_id, access.actor(), reason[:_MOST_REASON] or None):
            site.tell("counter.unlinked")
        else:
            site.tell("counter.unlinked_before", "warning")
        return go(url_for("console.links", handle=handle))


def _bill(site: Site, handle: str) -> str:
    bill_id = site.parts.handles.bill_of(handle)
    if bill_id is None:
        abort(404)
    return bill_id


def _page(site: Site, bill_id: str, form: Form) -> str:
    return site.show(
        "counter/links.html",
        bill_id=bill_id,
        handle=site.parts.handles.of_bill(bill_id),
        links=site.parts.links.phones_of(bill_id),
        form=form.values,
        errors=form.errors,
        only_registered=site.settings.access_policy == "registered",
    )
