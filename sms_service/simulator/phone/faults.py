"""The fault menu: what a visitor may break, each with a switch that can be turned back.

Adding one is an entry in ``fault_menu`` and its words in templates/simulator/phone.toml.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from flask import Request, Response

from sms_service.simulator.kavenegar.faults import Fault, Kind
from sms_service.simulator.kavenegar.harness import KavenegarControl
from sms_service.simulator.saapa.remote import SaapaControl
from sms_service.simulator.saapa.traps import Trap

SESSION_EXPIRY = "session_expiry"
"""The fault that the phone itself acts out; the others happen in the simulated servers."""
_COOKIE = "simulator_faults"
_SENDING = ("sms/send", "sms/sendarray")
_SLOW_SECONDS = 2.5
"""Within the time for a call of a text's look-up, beyond the two seconds of a USSD screen."""


class Switch(Protocol):
    """Something that can be broken and mended."""

    def is_on(self) -> bool: ...

    def turn(self, on: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class GatewayFault:
    """A fault of the gateway's calls, worded as ``kavenegar.faults.Fault``."""

    gateway: KavenegarControl
    kind: Kind
    methods: tuple[str, ...] = ("*",)
    after: bool = False

    def is_on(self) -> bool:
        wanted = [Fault(self.kind, method, self.after) for method in self.methods]
        ordered = self.gateway.faults()
        return all(one in ordered for one in wanted)

    def turn(self, on: bool) -> None:
        for method in self.methods:
            # First, so that one ordered twice is there once.
            self.gateway.take_back(self.kind, method, after=self.after)
            if on:
                self.gateway.fault(self.kind, method, after=self.after)


@dataclass(frozen=True, slots=True)
class DoubledTexts:
    """The gateway tells our webhook twice of every text."""

    gateway: KavenegarControl

    def is_on(self) -> bool:
        return self.gateway.callbacks_are_doubled()

    def turn(self, on: bool) -> None:
        self.gateway.double_callbacks(on)


@dataclass(frozen=True, slots=True)
class BillingTrap:
    """A trap of the billing interface, beside those that stand already."""

    billing: SaapaControl
    trap: Trap

    def is_on(self) -> bool:
        return self.trap in self.billing.traps()

    def turn(self, on: bool) -> None:
        others = self.billing.traps() - {self.trap}
        self.billing.trap(others | {self.trap} if on else others, _SLOW_SECONDS)


class OwnFaults:
    """Faults that this browser's phone acts out, kept in a cookie of the browser."""

    def __init__(self, request: Request) -> None:
        self._on = set(request.cookies.get(_COOKIE, "").split("-")) & {SESSION_EXPIRY}
        self._is_changed = False

    def __contains__(self, name: str) -> bool:
        return name in self._on

    def turn(self, name: str, on: bool) -> None:
        (self._on.add if on else self._on.discard)(name)
        self._is_changed = True

    def keep(self, response: Response, path: str) -> None:
        """Write the cookie where something was turned."""
        if self._is_changed:
            value = "-".join(sorted(self._on))
            response.set_cookie(_COOKIE, value, path=path, httponly=True, samesite="Strict")


@dataclass(frozen=True, slots=True)
class OwnFault:
    """One of ``OwnFaults`` as a switch."""

    own: Callable[[], OwnFaults]
    """Those of the request that is answered now."""
    name: str

    def is_on(self) -> bool:
        return self.name in self.own()

    def turn(self, on: bool) -> None:
        self.own().turn(self.name, on)


class FaultMenu(Mapping[str, Switch]):
    """The switches by name, in the order of the page."""

    def __init__(self, switches: Mapping[str, Switch]) -> None:
        self._switches = switches

    def __getitem__(self, name: str) -> Switch:
        return self._switches[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._switches)

    def __len__(self) -> int:
        return len(self._switches)

    def on(self) -> list[str]:
        """Names of those that are turned on."""
        return [name for name, switch in self.items() if switch.is_on()]

    def all_off(self) -> None:
        """Mend everything."""
        for switch in self.values():
            switch.turn(False)


def fault_menu(
    gateway: KavenegarControl, billing: SaapaControl | None, own: Callable[[], OwnFaults]
) -> FaultMenu:
    """The menu; faults of the billing interface only where that is a simulated one."""
    switches: dict[str, Switch] = {
        "duplicate_webhook": DoubledTexts(gateway),
        "gateway_down": GatewayFault(gateway, Kind.HTML),
        "gateway_timeout": GatewayFault(gateway, Kind.HANG, _SENDING, after=True),
    }
    if billing is not None:
        switches["slow_billing"] = BillingTrap(billing, Trap.SLOW)
        switches["billing_away"] = BillingTrap(billing, Trap.RESET)
    switches[SESSION_EXPIRY] = OwnFault(own, SESSION_EXPIRY)
    return FaultMenu(switches)
