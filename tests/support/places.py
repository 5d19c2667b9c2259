"""Where a server of the tests runs: on this host, or on one of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens, and what goes before its command to start it there."""

    host: str = LOOPBACK
    port: int = 0
    """0: a free one."""
    run: Sequence[str] = ()

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is another host than this one."""
        return self.host != LOOPBACK


HERE = Place()
