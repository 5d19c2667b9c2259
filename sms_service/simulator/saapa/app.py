"""The simulated interface put together: admission, questions, envelope, traps, a log of calls."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from sms_service.simulator.saapa.records import Record, Records, zeroed
from sms_service.simulator.saapa.traps import Trap, as_json, dressed
from sms_service.simulator.wire import Reply, Request, Reset

PATHS = {
    "/get-sale-bills": "sales",
    "/get-paid-bills": "payments",
    "/get-branch-info": "branch",
    "/api/ebills/GetBranchData": "branch",
}
_HANG_SECONDS = 120.0
_HUGE_BYTES = 5 * 1024 * 1024
_ID_NAMES = ("bill_identifier", "BILL_IDENTIFIER")
_YEAR_NAMES = ("from_year", "fromyear")
_CONTROL = "/control/traps"
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True, slots=True)
class Call:
    """One question that came."""

    subject: str
    bill_id: str = field(repr=False)
    began: float
    """By ``time.monotonic``."""
    fields: tuple[str, ...]
    """Names of what the question held."""


@dataclass(slots=True)
class Simulator:
    """The interface for one account; an instance is an HTTP handler.

    ``traps`` may be replaced at any time, here or by ``/control/traps``; ``trapped`` names
    the subjects that they hit.
    """

    records: Records
    token: str
    traps: frozenset[Trap] = frozenset()
    trapped: frozenset[str] = frozenset(PATHS.values())
    delay: float = 0.0
    """Seconds that every call takes."""
    slow: float = 1.0
    """Seconds of a call under ``Trap.SLOW``."""
    retry_after: str | None = "2"
    calls: list[Call] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    """Most calls at one time."""

    async def __call__(self, request: Request) -> Reply:
        if request.path == _CONTROL and "origin" not in request.headers:
            return self._control(request)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(self.delay)
            return await self._answer(request)
        finally:
            self.busy -= 1

    async def _answer(self, request: Request) -> Reply:
        subject = PATHS.get(request.path)
        if subject is None or request.method != "POST":
            return _envelope(None, status=404, http=404)
        if "origin" in request.headers:
            return _envelope(None, status=403, http=403)
        fields = _fields(request.body)
        bill_id = _named(fields, _ID_NAMES)
        self.calls.append(Call(subject, bill_id, time.monotonic(), tuple(fields)))
        given = request.headers.get("authorization", "")
        if not compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return _envelope(None, status=401, http=401)
        traps = self.traps if subject in self.trapped else frozenset()
        return await self._spoilt(traps) or self._told(subject, bill_id, fields, traps)

    def _control(self, request: Request) -> Reply:
        """The traps in force; first those of the question, and how slow slow is, where told."""
        told = _fields(request.body)
        try:
            if request.method == "POST":
                traps = frozenset(Trap(name) for name in told["traps"])
                self.slow = float(told.get("slow", self.slow))
                self.traps = traps
        except (KeyError, TypeError, ValueError):
            return Reply(400, as_json({"error": "no such trap"}))
        return Reply(200, as_json({"traps": sorted(self.traps), "slow": self.slow}))

    async def _spoilt(self, traps: frozenset[Trap]) -> Reply | None:
        """What goes out instead of the truth; None where the traps let it pass."""
        if Trap.SLOW in traps:
            await asyncio.sleep(self.slow)
        if Trap.HANG in traps:
            await asyncio.sleep(_HANG_SECONDS)
        if traps & {Trap.RESET, Trap.HANG}:
            raise Reset
        if Trap.THROTTLED in traps:
            header = {"Retry-After": self.retry_after} if self.retry_after else {}
            return Reply(429, b"", headers=header)
        return next((reply for trap, reply in _INSTEAD.items() if trap in traps), None)

    def _told(
        self, subject: str, bill_id: str, fields: dict[str, Any], traps: frozenset[Trap]
    ) -> Reply:
        bill_id = bill_id.rjust(13, "0")
        if len(bill_id) != 13 or not bill_id.isascii() or not bill_id.isdigit():
            return _envelope(None, status=400, http=400)
        year = _four_digits(_named(fields, _YEAR_NAMES))
        own = [one for one in self.records.of(subject, bill_id) if _year_of(one, subject) >= year]
        records = [] if Trap.ALL_STRANGERS in traps else own
        if traps & {Trap.STRANGERS, Trap.ALL_STRANGERS} and own:
            records = [*records, *self._strangers(subject, bill_id)]
        if Trap.BAD_VALUE in traps:
            records = [record | _garbage(record) for record in records]
        if not own and Trap.ZEROED in traps:
            records = zeroed(subject)
        body = _envelope(dressed(records, subject, traps) or None).body
        kind = "text/plain" if Trap.PLAIN_TEXT in traps else "application/json; charset=utf-8"
        cut = len(body) // 2 if Trap.CUT_BODY in traps else None
        return Reply(200, body, kind, cut_after=cut)

    def _strangers(self, subject: str, bill_id: str) -> Iterable[Record]:
        other = next(one for one in self.records.bill_ids() if one != bill_id)
        return self.records.of(subject, other)[:1]


def _envelope(data: Any, *, status: int = 200, http: int = 200, error: Any = None) -> Reply:
    return Reply(
        http,
        as_json(
            {
                "TimeStamp": "2026-11-23T10:00:00",
                "status": status,
                "SessionKey": "",
                "message": "",
                "data": data,
                "error": error,
            }
        ),
    )


_ERRORS = [{"ErrorCode": 500, "ErrorMsg": "internal error"}]
_INSTEAD = {
    Trap.HTML: Reply(502, _HTML, "text/html"),
    Trap.TOKEN_EXPIRED: _envelope(None, status=401, http=401),
    Trap.STATUS_500_INSIDE: _envelope(None, status=500, error=_ERRORS),
    Trap.NULL_DATA: _envelope(None),
    Trap.MALFORMED: _envelope(None, status=400, http=400),
    Trap.HUGE: Reply(200, b" " * _HUGE_BYTES),
    Trap.REDIRECT: Reply(302, b"", headers={"Location": "http://127.0.0.1:9/elsewhere"}),
    Trap.ERROR_LISTED: _envelope(None, error=_ERRORS),
}


def _fields(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _named(fields: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((str(fields[name]) for name in names if name in fields), "")


def _four_digits(year: str) -> int:
    if not year.isdecimal():
        return 0
    short = int(year)
    return short if short > 99 else short + (1300 if short >= 60 else 1400)


def _year_of(record: Record, subject: str) -> int:
    """Jalali for a sale; payments and branches are told whole."""
    return int(record["sale_year"]) if subject == "sales" else 10_000


def _garbage(record: Record) -> Record:
    return {
        name: "n/a" for name in ("bill_amt", "payment_amt", "total_bill_debt") if name in record
    }
