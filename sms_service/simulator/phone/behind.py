"""The view behind the scenes: one request's way in milliseconds, and its raw exchanges masked."""

import hashlib
from collections.abc import Iterator, Sequence

import requests
from flask import Blueprint, Response, request

from sms_service.domain.masking import masked, shown_fields
from sms_service.language.wording import persian_digits
from sms_service.simulator.phone.backstage import Heading, LedgerAway, Seen, answered_after, bars
from sms_service.simulator.phone.site import Handset, Site, handset_of

_MOST_HEADINGS = 5
_OPEN = ("localid", "messageid", "sender", "parts", "cost", "status")
_SHORT_MS = 10


def add_backstage(page: Blueprint, site: Site) -> None:
    """Add the view to the page."""

    @page.get("/backstage")
    def look_behind() -> str | Response:
        """What became of the phone's newest request, or of the one picked since it came.

        204 while that is what the page shows already.
        """
        handset = handset_of(request)
        try:
            headings = site.backstage.headings(handset.phone, _MOST_HEADINGS)
            code = _chosen(headings)
            seen = site.backstage.seen(code) if code else None
        except LedgerAway:
            return _unless_known(site, "away", away=True, shown_code="", newest="")
        records = list(_records(site, handset, seen)) if seen else []
        return _unless_known(
            site,
            repr((headings, seen, records)),
            seen=seen,
            headings=headings,
            records=records,
            shown_code=code,
            newest=headings[0].code if headings else "",
            bars=bars(seen.hops) if seen else [],
            took=answered_after(seen) if seen else None,
        )


def milliseconds(value: float) -> str:
    """A duration in Persian digits, with tenths while it is short."""
    said = f"{value:,.1f}" if value < _SHORT_MS else f"{value:,.0f}"
    return persian_digits(said.replace(",", "٬").replace(".", "٫"))


def _chosen(headings: Sequence[Heading]) -> str:
    newest = headings[0].code if headings else ""
    picked = request.args.get("code", "")
    is_fresh = request.args.get("newest", "") == newest
    return picked if is_fresh and any(one.code == picked for one in headings) else newest


def _records(site: Site, handset: Handset, seen: Seen) -> Iterator[list[tuple[str, str]]]:
    """The gateway's own records of the answers, masked; none while it can't be asked."""
    ours = {answer.local_id for answer in seen.answers}
    try:
        sent = site.gateway.outbox(handset.number)
    except (requests.RequestException, ValueError):
        return
    for one in sent:
        if one.localid in ours:
            told = {name: str(getattr(one, name)) for name in _OPEN}
            told |= {"receptor": masked(one.receptor), "message": masked(one.message)}
            yield list(told.items())


def _unless_known(site: Site, told: str, **facts: object) -> str | Response:
    known = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if request.args.get("known") == known:
        return Response(status=204)
    return site.show("backstage.html", known=known, states=site.states, shown=shown_fields, **facts)
