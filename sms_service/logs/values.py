"""What may stand in a log line: bounded, on one line, and nobody's number or secret.

Every value of every record comes through ``tidy``, whichever library wrote it.
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from sms_service.domain.private_numbers import HIDDEN, without_numbers
from sms_service.logs.redaction import MASK, longest_secret, masked, without_credentials

LONGEST_TEXT = 500
"""Letters of one value."""
CUT = "…"
_LONGEST_KEY = 40
_MOST_ITEMS = 30
_DEEPEST = 4
_SMALL = 100_000
"""Numbers below it are nobody's: the shortest ID has six digits."""
_LARGEST_COUNT = 10**9
"""A mobile without its zero is larger."""

# Controls, among them escapes for terminals; breaks of lines and paragraphs; what turns the
# direction of writing; surrogates, which no encoding takes. The joiners of Persian stay.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_TELLING = re.compile(r"\d|token|bearer|basic|://|desk_|\?", re.IGNORECASE)
_DRAWN = re.compile(r"(?=(?:[0-9]*[a-f]){4})[0-9a-f]{32}", re.ASCII)
_CODE = re.compile(r"[1-9][0-9]{7}", re.ASCII)
_COUNTS = frozenset(("attempt", "bytes", "line", "ms", "parts", "pid", "rows", "seconds", "status"))
"""Fields of our own whose whole numbers are nobody's."""
_SECRETS = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|credential|session", re.IGNORECASE
)
_WRITTEN = frozenset(("text", "message", "body", "phone", "msisdn", "sender", "receptor", "raw"))
"""Fields by whose name alone nothing of the value is shown."""


def tidy(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, fit for a line; never raises, whatever the values do."""
    return {_key(key): _field(key, value) for key, value in list(fields.items())[:_MOST_ITEMS]}


def one_line(text: str) -> str:
    """A text with every character that is unsafe to show written out, as ``\\u000a``."""
    return text if text.isprintable() else _UNSAFE.sub(_spelled, text)


def safe_text(text: str) -> str:
    """A text of at most LONGEST_TEXT letters, on one line, without numbers and credentials.

    Secrets of the settings are masked in the whole line, see ``redaction.masked``.
    """
    if len(text) <= _LONGEST_KEY and text.isidentifier():
        return _safe_word(text)
    return _safe(text)


@lru_cache(1024)
def _safe_word(text: str) -> str:
    """The same for the few words that make up most lines."""
    return _safe(text)


def _safe(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        text = _cut(text)
    if _TELLING.search(text):
        text = without_numbers(without_credentials(text))
    if text.isprintable():
        return text
    text = one_line(masked(text))
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + CUT


def _field(key: object, value: object) -> Any:
    if type(value) is int and (-_SMALL < value < _SMALL or _is_count(key, value)):
        return value
    if isinstance(value, str) and _is_our_own(key, value):
        return value
    if isinstance(key, str) and value is not None and _is_closed(key[:_LONGEST_KEY]):
        return MASK
    return _value(value, _DEEPEST)


def is_drawn(given: str) -> bool:
    """Whether this is an id as nginx draws them: 128 bits in hexadecimal, nobody's number."""
    return _DRAWN.fullmatch(given) is not None


def _is_our_own(key: object, value: str) -> bool:
    return (key == "request" and _CODE.fullmatch(value) is not None) or (
        key == "web_request" and is_drawn(value)
    )


def _is_count(key: object, value: int) -> bool:
    return key in _COUNTS and 0 <= value < _LARGEST_COUNT


@lru_cache(1024)
def _is_closed(key: str) -> bool:
    return key.lower() in _WRITTEN or _SECRETS.search(key) is not None


def _value(value: object, deep: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return safe_text(str.__str__(value))
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping | Sequence | set | frozenset):
        return _many(value, deep)
    return _shown(value)


def _many(value: Any, deep: int) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if not deep:
        return CUT
    if isinstance(value, Mapping):
        return _mapping(value, deep)
    return [_value(one, deep - 1) for one in list(value)[:_MOST_ITEMS]]


def _mapping(value: Mapping[Any, Any], deep: int) -> Mapping[str, Any]:
    items: MutableMapping[str, Any] = {}
    for key, inner in list(value.items())[:_MOST_ITEMS]:
        name = _key(key)
        items[name] = MASK if _is_closed(name) else _value(inner, deep - 1)
    return items


def _number(value: float) -> Any:
    if not isfinite(value):
        return str(value)
    if abs(value) < _SMALL:
        return round(value, 3) if type(value) is float else int(value)
    if abs(value) >= 2**63:
        return HIDDEN
    whole = int(value)
    return HIDDEN if without_numbers(str(whole)).endswith(HIDDEN) else whole


def _shown(value: object) -> str:
    try:
        return safe_text(str(value))
    except Exception as error:  # the value is another's, and so is what it raises
        return f"[{type(value).__name__}: {type(error).__name__}]"


def _key(key: object) -> str:
    return safe_text(str(key)[:_LONGEST_KEY]) if not _is_plain(key) else str(key)


def _is_plain(key: object) -> bool:
    return isinstance(key, str) and len(key) <= _LONGEST_KEY and key.isidentifier()


def _cut(text: str) -> str:
    """The beginning, in which neither a secret nor a number is cut into a piece of itself."""
    begun = masked(text[: LONGEST_TEXT + longest_secret()])[: LONGEST_TEXT - 1]
    return re.sub(r"[\d\W]{0,60}$", "", begun) + CUT


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
