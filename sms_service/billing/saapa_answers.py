"""What the national interface says, taken out of its envelope.

``{TimeStamp, status, SessionKey, message, data, error}``: ``status`` 200 inside HTTP 200 is
good, and a bill that isn't known is no error there: ``data`` is empty or zeroed.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from sms_service.transport import Answered

Record = Mapping[str, str]
"""Names in small letters; values as text, an absent one empty."""

TOKEN_REFUSED = "saapa_token_refused"  # noqa: S105  # a machine word
_TOKEN_PAUSE = 60.0
_THROTTLED_PAUSE = 15.0
_LONGEST_PAUSE = 300.0
_MOST_DIGITS = 40
_LONGEST_VALUE = 200
"""Letters of a value that are looked at: more than any field that we read may have."""
_REFUSALS = {401, 403}


class Away(Exception):
    """No answer that means anything. ``reason`` is a machine word without any content."""

    def __init__(self, reason: str, *, pause: float | None = None, again: bool = False) -> None:
        """``pause``: seconds in which nothing should be asked; ``again``: a second try may do."""
        super().__init__(reason)
        self.reason = reason
        self.pause = pause
        self.again = again


class Malformed(Exception):
    """The interface calls the question malformed (400)."""


def records_of(answer: Answered) -> list[Record]:
    """The records of an answer; none for a bill that the interface doesn't know.

    Raises Away or Malformed.
    """
    envelope = _envelope(answer.body)
    if answer.status != 200:
        raise _fault(answer.status, envelope is not None, answer.retry_after)
    if envelope is None:
        raise Away("saapa_no_json", again=True)
    if "status" not in envelope or "data" not in envelope:
        raise Away("saapa_no_envelope")
    status = str(envelope["status"]).strip()
    if status != "200":
        raise _fault(int(status) if status.isdecimal() and len(status) == 3 else 0, True, None)
    data = envelope["data"]
    if not data:
        if envelope.get("error"):
            raise Away("saapa_error")
        return []
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise Away("saapa_no_records")
    return [_record(one) for one in data]


def _fault(status: int, has_envelope: bool, retry_after: str | None) -> Exception:
    if status in _REFUSALS:
        return Away(TOKEN_REFUSED, pause=_TOKEN_PAUSE)
    if status == 429:
        return Away("saapa_throttled", pause=_seconds(retry_after))
    if status == 400 and has_envelope:
        return Malformed()
    return Away(f"saapa_status_{status}", again=status >= 500)


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(
            body.decode("utf-8-sig"),
            parse_int=_short,
            parse_float=_plain_number,
            parse_constant=_no_number,
        )
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return _in_small_letters(parsed) if isinstance(parsed, dict) else None


def _in_small_letters(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _record(fields: Mapping[str, Any]) -> Record:
    return {
        name: value[:_LONGEST_VALUE].strip()
        for name, value in _in_small_letters(fields).items()
        if _is_text(value)
    }


def _is_text(value: object) -> bool:
    """Numbers are texts by now; what is nested is none of the fields that we know."""
    return isinstance(value, str)


def _short(digits: str) -> str:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("too long")
    return digits


def _plain_number(written: str) -> str:
    """``1.25E+7`` as ``12500000``; the interface's numbers are whole, however written."""
    number = Decimal(_short(written))
    if number.adjusted() > _MOST_DIGITS:
        raise ValueError("too large")
    return str(int(number)) if number == number.to_integral_value() else f"{number:f}"


def _no_number(word: str) -> str:
    raise ValueError(word)


def _seconds(retry_after: str | None) -> float:
    """Of a ``Retry-After`` header: seconds or a date."""
    wished = (retry_after or "").strip()
    if wished.isascii() and wished.isdigit() and len(wished) < 10:
        return min(max(float(wished), 1.0), _LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(wished)
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        ahead = (until - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return _THROTTLED_PAUSE
    return min(max(ahead, 1.0), _LONGEST_PAUSE)
