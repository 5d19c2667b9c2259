"""The filters of the list as an address holds them. No phone and no bill ID stands in one:
both are named by their handles."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for

from sms_service.console.site import Site
from sms_service.domain.ranges import Days, NoSuchDay, NotWritten, Preset, days_of, read_day
from sms_service.language.normalise import fold
from sms_service.language.reading import Intent, Problem
from sms_service.service.request_filter import CHANNELS, Cursor, Pill, RequestFilter, Standing

_CHOICES: Mapping[str, Collection[str]] = {
    "pill": [str(one) for one in Pill],
    "range": [str(one) for one in Preset],
    "channel": CHANNELS,
    "intent": [str(one) for one in Intent],
    "problem": [str(one) for one in Problem],
    "state": [str(one) for one in Standing],
}
_DAYS = ("from", "until")
_HANDLES = ("phone", "bill")
_LONGEST = 64
_DIGITS_OF_AN_ID = 19


@dataclass(slots=True)
class Query:
    """What an address asks for, and what is wrong with it, by field."""

    values: dict[str, str]
    wanted: RequestFilter = field(default_factory=RequestFilter)
    days: Days = field(default_factory=Days)
    errors: dict[str, str] = field(default_factory=dict)
    unknown: bool = False
    """It names a phone or a bill that there is none of."""

    def address(self, **changes: str | int | None) -> str:
        """The list with these filters, some of them changed; None drops one."""
        told: dict[str, Any] = {**self.values, **changes}
        left = {name: value for name, value in told.items() if value}
        if left.get("pill") == Pill.ALL:
            del left["pill"]
        return url_for("console.requests", **left)

    def address_of_range(self, preset: str) -> str:
        """The list of other days."""
        return self.address(**{"range": preset, "from": None, "until": None})

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the kind and the days is asked for."""
        return bool(self.values.keys() & {"channel", "intent", "problem", "state", *_HANDLES})


def read_query(site: Site, given: Mapping[str, str], today: date) -> Query:
    """The filters of an address or a form. Without days the list is today's, or all of it for
    one phone or bill; what isn't known is an error and filters nothing out by itself."""
    query = Query(_tidied(given))
    values, errors = query.values, query.errors
    for name, known in _CHOICES.items():
        if values.get(name, "") not in ("", *known):
            errors[name] = site.say("lists.no_such_choice")
            del values[name]
    query.days = _days(site, query, today)
    phone_hash, bill_id = _named(site, query)
    standing = values.get("state")
    query.wanted = RequestFilter(
        Pill(values.get("pill", Pill.ALL)),
        query.days.begins_at,
        query.days.ends_at,
        values.get("channel"),
        values.get("intent"),
        values.get("problem"),
        Standing(standing) if standing else None,
        phone_hash,
        bill_id,
    )
    return query


def read_cursor(given: Mapping[str, str]) -> Cursor:
    """Where the page begins; at the newest for what is no cursor."""
    before, after = (_number(given.get(name, "")) for name in ("before", "after"))
    return Cursor(before, None if before else after)


def _tidied(given: Mapping[str, str]) -> dict[str, str]:
    names = (*_CHOICES, *_DAYS, *_HANDLES)
    told = {name: given.get(name, "").strip()[:_LONGEST] for name in names}
    return {name: value for name, value in told.items() if value}


def _days(site: Site, query: Query, today: date) -> Days:
    values = query.values
    if not any(name in values for name in _DAYS):
        one = any(name in values for name in _HANDLES)
        return days_of(Preset(values.get("range", Preset.ALL if one else Preset.TODAY)), today)
    values.pop("range", None)
    first, last = (_day(site, query, name) for name in _DAYS)
    if first and last and first > last:
        query.errors["until"] = site.say("lists.days_turned")
    return Days(first, last)


def _day(site: Site, query: Query, name: str) -> date | None:
    typed = fold(query.values.get(name, ""))
    if not typed:
        return None
    try:
        return read_day(typed)
    except NotWritten:
        query.errors[name] = site.say("lists.day_not_written")
    except NoSuchDay:
        query.errors[name] = site.say("lists.no_such_day")
    return None


def _named(site: Site, query: Query) -> tuple[bytes | None, str | None]:
    """The phone's hash and the bill ID that the handles stand for."""
    phone, bill = (query.values.get(name) for name in _HANDLES)
    phone_hash = site.parts.subscribers.phone_hash(phone) if phone else None
    bill_id = site.parts.handles.bill_of(bill) if bill else None
    query.unknown = bool((phone and phone_hash is None) or (bill and bill_id is None))
    return phone_hash, bill_id


def _number(text: str) -> int | None:
    is_number = 0 < len(text) < _DIGITS_OF_AN_ID + 1 and text.isascii() and text.isdigit()
    return min(int(text), 2**63 - 1) if is_number else None
