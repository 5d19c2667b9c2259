"""One phone: what was said both ways, what stops it, which bills are its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.billing.provenance import registered_phone
from sms_service.console import access
from sms_service.console.site import Site, go
from sms_service.domain import masking, msisdn
from sms_service.domain.limits import reopens_at, shut_by
from sms_service.domain.roles import Ability
from sms_service.domain.usage import Limit
from sms_service.ledger.handles import phone_range
from sms_service.ledger.subscribers import Standing
from sms_service.service.ports import SourceDown
from sms_service.wiring.desks import limits_of

_AT_ONCE = 30
_LONGEST_ID = 19
_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Bills:
    """Bills that belong to a phone; ``down``: not all of them could be asked for."""

    registered: Sequence[str]
    down: bool


def add_phone(desk: Blueprint, site: Site) -> None:
    """Put the views of ``/console/phones/<handle>`` on the blueprint."""
    page = _Page(site)

    @desk.get("/phones/<handle>")
    @access.needs(Ability.FIND)
    def phone(handle: str) -> Any:
        """Texts are masked, and nothing is written down."""
        return page.show(handle, page.find(handle), request.args.get("before"))

    @desk.post("/phones/<handle>/reveal")
    @access.needs(Ability.REVEAL)
    def reveal_phone(handle: str) -> Any:
        """The same page with the number, the words and the names in full; a deed."""
        phone_hash, before = page.find(handle), request.form.get("before")
        site.note("reveal_phone", "phone", handle)
        return page.show(handle, phone_hash, before, revealed=True)

    @desk.post("/phones/<handle>/unlink")
    @access.needs(Ability.COUNTER)
    def unlink_phone(handle: str) -> Any:
        """Take back what a counter linked, and come back here; a deed."""
        page.find(handle)
        bill_id = site.parts.handles.bill_of(request.form.get("bill", ""))
        if bill_id is None:
            abort(404)
        reason = request.form.get("reason", "").strip()[:_LONGEST_REASON] or None
        if site.parts.links.unlink(handle, bill_id, access.actor(), reason):
            site.tell("counter.unlinked")
        else:
            site.tell("counter.unlinked_before", "warning")
        return go(url_for("console.phone", handle=handle))


@dataclass(frozen=True, slots=True)
class _Page:
    site: Site

    def find(self, handle: str) -> bytes:
        """The phone's hash; 404 for one that nothing is known of."""
        parts = self.site.parts
        found = parts.subscribers.phone_hash(handle)
        span = phone_range(handle)
        if found is None and span is not None:
            found = registered_phone(parts.service.engine, span)
        if found is None:
            abort(404)
        return found

    def show(
        self, handle: str, phone_hash: bytes, before: str | None, *, revealed: bool = False
    ) -> str:
        """The page, in full or masked."""
        standing = self.site.parts.subscribers.standing(phone_hash)
        cursor = _cursor(before)
        talk = self.site.parts.conversations.page(phone_hash, cursor, _AT_ONCE)
        limits = limits_of(self.site.settings)
        return self.site.show(
            "subscribers/phone.html",
            handle=handle,
            standing=standing,
            number=_number(standing, revealed=revealed),
            sealed=self._sealed(standing),
            talk=talk,
            before=cursor,
            revealed=revealed,
            spoken=str if revealed else masking.masked,
            limits=limits,
            shut=shut_by(standing.usage, limits),
            reopens=reopens_at(standing.usage, Limit.LOCKED),
            bills=self._bills(phone_hash),
            linked={link.bill_id for link in standing.links},
        )

    def _sealed(self, standing: Standing) -> str | None:
        """The number as the counter takes it from a page."""
        return self.site.parts.sealed_phones.seal(standing.number) if standing.number else None

    def _bills(self, phone_hash: bytes) -> Bills:
        try:
            return Bills(self.site.parts.service.source.bills_of_phone(phone_hash), down=False)
        except SourceDown:
            return Bills((), down=True)


def _number(standing: Standing, *, revealed: bool) -> str | None:
    if standing.number is None:
        return None
    told = msisdn.national(standing.number)
    return told if revealed else msisdn.masked(told)


def _cursor(before: str | None) -> int | None:
    if not before or len(before) > _LONGEST_ID or not (before.isascii() and before.isdigit()):
        return None
    return min(int(before), 2**63 - 1)
