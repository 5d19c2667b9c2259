"""``python -m sms_service.simulator.saapa``: serve until interrupted."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from sms_service.simulator.saapa.app import Simulator
from sms_service.simulator.saapa.harness import TOKEN
from sms_service.simulator.saapa.records import Records
from sms_service.simulator.saapa.traps import MIXED, Trap
from sms_service.simulator.wire import serve

TOKEN_VARIABLE = "SAAPA_TOKEN"  # noqa: S105  # a name


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 after SIGINT or SIGTERM, 2 for wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m sms_service.simulator.saapa",
        description=f"A national billing interface of our own; the token is {TOKEN_VARIABLE}'s.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument(
        "--data", type=Path, default=Path(str(files("sms_service.simulator") / "data"))
    )
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every call takes")
    parser.add_argument("--mixed", action="store_true", help="all harmless traps together")
    parser.add_argument(
        "--trap", action="append", default=[], type=Trap, metavar="NAME", help=", ".join(Trap)
    )
    chosen = parser.parse_args(arguments)
    traps = frozenset(chosen.trap) | (MIXED if chosen.mixed else frozenset())
    token = os.environ.get(TOKEN_VARIABLE) or TOKEN
    simulator = Simulator(Records.of_export(chosen.data), token, traps, delay=chosen.delay)
    asyncio.run(_serve(simulator, chosen.host, chosen.port))
    return 0


async def _serve(simulator: Simulator, host: str, port: int) -> None:
    server = await serve(simulator, host, port)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"simulated billing interface listens on http://{host}:{port}\n")
    sys.stdout.flush()
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    await end.wait()
    server.close()


if __name__ == "__main__":
    sys.exit(main())
