"""A real Kannel with the shipped configuration, and the adapter on it."""

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from sms_service.gateways.kannel import Account, KannelGateway, Receipts
from sms_service.transport import Timeouts
from tests.support.canary import CANARY_KANNEL_PASSWORD, CANARY_WEBHOOK_SECRET
from tests.support.kavenegar import closed_port
from tests.support.smpp import Smsc, wait_until

CONFIG = Path(__file__).parents[2] / "deploy/kannel/kannel.conf"
LINE = "30001521"
USER = "bargh"
PROGRAMS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
"""Where its programs are looked for: an ordinary user's PATH lacks the first."""
QUICK = Timeouts(connect=1.0, read=1.0)
_PATIENCE = 10.0


def needs_kannel() -> None:
    """Skip the test where Kannel isn't installed."""
    if not all(shutil.which(box, path=PROGRAMS) for box in ("bearerbox", "smsbox")):
        pytest.skip("Kannel isn't installed (apt-get install kannel)")


class Kannel:
    """bearerbox and smsbox in a folder of their own, on free ports, bound to an SMSC of ours.

    Of the shipped configuration only ports, paths and passwords are replaced, and what
    ``changes`` says: a line's beginning and what stands there instead.
    """

    def __init__(self, webhook_url: str, changes: Mapping[str, str] | None = None) -> None:
        """``webhook_url``: where the web process is, ``http://127.0.0.1:port``."""
        self.smsc = Smsc()
        self.folder = Path(tempfile.mkdtemp(prefix="sms-service-kannel-"))
        self._sendsms_port = closed_port()
        self._webhook_url = webhook_url
        self._config = self.folder / "kannel.conf"
        self._config.write_text(self._filled_in(changes or {}), encoding="utf-8")
        for name in ("store", "dlr", "log"):
            (self.folder / name).mkdir()
        self._boxes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Kannel":
        try:
            self.start_box("bearerbox")
            self.start_box("smsbox")
            self.smsc.wait_until_bound()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def sendsms_url(self) -> str:
        """Where texts are handed over."""
        return f"http://127.0.0.1:{self._sendsms_port}/cgi-bin/sendsms"

    def account(self, password: str = CANARY_KANNEL_PASSWORD) -> Account:
        """The account of the configuration."""
        return Account(USER, SecretStr(password), LINE)

    @property
    def receipts(self) -> Receipts:
        """Receipts to the web process."""
        return Receipts(self._webhook_url, SecretStr(CANARY_WEBHOOK_SECRET))

    def settings(self) -> dict[str, str]:
        """What the service must be told, as in the environment."""
        return {
            "KANNEL_SENDSMS_URL": self.sendsms_url,
            "KANNEL_USERNAME": USER,
            "KANNEL_PASSWORD": CANARY_KANNEL_PASSWORD,
            "KANNEL_SENDER": LINE,
            "KANNEL_CALLBACK_URL": self._webhook_url,
        }

    def start_box(self, name: str) -> None:
        """Start ``bearerbox`` or ``smsbox`` and wait until it listens."""
        program = shutil.which(name, path=PROGRAMS)
        assert program
        # Without -v a box writes everything to standard error, whatever log-level says.
        command = [program, "-v", "4", str(self._config)]
        with (self.folder / "log" / f"{name}.err").open("ab") as log:
            self._boxes[name] = subprocess.Popen(command, stdout=log, stderr=log)
        port = self._sendsms_port if name == "smsbox" else self._smsbox_port
        wait_until(lambda: listens(port), f"{name} doesn't listen")

    def end_box(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a box, in good order or by another signal."""
        box = self._boxes.pop(name, None)
        if box and box.poll() is None:
            box.send_signal(number)
            try:
                box.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                box.kill()
                box.wait()

    def signal_box(self, name: str, number: int) -> None:
        """Freeze a box or let it go on."""
        self._boxes[name].send_signal(number)

    def wait_until_closed(self) -> None:
        """Return when smsbox takes no more texts, as after the end of its bearerbox."""
        wait_until(lambda: not listens(self._sendsms_port), "smsbox still listens")

    def logged(self) -> str:
        """Everything that both boxes wrote."""
        files = (self.folder / "log").iterdir()
        return "".join(file.read_text("utf-8", "replace") for file in files)

    def stop(self) -> None:
        """End everything and remove the folder."""
        for name in ("smsbox", "bearerbox"):
            self.end_box(name)
        self.smsc.stop()
        shutil.rmtree(self.folder)

    def _filled_in(self, changes: Mapping[str, str]) -> str:
        text = CONFIG.read_text(encoding="utf-8")
        self._smsbox_port = closed_port()
        replaced = {
            "admin-port = 13000": f"admin-port = {closed_port()}",
            "smsbox-port = 13001": f"smsbox-port = {self._smsbox_port}",
            "bearerbox-port = 13001": f"bearerbox-port = {self._smsbox_port}",
            "sendsms-port = 13013": f"sendsms-port = {self._sendsms_port}",
            '"smsc.operator.example"': '"127.0.0.1"',
            "\nport = 2775": f"\nport = {self.smsc.port}",
            "/var/spool/kannel": str(self.folder),
            "/var/log/kannel": str(self.folder / "log"),
            "http://127.0.0.1:8000": self._webhook_url,
            "CHANGE-ME-webhook-secret": CANARY_WEBHOOK_SECRET,
            "CHANGE-ME-sendsms": CANARY_KANNEL_PASSWORD,
            "CHANGE-ME-system": "bargh",
            "CHANGE-ME-smpp": "smpp1234",
            # What takes seconds to see otherwise.
            "http-queue-delay = 10": "http-queue-delay = 1",
            "reconnect-delay = 10": "reconnect-delay = 1",
            **changes,
        }
        for shipped, ours in replaced.items():
            if shipped not in text:
                raise ValueError(f"{shipped!r} isn't in {CONFIG.name}")
            text = text.replace(shipped, ours)
        return text


class Listener:
    """Stands in for the web process: keeps what Kannel fetches, says what it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.fetched: list[tuple[str, dict[str, str]]] = []
        listener = self

        class Page(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                where = urlsplit(self.path)
                fields = dict(parse_qsl(where.query, keep_blank_values=True))
                listener.fetched.append((where.path, fields))
                self.send_response(listener.status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

            def log_message(self, *_: object) -> None:
                """Stay silent: addresses hold the secret."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def of(self, page: str) -> list[dict[str, str]]:
        """Fields of every call of ``received`` or ``status`` so far."""
        path = f"/webhooks/kannel/{CANARY_WEBHOOK_SECRET}/{page}"
        return [fields for where, fields in self.fetched if where == path]

    def wait_for(self, page: str, number: int) -> list[dict[str, str]]:
        """Fields of the calls of a page, once there are so many."""
        wait_until(
            lambda: len(self.of(page)) >= number,
            lambda: f"{len(self.of(page))} of {number} calls of {page} came",
        )
        return self.of(page)

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def kannel_gateway(
    url: str, account: Account | None = None, receipts: Receipts | None = None
) -> Iterator[KannelGateway]:
    """An impatient adapter on any address, closed in the end."""
    account = account or Account(USER, SecretStr(CANARY_KANNEL_PASSWORD), LINE)
    built = KannelGateway(url, account, receipts, QUICK, pool_size=4)
    try:
        yield built
    finally:
        built.close()


@contextmanager
def kannel_running(changes: Mapping[str, str] | None = None) -> Iterator[tuple[Kannel, Listener]]:
    """A real Kannel, and what stands where the web process would be."""
    needs_kannel()
    listener = Listener()
    try:
        with Kannel(listener.url, changes) as kannel:
            yield kannel, listener
    finally:
        listener.stop()


def listens(port: int) -> bool:
    """Whether anything takes connections on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True
