"""The side door under ``/control``: faults, what was sent, texts from people, the clock."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from time import perf_counter
from typing import Any

from sms_service.simulator.kavenegar.callbacks import Callbacks, ReceiptPlan
from sms_service.simulator.kavenegar.faults import Fault, Faults
from sms_service.simulator.kavenegar.store import Store
from sms_service.simulator.wire import Reply, Request

Fields = Mapping[str, Any]
_MISUSE = (KeyError, TypeError, ValueError)


class Control:
    """Takes JSON, or a query or form where that holds all; answers JSON, 400 for misuse."""

    def __init__(
        self, store: Store, faults: Faults, callbacks: Callbacks, counters: Counter[str]
    ) -> None:
        self._store, self._faults = store, faults
        self._callbacks, self._counters = callbacks, counters
        self._routes: Mapping[tuple[str, str], Callable[[Fields], Awaitable[Any]]] = {
            ("GET", "outbox"): self._outbox,
            ("GET", "arrived"): self._arrived,
            ("GET", "counters"): self._count,
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "receipts"): self._plan_receipts,
            ("POST", "mo"): self._text_from_a_phone,
            ("GET", "callbacks"): self._list_callbacks,
            ("POST", "callbacks"): self._switch_callbacks,
            ("POST", "clock"): self._advance_clock,
            ("POST", "account"): self._set_credit,
            ("POST", "reset"): self._reset,
        }

    async def __call__(self, request: Request) -> Reply:
        route = self._routes.get((request.method, request.path.removeprefix("/control/")))
        if not route:
            return _json(404, {"error": "no such control"})
        try:
            return _json(200, await route(_fields(request)))
        except _MISUSE as misuse:
            return _json(400, {"error": f"{type(misuse).__name__}: {misuse}"})

    async def _outbox(self, fields: Fields) -> Any:
        sent = self._store.outbox(fields.get("receptor"), int(fields.get("since", 0)))
        return {"messages": [asdict(record) for record in sent]}

    async def _arrived(self, fields: Fields) -> Any:
        return {"messages": [asdict(one) for one in self._store.arrived(str(fields["sender"]))]}

    async def _count(self, fields: Fields) -> Any:
        return dict(self._counters)

    async def _list_faults(self, fields: Fields) -> Any:
        return {"faults": [asdict(fault) for fault in self._faults.in_force()]}

    async def _add_fault(self, fields: Fields) -> Any:
        self._faults.add(Fault.from_json(fields))
        return {}

    async def _clear_faults(self, fields: Fields) -> Any:
        """All of them, or those ordered with just these words."""
        if fields:
            self._faults.remove(Fault.from_json(fields))
        else:
            self._faults.clear()
        return {}

    async def _plan_receipts(self, fields: Fields) -> Any:
        self._callbacks.plan = ReceiptPlan.from_json(fields)
        return {}

    async def _text_from_a_phone(self, fields: Fields) -> Any:
        """As the gateway does: call the webhook; what it doesn't take with 200 stays unread.

        ``told_id``: the id that the webhook is told, where that is another than the inbox's.
        """
        sender, line, text = str(fields["from"]), str(fields["to"]), str(fields["message"])
        given, age = fields.get("messageid"), float(fields.get("age") or 0)
        messageid = self._store.arrive(sender, line, text, int(given) if given else None, age)
        told_id = str(fields.get("told_id") or messageid)
        form = {"messageid": told_id, "from": sender, "to": line, "message": text}
        started = perf_counter()
        status = await self._callbacks.deliver_text(form)
        if status == 200:
            self._store.mark_read([messageid])
        ms = round((perf_counter() - started) * 1000, 1)
        return {"messageid": messageid, "http_status": status, "ms": ms}

    async def _list_callbacks(self, fields: Fields) -> Any:
        told, doubled = self._callbacks.texts_are_told, self._callbacks.texts_are_doubled
        return {"texts": told, "doubled": doubled}

    async def _switch_callbacks(self, fields: Fields) -> Any:
        if "texts" in fields:
            self._callbacks.texts_are_told = bool(fields["texts"])
        if "doubled" in fields:
            self._callbacks.texts_are_doubled = bool(fields["doubled"])
        return {}

    async def _advance_clock(self, fields: Fields) -> Any:
        self._store.advance(float(fields["seconds"]))
        return {"now": self._store.now()}

    async def _set_credit(self, fields: Fields) -> Any:
        self._store.set_credit(int(fields["credit"]))
        return {}

    async def _reset(self, fields: Fields) -> Any:
        self._store.reset()
        self._faults.clear()
        self._callbacks.reset()
        self._counters.clear()
        return {}


def _fields(request: Request) -> dict[str, Any]:
    fields: dict[str, Any] = request.form()
    if "json" in request.content_type and request.body:
        fields |= json.loads(request.body)
    return fields


def _json(status: int, value: Any) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())
