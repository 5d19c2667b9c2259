"""``/console/requests``: the list, its pills and filters, a page at a time."""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.lists.query import Query, read_cursor, read_query
from sms_service.console.site import Site, by_htmx, unchanged
from sms_service.domain.msisdn import masked
from sms_service.domain.ranges import Days, Preset
from sms_service.domain.roles import Ability
from sms_service.language.reading import Intent, Problem
from sms_service.ledger.handles import of_phone
from sms_service.ledger.request_list import COUNTED_TO, SEARCHED, Listed, Page
from sms_service.service.request_filter import CHANNELS, Count, Cursor, Pill, Standing


def add_listing(desk: Blueprint, site: Site) -> None:
    """Put the list on the blueprint."""
    listing = Listing(site)

    @desk.get("/requests")
    @access.needs(Ability.FIND)
    def requests() -> Any:
        """The page, or the piece of it that looks again every few seconds."""
        query = read_query(site, request.args, site.parts.service.today())
        if query.unknown:
            abort(404)
        if query.errors:
            return listing.refused(query), 400
        cursor = read_cursor(request.args)
        facts = listing.facts(query, cursor)
        if not by_htmx():
            return site.show("lists/requests.html", **facts, **listing.choices(query))
        if request.args.get("seen") == facts["seen"]:
            return unchanged()
        return site.show("lists/table.html", **facts)


class Listing:
    """What the templates of the list are filled with."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def facts(self, query: Query, cursor: Cursor) -> dict[str, Any]:
        """A page of the list with its counts."""
        listed = self._site.parts.request_list
        page, counts = listed.page(query.wanted, cursor), listed.counts(query.wanted)
        seen = _mark(page, counts)
        is_newest = not (cursor.before or cursor.after)
        return {
            "query": query,
            "page": page,
            "counts": counts,
            "counted_to": COUNTED_TO,
            "searched": SEARCHED,
            "older": _address(query, page.older),
            "newer": _address(query, page.newer),
            "seen": seen,
            "again": query.address(seen=seen) if is_newest else None,
            "silence": self._silence(query, page),
            "mask": _mask,
            "phone_handle": of_phone,
        }

    def _silence(self, query: Query, page: Page) -> str | None:
        """Where it is told why nothing new came from the phone that the list is of."""
        phone = page.lines[0].phone if query.wanted.phone_hash and page.lines else None
        if phone is None:
            return None
        token = self._site.parts.sealed_phones.seal(phone)
        return url_for("console.find_phone", token=token)

    def refused(self, query: Query) -> str:
        """The filters with what is wrong with them, and no list."""
        return self._site.show("lists/requests.html", query=query, page=None, **self.choices(query))

    def choices(self, query: Query) -> dict[str, Any]:
        """What can be chosen, in words."""
        words, states = self._site.words["lists"], self._site.states
        return {
            "ranges": [(str(one), words["ranges"][one]) for one in Preset],
            "channels": [(one, words["channels"][one]) for one in CHANNELS],
            "intents": [(str(one), states.reason(one)) for one in Intent],
            "problems": [(str(one), states.reason(one)) for one in Problem],
            "standings": [(str(one), words["standings"][one]) for one in Standing],
            "export": url_for("console.export"),
            "chosen_range": _range(query),
        }


def _range(query: Query) -> str | None:
    """The preset that the list shows; none while days are typed."""
    if "from" in query.values or "until" in query.values:
        return None
    return query.values.get("range", Preset.ALL if query.days == Days() else Preset.TODAY)


def _address(query: Query, cursor: Cursor | None) -> str | None:
    return None if cursor is None else query.address(before=cursor.before, after=cursor.after)


def _mask(line: Listed) -> str | None:
    return None if line.phone is None else masked(line.phone)


def _mark(page: Page, counts: Mapping[Pill, Count]) -> str:
    """Equal while the list shows the same."""
    shown = [
        (line.code, line.standing, line.reason, line.seconds, line.late) for line in page.lines
    ]
    told = repr((shown, [(pill, one.value, one.more) for pill, one in counts.items()]))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
