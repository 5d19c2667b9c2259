"""``/console/find``: one box for a phone, a bill ID or a tracking code.

What is typed is posted, so that no number stands in an address that logs and histories keep.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.site import Site, go
from sms_service.domain.calendar import TEHRAN
from sms_service.domain.limits import reopens_at, shut_by
from sms_service.domain.msisdn import masked
from sms_service.domain.roles import Ability
from sms_service.domain.usage import Limit
from sms_service.language.normalise import fold
from sms_service.ledger.finds import Hit
from sms_service.ledger.handles import of_phone
from sms_service.service.finding import CODE_LENGTH, Kind, Sought, digits_in, readings
from sms_service.service.ports import SourceDown
from sms_service.wiring.desks import limits_of

_HOUR = timedelta(hours=1)
_FRESH = timedelta(days=1)
"""A phone whose newest request is older may speak of one that never came."""
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def add_find(desk: Blueprint, site: Site) -> None:
    """Put the search on the blueprint."""
    search = Search(site)

    @desk.get("/find")
    @access.needs(Ability.FIND)
    def find() -> str:
        """What can be searched for. Never searches: an address would hold the number."""
        return site.show("lists/find.html", digits=None)

    @desk.post("/find")
    @access.needs(Ability.FIND)
    def find_it() -> Any:
        """To the request where there is one, to the list where there are several."""
        return search.run(request.form.get("q", ""))

    @desk.get("/find/phone/<token>")
    @access.needs(Ability.FIND)
    def find_phone(token: str) -> Any:
        """Nothing, or nothing new, came from a phone: what may be the matter."""
        phone = site.parts.sealed_phones.open(token)
        if phone is None:
            site.tell("lists.search_again", "warning")
            return go(url_for("console.find"))
        return search.silence(phone, token, request.args.get("at", ""))

    @desk.get("/find/bill/<handle>")
    @access.needs(Ability.FIND)
    def find_bill(handle: str) -> Any:
        """Nobody asked about a bill yet."""
        bill_id = site.parts.handles.bill_of(handle)
        return abort(404) if bill_id is None else search.unasked(bill_id, handle)

    @desk.get("/find/code/<code>")
    @access.needs(Ability.FIND)
    def find_code(code: str) -> Any:
        """No request has this tracking code."""
        if len(code) != CODE_LENGTH or not (code.isascii() and code.isdigit()):
            abort(404)
        return site.show("lists/no_code.html", code=code)


class Search:
    """What follows on what was typed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._parts = site.parts

    def run(self, typed: str) -> Any:
        """To whatever the likeliest reading that has a hit leads to."""
        found = readings(typed, self._site.settings.company_code)
        sound = [one for one in found if one.fault is None]
        if not sound:
            page = self._site.show(
                "lists/find.html",
                digits=digits_in(typed),
                fault=found[0].fault if found else None,
            )
            return page, 400
        for one in sound:
            address = self._hit(one)
            if address is not None:
                self._tell_how(one, sound)
                return go(address)
        self._tell_how(sound[0], sound)
        return go(self._miss(sound[0]))

    def silence(self, phone: str, token: str, at: str) -> str:
        """The page for «I sent it and got nothing»."""
        service, finds = self._parts.service, self._parts.finds
        phone_hash, now = service.hash_phone(phone), finds.now()
        since, until = _hour_of(fold(at), now)
        standing, limits = self._parts.subscribers.standing(phone_hash), limits_of(service.settings)
        return self._site.show(
            "lists/no_phone.html",
            token=token,
            number=masked(phone),
            handle=of_phone(phone_hash),
            newest=next(iter(finds.of_phone(phone_hash)), None),
            sent=finds.last_sent(phone_hash),
            since=since,
            until=until,
            at=at if _CLOCK.fullmatch(fold(at)) else "",
            lines=finds.reached_lines(since, until),
            lanes=self._parts.lane_view.seen(service.settings.gateways),
            standing=standing,
            limits=limits,
            shut=shut_by(standing.usage, limits),
            reopens=reopens_at(standing.usage, Limit.LOCKED),
        )

    def unasked(self, bill_id: str, handle: str) -> str:
        """The page for a bill without requests: whether the records know it."""
        try:
            known = bill_id in self._parts.service.source.histories([bill_id])
        except SourceDown:
            known = None
        return self._site.show("lists/no_bill.html", bill_id=bill_id, handle=handle, known=known)

    def _hit(self, one: Sought) -> str | None:
        """The address of what was found; None for nothing."""
        finds = self._parts.finds
        if one.kind is Kind.CODE:
            return _to_request(one.value) if finds.has_code(one.value) else None
        if one.kind is Kind.BILL:
            handle = self._parts.handles.of_bill(one.value)
            return self._of_hits(finds.of_bill(one.value), bill=handle)
        phone_hash = self._parts.service.hash_phone(one.value)
        hits = finds.of_phone(phone_hash)
        if hits and finds.now() - hits[0].received_at > _FRESH:
            self._site.tell("lists.not_lately", "warning")
        return self._of_hits(hits, phone=of_phone(phone_hash))

    def _of_hits(self, hits: Sequence[Hit], **handle: Any) -> str | None:
        if len(hits) == 1:
            return _to_request(hits[0].code)
        return url_for("console.requests", **handle) if hits else None

    def _miss(self, one: Sought) -> str:
        if one.kind is Kind.CODE:
            return url_for("console.find_code", code=one.value)
        if one.kind is Kind.BILL:
            return url_for("console.find_bill", handle=self._parts.handles.of_bill(one.value))
        token = self._parts.sealed_phones.seal(one.value)
        return url_for("console.find_phone", token=token)

    def _tell_how(self, one: Sought, others: Sequence[Sought]) -> None:
        """How it was read, where it could have been read in another way."""
        if len(others) > 1:
            self._site.tell(f"lists.read_as_{one.kind}_of_several", "warning")
        elif one.doubt is not None:
            self._site.tell(f"lists.read_with_{one.doubt}", "warning")


def _to_request(code: str) -> str:
    return url_for("console.request", code=code)


def _hour_of(at: str, now: datetime) -> tuple[datetime, datetime]:
    """The hour around a time of day that has passed; the last hour for what is none."""
    clock = _CLOCK.fullmatch(at)
    if clock is None:
        return now - _HOUR, now
    local = now.astimezone(TEHRAN)
    middle = local.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    if middle > local:
        middle -= timedelta(days=1)
    return middle - _HOUR / 2, min(middle + _HOUR / 2, now)
