"""Hiding phones and bill IDs in what pages show of raw exchanges."""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

_LONG_NUMBER = re.compile(r"\d(?:[ \-/.*\u200c]?\d){10,}|\d{7,}")
_OPEN_FIELDS = frozenset(
    ("messageid", "localid", "to", "sender", "session_id", "sessionId", "status", "cost", "id")
)
"""Fields whose numbers are nobody's."""
_MOST_SHOWN = 600


def masked(text: str) -> str:
    """The text with the middle of each long number hidden, in any script.

    Long are seven digits in a row, and eleven parted by single spaces, slashes, dots, dashes
    or stars: so phones and bill IDs are written, and no row of consumption and amounts.
    """
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:3]}…{found[0][-2:]}", text)


def shown_fields(raw: str) -> Iterator[tuple[str, str]]:
    """Names and masked values of a form, a query string or a JSON object; else one of all."""
    for name, value in _fields(raw[: 4 * _MOST_SHOWN]):
        said = value if name in _OPEN_FIELDS else masked(value)
        yield name[:40], said[:_MOST_SHOWN]


def _fields(raw: str) -> list[tuple[str, str]]:
    told: object = None
    if raw.lstrip().startswith("{"):
        try:
            told = json.loads(raw)
        except (ValueError, RecursionError):
            return [("", raw)]
    if isinstance(told, Mapping):
        return [(str(name), _as_text(value)) for name, value in told.items()]
    pairs = parse_qsl(raw, keep_blank_values=True) if "=" in raw.partition("&")[0] else []
    return pairs or [("", raw)]


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
