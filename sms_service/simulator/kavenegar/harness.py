"""Starting and steering a simulated Kavenegar from Python: for the demo, tests, benchmarks."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import requests

from sms_service.simulator.kavenegar.__main__ import CALLBACK_VARIABLE, KEY_VARIABLE, LISTENING
from sms_service.simulator.kavenegar.faults import Fault
from sms_service.simulator.kavenegar.store import Arrived, Sent

_STOP_SECONDS = 5


@dataclass(frozen=True, slots=True)
class TextDelivery:
    """What became of a text sent to our webhook; ``http_status`` None: no answer."""

    messageid: int
    http_status: int | None
    ms: float


class KavenegarControl:
    """The control API of a simulated Kavenegar that runs somewhere."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")

    def outbox(self, receptor: str | None = None, since: int = 0) -> list[Sent]:
        """SMS really handed over after the messageid ``since``; ``receptor`` as 09…"""
        wanted = {"since": str(since)} | ({"receptor": receptor} if receptor else {})
        return [Sent(**row) for row in self._do("GET", "outbox", wanted)["messages"]]

    def wait_for(self, count: int, since: int = 0, seconds: float = 10) -> list[Sent]:
        """The outbox once it holds ``count`` SMS; raises TimeoutError if it doesn't in time."""
        deadline = time.monotonic() + seconds
        while len(sent := self.outbox(since=since)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(sent)} of {count} SMS after {seconds} s")
            time.sleep(0.02)
        return sent

    def arrived(self, sender: str) -> list[Arrived]:
        """What a phone sent to our lines, in order; ``sender`` as it was given to ``text``."""
        return [
            Arrived(**row) for row in self._do("GET", "arrived", {"sender": sender})["messages"]
        ]

    def counters(self) -> dict[str, int]:
        """Calls, refusals, faults, receipts and texts so far, by name."""
        return dict(self._do("GET", "counters"))

    def fault(self, kind: str, method: str = "*", **details: Any) -> None:
        """Order a fault: see ``faults.Fault`` for kinds and details."""
        self._do("POST", "faults", {"kind": kind, "method": method, **details})

    def faults(self) -> list[Fault]:
        """The faults in force."""
        return [Fault.from_json(row) for row in self._do("GET", "faults")["faults"]]

    def take_back(self, kind: str, method: str = "*", **details: Any) -> None:
        """End the faults that were ordered with just these words."""
        self._do("DELETE", "faults", {"kind": kind, "method": method, **details})

    def clear_faults(self) -> None:
        self._do("DELETE", "faults")

    def plan_receipts(self, **plan: Any) -> None:
        """Set how receipts come: see ``callbacks.ReceiptPlan``."""
        self._do("POST", "receipts", plan)

    def text(
        self, sender: str, line: str, message: str, messageid: int | None = None, **details: Any
    ) -> TextDelivery:
        """A person texts a line: stored, and handed to our webhook.

        ``age``: so many seconds ago; ``told_id``: the webhook is told this id instead.
        """
        fields = {"from": sender, "to": line, "message": message, "messageid": messageid}
        return TextDelivery(**self._do("POST", "mo", fields | details))

    def lose_callbacks(self, lose: bool = True) -> None:
        """Whether texts that arrive from here on reach no webhook and stay unread."""
        self._do("POST", "callbacks", {"texts": not lose})

    def double_callbacks(self, double: bool = True) -> None:
        """Whether our webhook is told twice of each text that arrives from here on."""
        self._do("POST", "callbacks", {"doubled": double})

    def callbacks_are_doubled(self) -> bool:
        return bool(self._do("GET", "callbacks")["doubled"])

    def advance_clock(self, seconds: float) -> None:
        self._do("POST", "clock", {"seconds": seconds})

    def set_credit(self, rial: int) -> None:
        self._do("POST", "account", {"credit": rial})

    def reset(self) -> None:
        """Forget records, faults, plans and counts."""
        self._do("POST", "reset")

    def _do(self, verb: str, name: str, fields: dict[str, Any] | None = None) -> Any:
        given: dict[str, Any] = {"params" if verb == "GET" else "json": fields or {}}
        with requests.Session() as session:
            session.trust_env = False
            url = f"{self.base_url}/control/{name}"
            response = session.request(verb, url, timeout=20, **given)
        if response.status_code != 200:
            raise ValueError(response.text)
        return response.json()


class SimulatedKavenegar(KavenegarControl):
    """A simulated Kavenegar in a process of its own, which ends with this one.

    ``port`` 0 takes a free one; a fixed one lets it be started again at the same address.
    """

    def __init__(
        self,
        api_key: str = "simulated-kavenegar-key",
        callback_base: str | None = None,
        store: str | None = None,
        lines: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self.api_key = api_key
        self._process = _start(api_key, callback_base, store, lines, port)
        super().__init__(_address(self._process))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        return int(self.base_url.rpartition(":")[2])

    def stop(self) -> None:
        """End it in good order; harmless when it is gone."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def kill(self) -> None:
        """End it by SIGKILL, as a crash would."""
        self._process.kill()
        self._close()

    def _close(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def _start(
    api_key: str, callback_base: str | None, store: str | None, lines: Sequence[str], port: int
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sms_service.simulator.kavenegar", "--until-eof"]
    command += ["--port", str(port)]
    command += ["--store", store] if store else []
    for line in lines:
        command += ["--line", line]
    variables = {KEY_VARIABLE: api_key, CALLBACK_VARIABLE: callback_base or ""}
    return subprocess.Popen(
        command,
        env=os.environ | variables | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _address(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith(LISTENING):
        process.kill()
        raise RuntimeError("the simulated Kavenegar didn't start")
    return line.removeprefix(LISTENING).strip()
