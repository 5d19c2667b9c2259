"""``json``: the dialect that is ours, for a gateway that has none of its own.

One POST a step; only what was typed last is told. For gateways: docs/reference/ussd.md.
"""

import json
from typing import Any

from sms_service.channels.fields import BadFields
from sms_service.channels.hooks import Call
from sms_service.channels.problems import Fault
from sms_service.channels.ussd.dialect import (
    LONGEST_INPUT,
    LONGEST_SESSION,
    dialled_after,
    is_session,
    phone_of,
)
from sms_service.language.screens import SCREEN_UNITS
from sms_service.service.ussd.ports import Event, Kind
from sms_service.service.ussd.views import Screen

_LONGEST = {"session_id": LONGEST_SESSION, "phone": 40, "event": 10, "input": LONGEST_INPUT}
_MAY_BE_EMPTY = ("input",)
_MOST_STEPS = 100_000
JSON_STEP: dict[str, Any] = {
    "type": "object",
    "required": ["session_id", "phone", "event", "sequence"],
    "properties": {
        "session_id": {"type": "string", "minLength": 1, "maxLength": LONGEST_SESSION},
        "phone": {"type": "string", "minLength": 1, "maxLength": 40},
        "event": {"type": "string", "enum": [str(kind) for kind in Kind]},
        "input": {"type": "string", "maxLength": LONGEST_INPUT},
        "sequence": {"type": "integer", "minimum": 0, "maximum": _MOST_STEPS - 1},
    },
}
"""JSON schema of what a gateway tells."""
JSON_SCREEN: dict[str, Any] = {
    "type": "object",
    "required": ["session_id", "message", "continue"],
    "properties": {
        "session_id": {"type": "string"},
        "message": {"type": "string", "maxLength": SCREEN_UNITS},
        "continue": {"type": "boolean"},
    },
}
"""JSON schema of what it is answered."""


class JsonDialect:
    """Reads and writes JSON objects."""

    name = "json"
    methods: tuple[str, ...] = ("POST",)
    content_type = "application/json; charset=utf-8"

    def __init__(self, service_code: str | None) -> None:
        self._code = service_code

    def read(self, call: Call) -> Event:
        """The event of an object ``session_id, phone, event, input, sequence``."""
        told = _object(call.body)
        faults = [fault for name in _LONGEST if (fault := _fault(name, told))]
        if "sequence" not in told:
            faults.append(("sequence", "missing"))
        elif not _is_step(told["sequence"]):
            faults.append(("sequence", "invalid"))
        if not faults and told["event"] not in tuple(Kind):
            faults.append(("event", "invalid"))
        if faults:
            raise BadFields(faults)
        kind, typed = Kind(told["event"]), str(told.get("input", ""))
        is_new = kind is Kind.NEW
        return Event(
            self.name,
            told["session_id"],
            phone_of(told["phone"]),
            kind,
            told["sequence"],
            dialled_after(self._code, typed) if is_new else [typed],
            service=self._code or "",
        )

    def write(self, event: Event, screen: Screen) -> bytes:
        """An object ``session_id, message, continue``."""
        told = {
            "session_id": event.session,
            "message": screen.text,
            "continue": not screen.ends,
        }
        return json.dumps(told, ensure_ascii=False).encode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadFields([("", "not_json")]) from None
    if not isinstance(told, dict):
        raise BadFields([("", "not_an_object")])
    return told


def _fault(name: str, told: dict[str, Any]) -> Fault | None:
    value = told.get(name, "" if name in _MAY_BE_EMPTY else None)
    if value is None or (value == "" and name not in _MAY_BE_EMPTY):
        return name, "missing"
    if not isinstance(value, str):
        return name, "invalid"
    if name == "session_id" and not is_session(value):
        return name, "invalid"
    return (name, "too_long") if len(value) > _LONGEST[name] else None


def _is_step(value: object) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and 0 <= value < _MOST_STEPS  # type: ignore[operator]  # an int here
