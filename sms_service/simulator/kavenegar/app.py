"""The simulated gateway put together: routes, the way of a call, its faults and counts."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from sms_service.simulator.kavenegar import texts
from sms_service.simulator.kavenegar.callbacks import Callbacks
from sms_service.simulator.kavenegar.control import Control
from sms_service.simulator.kavenegar.faults import Fault, Faults, Kind, coded, spoil
from sms_service.simulator.kavenegar.methods import Answer, Methods
from sms_service.simulator.kavenegar.rules import Refusal
from sms_service.simulator.kavenegar.store import Store
from sms_service.simulator.wire import Reply, Request

_OPEN_KEY = "0"
_OPEN_METHOD = "utils/getdate"
_LOCALID_FIELDS = ("localid", "localmessageids")


@dataclass(frozen=True, slots=True)
class Options:
    """``callback_base``: address of our webhooks without ``/received`` and ``/status``."""

    api_key: str
    callback_base: str | None = None
    store: str | None = None
    lines: Sequence[str] = ()
    seed: int | None = None


class Simulator:
    """One account on the simulated gateway; an instance is an HTTP handler."""

    def __init__(self, options: Options) -> None:
        self._key = options.api_key.encode()
        self.store = Store(options.store)
        self.counters: Counter[str] = Counter()
        self.faults = Faults(options.seed)
        self.callbacks = Callbacks(self.store, options.callback_base, self.counters)
        self._methods = Methods(self.store, options.lines)
        self._control = Control(self.store, self.faults, self.callbacks, self.counters)

    async def __call__(self, request: Request) -> Reply:
        if request.path.startswith("/control/"):
            return await self._control(request)
        parts = request.path.split("/", 3)
        if len(parts) < 4 or parts[1] != "v1" or not parts[3].endswith(".json"):
            return coded(404)
        return await self._api(parts[2], parts[3].removesuffix(".json"), request)

    async def _api(self, key: str, method: str, request: Request) -> Reply:
        self.counters[f"calls {method}"] += 1
        if not self._admits(key, method):
            return coded(403)
        fault = self.faults.pick(method)
        if fault:
            self.counters[f"faults {fault.kind}"] += 1
        if fault and not fault.after:
            spoilt = await spoil(fault, None)
            if spoilt:
                return spoilt
        reply = await self._answer(method, request, fault)
        return (await spoil(fault, reply) or reply) if fault and fault.after else reply

    async def _answer(self, method: str, request: Request, fault: Fault | None) -> Reply:
        form = request.form()
        if fault and fault.kind is Kind.FORGET_LOCALIDS:
            form = {name: value for name, value in form.items() if name not in _LOCALID_FIELDS}
        try:
            answer = self._methods.call(method, form, request.method)
        except Refusal as refusal:
            self.counters[f"refused {refusal.code}"] += 1
            return coded(refusal.code)
        self.counters["sent"] += len(answer.accepted)
        self.counters["localid_repeated"] += answer.repeated
        await self.callbacks.accepted([record.messageid for record in answer.accepted])
        return _reply(answer)

    def _admits(self, key: str, method: str) -> bool:
        if key == _OPEN_KEY and method == _OPEN_METHOD:
            return True
        return compare_digest(key.encode(), self._key)


def _reply(answer: Answer) -> Reply:
    body = {"return": {"status": 200, "message": texts.of_code(200)}, "entries": answer.entries}
    if answer.metadata is not None:
        body["metadata"] = answer.metadata
    return Reply(200, json.dumps(body, ensure_ascii=False).encode())
