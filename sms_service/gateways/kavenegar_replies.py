"""Reading Kavenegar's entries, which give numbers now as numbers and now as strings."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sms_service.gateways.kavenegar_codes import (
    LARGEST_CODE,
    MAX_CHARACTERS,
    UNKNOWN_TO_GATEWAY,
)
from sms_service.service.ports import (
    Accepted,
    Blame,
    NotSent,
    Outcome,
    OutgoingText,
    Unknown,
)

BAD_ENTRY = "kavenegar_bad_entry"
WRONG_COUNT = "kavenegar_wrong_count"
MISMATCH = "kavenegar_mismatch"
"""The record is another text's. ``look_up`` would find that record: it can't settle this."""

_LARGEST_ID = 2**63 - 1
_LARGEST: Mapping[str, int] = {
    "messageid": _LARGEST_ID,
    "localid": _LARGEST_ID,
    "cost": _LARGEST_ID,
    "status": LARGEST_CODE,
}
_MOBILE = re.compile(r"(?:\+98|0098|98|0)?(9[0-9]{9})", re.ASCII)


def national_mobile(number: object) -> str | None:
    """``09…`` of an Iranian mobile in any form that Kavenegar takes or gives, else None."""
    found = _MOBILE.fullmatch(str(number))
    return f"0{found[1]}" if found else None


def unfit(outgoing: OutgoingText) -> NotSent | None:
    """Why Kavenegar would surely refuse this text, found without asking it."""
    if national_mobile(outgoing.receptor) is None:
        return NotSent(Blame.ROW, "kavenegar_411")
    if not 0 < len(outgoing.text) <= MAX_CHARACTERS:
        return NotSent(Blame.ROW, "kavenegar_413")
    return None


def outcome_of(outgoing: OutgoingText, entry: object) -> Outcome:
    """Accepted if the entry tells of this very text to this very receptor.

    Another one means that the local id was known to the gateway from something else,
    and nothing was sent now.
    """
    if not isinstance(entry, Mapping):
        return Unknown(BAD_ENTRY)
    remote_id, status, cost = _numbers(entry, "messageid", "status", "cost")
    if not remote_id or status is None:
        return Unknown(BAD_ENTRY)
    same_receptor = national_mobile(entry.get("receptor")) == national_mobile(outgoing.receptor)
    if not (same_receptor and _words(entry.get("message")) == _words(outgoing.text)):
        return Unknown(MISMATCH, askable=False)
    return Accepted(str(remote_id), status, cost)


def known_records(entries: object) -> dict[int, Accepted] | None:
    """Answer of ``statuslocalmessageid`` by local id; None if it can't be read as one."""
    known: dict[int, Accepted] = {}
    for entry in _rows(entries):
        local_id, remote_id, status, cost = _numbers(
            entry, "localid", "messageid", "status", "cost"
        )
        if local_id is None or status is None:
            return None
        if status != UNKNOWN_TO_GATEWAY and remote_id:
            known[local_id] = Accepted(str(remote_id), status, cost)
    return known if isinstance(entries, list) else None


def delivery_codes(entries: object) -> dict[str, int] | None:
    """Answer of ``status`` by remote id, without those that the gateway no longer tells of."""
    codes: dict[str, int] = {}
    for entry in _rows(entries):
        remote_id, status = _numbers(entry, "messageid", "status")
        if remote_id is None or status is None:
            return None
        if status != UNKNOWN_TO_GATEWAY:
            codes[str(remote_id)] = status
    return codes if isinstance(entries, list) else None


def _rows(entries: object) -> Iterator[Mapping[str, Any]]:
    rows = entries if isinstance(entries, list) else []
    return (row if isinstance(row, Mapping) else {} for row in rows)


def _numbers(entry: Mapping[str, Any], *names: str) -> list[int | None]:
    return [_number(entry.get(name), _LARGEST[name]) for name in names]


def _number(value: object, largest: int) -> int | None:
    """A whole number from 0 on; None for what is none, and for one that the ledger can't hold."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    is_whole = not isinstance(value, float) or value == number
    return number if is_whole and 0 <= number <= largest else None


def _words(text: object) -> list[str] | None:
    """Compared by words: a gateway may trim or rewrap white space, never change a word."""
    return text.split() if isinstance(text, str) else None
