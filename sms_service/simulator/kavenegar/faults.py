"""Faults on order: which calls go wrong, how, how often, and on which side of acceptance."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sms_service.simulator.kavenegar import texts
from sms_service.simulator.wire import Reply, Reset

HANG_SECONDS = 300.0
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Kind(StrEnum):
    REFUSE = "refuse"
    """A coded refusal: ``code``, with HTTP status ``http`` where that differs."""
    ERROR = "error"
    """HTTP 500 (or ``http``) with a text body."""
    HTML = "html"
    """A proxy's HTTP 502 page."""
    HALF_JSON = "half_json"
    HANG = "hang"
    SLOW = "slow"
    """``ms`` late, but right."""
    RESET = "reset"
    WRONG_RECEPTOR = "wrong_receptor"
    WRONG_MESSAGE = "wrong_message"
    WRONG_COUNT = "wrong_count"
    """The list lacks its last entry."""
    STRING_IDS = "string_ids"
    """Every messageid is a string."""
    BAD_ENTRY = "bad_entry"
    """The first entry is no record."""
    FORGET_LOCALIDS = "forget_localids"
    """Ids given with the call are ignored, as by a gateway that names the field otherwise."""


_CHANGING_REPLY = (
    *(Kind.HALF_JSON, Kind.WRONG_RECEPTOR, Kind.WRONG_MESSAGE, Kind.WRONG_COUNT),
    *(Kind.STRING_IDS, Kind.BAD_ENTRY),
)


@dataclass(slots=True)
class Fault:
    """One rule. ``after`` True: the call has its effect first, only its answer goes wrong."""

    kind: Kind
    method: str = "*"
    after: bool = False
    probability: float = 1.0
    count: int | None = None
    """How many calls it still hits; None for all."""
    code: int = 409
    http: int | None = None
    ms: int = 0

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Fault":
        """Raises TypeError or ValueError for an unknown field or kind."""
        fault = cls(**{**fields, "kind": Kind(fields["kind"])})
        fault.after = fault.after or fault.kind in _CHANGING_REPLY
        return fault


class Faults:
    """The rules in force; the first that matches a call hits it."""

    def __init__(self, seed: int | None = None) -> None:
        self._rules: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311  # chances, no secret

    def add(self, fault: Fault) -> None:
        self._rules.append(fault)

    def remove(self, fault: Fault) -> None:
        """Take back every rule that was ordered like this one."""
        self._rules = [rule for rule in self._rules if rule != fault]

    def clear(self) -> None:
        self._rules.clear()

    def in_force(self) -> tuple[Fault, ...]:
        return tuple(self._rules)

    def pick(self, method: str) -> Fault | None:
        """The fault that this call suffers, counted down."""
        for fault in self._rules:
            if fault.method in ("*", method) and self._random.random() < fault.probability:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._rules.remove(fault)
                return fault
        return None


async def spoil(fault: Fault, reply: Reply | None) -> Reply | None:
    """The reply that goes out instead; None lets the call go on as if nothing was."""
    match fault.kind:
        case Kind.SLOW:
            await asyncio.sleep(fault.ms / 1000)
            return reply
        case Kind.FORGET_LOCALIDS:
            return reply
        case Kind.HANG:
            await asyncio.sleep(HANG_SECONDS)
            raise Reset
        case Kind.RESET:
            raise Reset
        case Kind.REFUSE:
            return coded(fault.code, fault.http)
        case Kind.ERROR:
            return Reply(fault.http or 500, b"Internal Server Error", "text/plain")
        case Kind.HTML:
            return Reply(fault.http or 502, _HTML, "text/html")
        case _:
            return reply and Reply(reply.status, _changed(fault.kind, reply.body))


def coded(code: int, http: int | None = None) -> Reply:
    """A refusal as Kavenegar words it: the code twice, no entries."""
    answer = {"return": {"status": code, "message": texts.of_code(code)}, "entries": None}
    return Reply(http or code, json.dumps(answer, ensure_ascii=False).encode())


def _changed(kind: Kind, body: bytes) -> bytes:
    if kind is Kind.HALF_JSON:
        return body[: len(body) // 2]
    answer = json.loads(body)
    entries = answer["entries"]
    if not isinstance(entries, list) or not entries:
        return body
    if kind is Kind.WRONG_COUNT:
        entries.pop()
    elif kind is Kind.STRING_IDS:
        answer["entries"] = [entry | {"messageid": str(entry["messageid"])} for entry in entries]
    elif kind is Kind.BAD_ENTRY:
        entries[0] = {"messageid": None, "message": 7}
    elif kind is Kind.WRONG_RECEPTOR:
        entries[0]["receptor"] = "09000000000"
    else:
        entries[0]["message"] = "another text"
    return json.dumps(answer).encode()
