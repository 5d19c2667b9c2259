"""``python -m sms_service.simulator.kavenegar``: serve until interrupted."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from sms_service.simulator.kavenegar.app import Options, Simulator
from sms_service.simulator.wire import serve

KEY_VARIABLE = "KAVENEGAR_API_KEY"
CALLBACK_VARIABLE = "KAVENEGAR_CALLBACK_BASE"
LISTENING = "simulated kavenegar listens on "


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 after SIGINT or SIGTERM, 2 for wrong usage."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    key = chosen.api_key or os.environ.get(KEY_VARIABLE)
    if not key:
        parser.error(f"an API key is needed: --api-key or {KEY_VARIABLE}")
    options = Options(
        api_key=key,
        callback_base=chosen.callback_base or os.environ.get(CALLBACK_VARIABLE),
        store=chosen.store,
        lines=chosen.line,
        seed=chosen.seed,
    )
    asyncio.run(_serve(options, chosen))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sms_service.simulator.kavenegar",
        description="A Kavenegar of our own, for demo, tests and benchmarks.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--api-key", help=f"better by {KEY_VARIABLE}: arguments are public")
    parser.add_argument(
        "--callback-base",
        help=f"our webhooks' address without /received and /status; or {CALLBACK_VARIABLE}",
    )
    parser.add_argument("--store", help="file that keeps the records; in memory without it")
    parser.add_argument("--line", action="append", default=[], help="a line of the account")
    parser.add_argument("--seed", type=int, help="makes faults of a probability repeatable")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input closes")
    return parser


async def _serve(options: Options, chosen: argparse.Namespace) -> None:
    simulator = Simulator(options)
    server = await serve(simulator, chosen.host, chosen.port)
    simulator.callbacks.start()
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"{LISTENING}http://{chosen.host}:{port}\n")
    sys.stdout.flush()
    await _told_to_end(chosen.until_eof)
    server.close()
    simulator.callbacks.stop()
    simulator.store.close()


async def _told_to_end(until_eof: bool) -> None:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)
    if until_eof:
        loop.add_reader(sys.stdin, end.set)
    await end.wait()


if __name__ == "__main__":
    sys.exit(main())
