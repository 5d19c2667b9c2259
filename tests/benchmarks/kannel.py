"""Kannel on the same machine, as a peer: texts in at its fakesmsc, replies back there.

``python -m tests.benchmarks.kannel PORT`` is the responder that its smsbox asks, and nothing else.
It stores nothing and looks nothing up: what is measured is Kannel's own way in and out.
"""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.load import percentile
from tests.support.kannel import PROGRAMS, listens
from tests.support.kavenegar import closed_port
from tests.support.smpp import wait_until

WINDOW = 200
_LINE = "30001521"
_REPLY = b"Bedehi 287300 toman mohlat 22 Mehr"
_CONFIG = """
group = core
admin-port = {admin}
admin-password = bench
smsbox-port = {boxes}
box-allow-ip = "127.0.0.1"
store-type = {store}
store-location = "{folder}/store"
log-level = 4
log-file = "{folder}/bearerbox.log"

group = smsc
smsc = fake
smsc-id = bench
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-port = {sendsms}
log-level = 4
log-file = "{folder}/smsbox.log"

group = sms-service
keyword = default
catch-all = true
max-messages = 1
{service}
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Medians of several runs."""

    rate: float
    """Texts answered a second."""
    p50: float
    """Milliseconds from a text to its reply."""
    p99: float


def is_installed() -> bool:
    """Whether there is a Kannel to measure."""
    return all(shutil.which(box, path=PROGRAMS) for box in ("bearerbox", "smsbox"))


def asking_a_page(count: int, runs: int) -> Peer:
    """Each text is an HTTP call, each reply its answer; the store is written every ten seconds."""
    port = closed_port()
    url = f'get-url = "http://127.0.0.1:{port}/?id=%I&from=%p&text=%b"'
    with ExitStack() as stack:
        command = [sys.executable, "-m", "tests.benchmarks.kannel", str(port)]
        responder = subprocess.Popen(command)
        stack.callback(responder.wait)
        stack.callback(responder.terminate)
        wait_until(lambda: listens(port), "the responder doesn't listen")
        return _measured(stack.enter_context(_running("file", url)), count, runs)


def with_each_text_on_disk(count: int, runs: int) -> Peer:
    """A fixed reply without a call; each text and each reply is a file before it goes on."""
    with _running("spool", f'text = "{_REPLY.decode()}"') as smsc:
        return _measured(smsc, count, runs)


@contextmanager
def _running(store: str, service: str) -> Iterator[int]:
    """The port of a running Kannel's fakesmsc."""
    with TemporaryDirectory(prefix="sms-service-bench-kannel-") as folder, ExitStack() as stack:
        smsc, boxes, sendsms, admin = (closed_port() for _ in range(4))
        if store == "spool":
            (Path(folder) / "store").mkdir()
        config = Path(folder) / "kannel.conf"
        config.write_text(
            _CONFIG.format(
                store=store,
                service=service,
                folder=folder,
                smsc=smsc,
                boxes=boxes,
                sendsms=sendsms,
                admin=admin,
            ),
            encoding="utf-8",
        )
        for name, port in (("bearerbox", boxes), ("smsbox", sendsms)):
            program = shutil.which(name, path=PROGRAMS) or name
            box = subprocess.Popen([program, "-v", "4", str(config)], stderr=subprocess.DEVNULL)
            stack.callback(box.wait)
            stack.callback(box.kill)
            wait_until(lambda port=port: listens(port), f"{name} doesn't listen")  # type: ignore[misc]
        yield smsc


def _measured(smsc: int, count: int, runs: int) -> Peer:
    asyncio.run(_closed_loop(smsc, count // 10))
    seen = [asyncio.run(_closed_loop(smsc, count)) for _ in range(runs)]
    return Peer(*(median(values) for values in zip(*seen, strict=True)))


async def _closed_loop(smsc: int, count: int) -> tuple[float, float, float]:
    """Rate, p50 and p99 of so many texts, a window of them under way at any time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc)
    sent: dict[bytes, float] = {}
    waited: list[float] = []
    started = time.perf_counter()

    def send(number: int) -> None:
        phone = b"0912%07d" % number
        sent[phone] = time.perf_counter()
        writer.write(b"%b %b text 7883745804424 1404\n" % (phone, _LINE.encode()))

    for number in range(min(WINDOW, count)):
        send(number)
    while len(waited) < count:
        line = await asyncio.wait_for(reader.readline(), 30)
        if not line:
            raise RuntimeError("Kannel hung up")
        waited.append(time.perf_counter() - sent.pop(line.split(b" ", 2)[1]))
        number = len(waited) + len(sent)
        if number < count:
            send(number)
    rate = count / (time.perf_counter() - started)
    writer.close()
    await writer.wait_closed()
    return rate, percentile(waited, 50), percentile(waited, 99)


async def _respond(port: int) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(_REPLY), _REPLY)
    )

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_respond(int(sys.argv[1])))
