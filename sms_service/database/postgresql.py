"""A connection to PostgreSQL that gives up on a server which no longer answers.

The server bounds its own statements, and the kernel notices packets that nobody takes. A
pooler or a firewall that takes them and stays silent is noticed by neither: without a
bound on this side the thread that asked would wait for ever.
"""

from collections.abc import Callable
from typing import Any

import psycopg

_BREATH = 0.1
"""Seconds between two looks at signals, psycopg's own default."""


def connector(seconds: float) -> Callable[..., psycopg.Connection[Any]]:
    """Connects like psycopg; each wait for the server then ends after ``seconds``.

    The connection is closed by that, and OperationalError raised.
    """

    class Bounded(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = _BREATH, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, timeout or seconds)
            except psycopg.errors._WaitTimeout:
                if timeout:
                    raise
                self.pgconn.finish()
                raise psycopg.OperationalError("the server stays silent") from None

    return Bounded.connect
