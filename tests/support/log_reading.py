"""The logs of a service's processes, as an administrator reads them: lines of JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sms_service.simulator.household import ROLES
from tests.support.service import Service


@dataclass(slots=True)
class Written:
    """What all processes of a service wrote since it was asked for."""

    service: Service
    since: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """As it stands in the files."""
        return "".join(self._of(role) for role in ROLES)

    def lines(self) -> list[dict[str, Any]]:
        """Every line, parsed, in the order of their times. AssertionError for what is no JSON."""
        told = [json.loads(line) for line in self.text().split("\n") if line]
        return sorted(told, key=lambda one: str(one["timestamp"]))

    def of_request(self, code: str) -> list[dict[str, Any]]:
        """The lines under a tracking code."""
        return [one for one in self.lines() if one.get("request") == code]

    def _of(self, role: str) -> str:
        content = self.service.log(role).read_bytes()[self.since.get(role, 0) :]
        return content.decode("utf-8")


@contextmanager
def written_by(service: Service) -> Iterator[Written]:
    """The logs from here on."""
    yield Written(service, {role: service.log(role).stat().st_size for role in ROLES})
