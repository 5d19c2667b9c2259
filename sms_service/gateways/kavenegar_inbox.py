"""Kavenegar's inbox: what came to our line, whether its callback reached us or not.

``receive`` marks as read what it returns, ``inboxpaged`` shows again what is read.
Neither needs an address on the account's allow-list.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sms_service.gateways.kavenegar_client import (
    KavenegarClient,
    KavenegarError,
    NotReached,
    Refused,
)
from sms_service.service.ports import ArrivedText, Blame, InboxPage, NoPage

RECEIVE_PAGE = 100
"""``receive`` returns so many at most; exactly so many mean that there may be more."""
INBOX_PAGE = 200
_LONGEST_ID = 64
_LONGEST_NUMBER = 40
_BAD_ENTRIES = "kavenegar_bad_entries"

_Content = tuple[Any, Any]
"""Entries and metadata."""


class KavenegarInbox:
    """The inbox of one line of the account."""

    gateway = "kavenegar"

    def __init__(self, client: KavenegarClient, line: str) -> None:
        self._client = client
        self._line = line

    def take_unread(self) -> InboxPage | NoPage:
        """Up to 100 unread texts, which are read for Kavenegar from here on."""
        form = {"linenumber": self._line, "isread": 0}
        page = self._page(lambda: (self._client.sms_receive(form), None))
        if isinstance(page, NoPage):
            return page
        return InboxPage(page[0], has_more=len(page[0]) >= RECEIVE_PAGE)

    def read_again(self, since: datetime, until: datetime, number: int) -> InboxPage | NoPage:
        """Page ``number`` of what was read already; the two moments are two days apart at most."""
        form = {
            "linenumber": self._line,
            "isread": 1,
            "startdate": int(since.timestamp()),
            "enddate": int(until.timestamp()),
            "pagenumber": number,
        }
        page = self._page(lambda: self._client.sms_inboxpaged(form))
        if isinstance(page, NoPage):
            # What was read before stays to be read again.
            return NoPage(page.blame, page.reason)
        texts, metadata = page
        return InboxPage(texts, has_more=bool(texts) and _goes_on(metadata, number, len(texts)))

    def _page(self, call: Callable[[], _Content]) -> tuple[list[ArrivedText], Any] | NoPage:
        try:
            entries, metadata = call()
        except Refused as refusal:
            return NoPage(_blame(refusal), refusal.reason)
        except NotReached as failure:
            return NoPage(Blame.LATER, failure.reason)
        except KavenegarError as failure:
            return NoPage(Blame.LATER, failure.reason, in_doubt=True)
        if not isinstance(entries, list | None):
            return NoPage(Blame.LATER, _BAD_ENTRIES, in_doubt=True)
        return [arrived_text(entry) for entry in entries or []], metadata


def arrived_text(entry: object) -> ArrivedText:
    """An entry as a text. One that is none keeps its raw form, under a key made of that."""
    raw = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    given = entry if isinstance(entry, Mapping) else {}
    remote_id = _id(given.get("messageid"))
    sender, line = (_number(given.get(name)) for name in ("sender", "receptor"))
    text = given.get("message")
    return ArrivedText(
        remote_id=remote_id or f"unreadable-{hashlib.sha256(raw).hexdigest()[:32]}",
        sender=sender or "",
        line=line or "",
        text=text if isinstance(text, str) else "",
        sent_at=_moment(given.get("date")),
        raw=raw,
        is_readable=None not in (remote_id, sender, line) and isinstance(text, str),
    )


def _blame(refusal: Refused) -> Blame:
    """Every call here is the same: one that is wrong in itself stays wrong."""
    blame = refusal.code.blame
    return Blame.STOP if blame is Blame.ROW else blame


def _goes_on(metadata: object, number: int, entries: int) -> bool:
    """By the number of pages, a string as a rule; without it by how full this one is."""
    given = metadata.get("totalpages") if isinstance(metadata, Mapping) else None
    try:
        return number < int(given)  # type: ignore[arg-type]  # what it can't take it refuses
    except (TypeError, ValueError, OverflowError):
        return entries >= INBOX_PAGE


def _id(value: object) -> str | None:
    text = _plain(value)
    return text if text and text != "0" and len(text) <= _LONGEST_ID else None


def _number(value: object) -> str | None:
    text = _plain(value)
    return text if text is not None and len(text) <= _LONGEST_NUMBER else None


def _plain(value: object) -> str | None:
    """A string, or a whole number as one."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip()


def _moment(value: object) -> datetime | None:
    """Unix seconds as a moment, however they are written."""
    try:
        return datetime.fromtimestamp(int(value), UTC)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError, OSError):
        return None
