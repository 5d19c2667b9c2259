"""Steering a simulated billing interface that runs in another process."""

from collections.abc import Collection

import requests

from sms_service.simulator.saapa.traps import Trap

_SECONDS = 5


class SaapaControl:
    """The control page of a simulated interface. Raises what ``requests`` raises, ValueError."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url.rstrip('/')}/control/traps"

    def traps(self) -> frozenset[Trap]:
        """The traps in force."""
        return self._do("GET", None)

    def trap(self, traps: Collection[Trap], slow: float | None = None) -> frozenset[Trap]:
        """From now on these traps and no others; ``slow``: seconds of a call under SLOW."""
        told: dict[str, object] = {"traps": sorted(traps)}
        return self._do("POST", told if slow is None else told | {"slow": slow})

    def _do(self, verb: str, told: dict[str, object] | None) -> frozenset[Trap]:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(verb, self._url, json=told, timeout=_SECONDS)
        response.raise_for_status()
        return frozenset(Trap(name) for name in response.json()["traps"])
