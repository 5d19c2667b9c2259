"""The phone's SMS: write, send, wait, read. Every answer is a screen of the phone."""

from time import time

import requests
from flask import Blueprint, Response, abort, request

from sms_service.simulator.kavenegar.store import Arrived, Sent
from sms_service.simulator.phone.site import LONGEST_TEXT, Site, counted, handset_of

_PATIENCE_SECONDS = 15
_MOST_LISTED = 30


def add_texts(page: Blueprint, site: Site) -> None:
    """Add the views of the SMS half to the page."""
    _add_writing(page, site)
    _add_waiting(page, site)
    _add_reading(page, site)


def _add_writing(page: Blueprint, site: Site) -> None:
    @page.get("/compose")
    def compose() -> str:
        text = request.args.get("text", "")[:LONGEST_TEXT]
        return site.show("lcd/compose.html", text=text, longest=LONGEST_TEXT, **counted(text))

    @page.post("/count")
    def count_text() -> str:
        return site.show("counter.html", **counted(_text_of_form()))

    @page.post("/texts")
    def send() -> str:
        number, text = handset_of(request).number, _text_of_form()
        since = _newest(site.gateway.outbox(number))
        taken = site.gateway.text(number, site.line, text)
        accepted = taken.http_status == requests.codes.ok
        return _waiting(site, since, time(), accepted=accepted, late=False)


def _add_waiting(page: Blueprint, site: Site) -> None:
    @page.get("/arrivals")
    def arrivals() -> str | Response:
        since = request.args.get("since", 0, type=int)
        arrived = site.gateway.outbox(handset_of(request).number, since)
        if arrived:
            return _read(site, "inbox", arrived[0])
        began, is_late = request.args.get("began", 0.0, type=float), request.args.get("late") == "1"
        if not is_late and time() - began > _PATIENCE_SECONDS:
            return _waiting(site, since, began, accepted=True, late=True)
        return Response(status=204)

    @page.get("/mail")
    def count_mail() -> str | Response:
        inbox = len(site.gateway.outbox(handset_of(request).number))
        if request.args.get("known", -1, type=int) == inbox:
            return Response(status=204)
        return site.show("mail.html", inbox=inbox)


def _add_reading(page: Blueprint, site: Site) -> None:
    @page.get("/menu")
    def menu() -> str:
        number = handset_of(request).number
        inbox, sent = site.gateway.outbox(number), site.gateway.arrived(number)
        return site.show("lcd/menu.html", inbox=len(inbox), sent=len(sent))

    @page.get("/box/<any(inbox, sent):name>")
    def box(name: str) -> str:
        messages = _messages(site, name, handset_of(request).number)
        newest = sorted(messages, key=lambda one: one.messageid, reverse=True)[:_MOST_LISTED]
        return site.show("lcd/box.html", name=name, messages=newest)

    @page.get("/box/<any(inbox, sent):name>/<int:number>")
    def message(name: str, number: int) -> str:
        messages = _messages(site, name, handset_of(request).number)
        found = next((one for one in messages if one.messageid == number), None)
        return _read(site, name, found) if found else site.notice("gone")


def _text_of_form() -> str:
    text = request.form.get("text", "").replace("\r\n", "\n")
    if len(text) > LONGEST_TEXT:
        abort(400)
    return text


def _messages(site: Site, name: str, number: str) -> "list[Sent] | list[Arrived]":
    return site.gateway.outbox(number) if name == "inbox" else site.gateway.arrived(number)


def _newest(sent: list[Sent]) -> int:
    return max((one.messageid for one in sent), default=0)


def _read(site: Site, name: str, one: Sent | Arrived) -> str:
    facts = counted(one.message)
    return site.show("lcd/message.html", name=name, message=one.message, **facts)


def _waiting(site: Site, since: int, began: float, *, accepted: bool, late: bool) -> str:
    return site.show("lcd/waiting.html", since=since, began=began, accepted=accepted, late=late)
