"""A real nginx with deploy/nginx.conf, on ports of its own, in front of any upstream."""

import http.client
import ipaddress
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sms_service.simulator.household import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "sms.example.ir"
_PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_START_SECONDS = 10.0
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

needs_nginx = pytest.mark.skipif(_PROGRAM is None, reason="nginx isn't installed")


@dataclass(frozen=True, slots=True)
class Answer:
    """What nginx, or who is behind it, said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """What the header says, each time that it stands there."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Nginx:
    """``with Nginx(folder, port) as nginx:``; all it writes stays in the folder."""

    def __init__(
        self,
        folder: Path,
        upstream: int,
        *,
        site: Path = DEPLOY / "nginx.conf",
        mine: Mapping[str, str] | None = None,
    ) -> None:
        """``mine``: what stands in deploy/nginx/NAME.conf instead of what is shipped."""
        self.folder = folder
        self.http, self.https = free_port(), free_port()
        self.certificate = folder / "certificate.pem"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        make_certificate(folder)
        for path in DEPLOY.glob("nginx/*.conf"):
            text = (mine or {}).get(path.stem, path.read_text(encoding="utf-8"))
            (folder / path.name).write_text(self._here(text), encoding="utf-8")
        text = site.read_text(encoding="utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
        (folder / "sms-service").write_text(self._here(text), encoding="utf-8")
        (folder / "nginx.conf").write_text(self._around(), encoding="utf-8")

    @property
    def logs(self) -> str:
        """All that nginx has written, of this site and of itself."""
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request by TLS; of a client that logs no path."""
        line = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=10, context=self.tls)
        with closing(line):
            line.request(method, path, body or None, dict(headers or {}))
            said = line.getresponse()
            return Answer(said.status, said.getheaders(), said.read())

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """What trusts this certificate alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def check(self) -> str:
        """What ``nginx -t`` says; AssertionError where it refuses."""
        done = subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with suppress(OSError):
                self.ask("GET", "/nothing")
                return self
            assert self._process.poll() is None, self.logs
            assert time.monotonic() < deadline, "nginx doesn't answer"
            time.sleep(0.01)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    @property
    def _command(self) -> list[str]:
        assert _PROGRAM
        return [
            _PROGRAM,
            "-p",
            str(self.folder),
            "-c",
            str(self.folder / "nginx.conf"),
            "-e",
            "start.log",
        ]

    def _here(self, text: str) -> str:
        text = re.sub(r"\n *listen \[::\].*", "", text)
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.http};")
        text = text.replace("listen 443 ", f"listen 127.0.0.1:{self.https} ")
        text = re.sub(r"[\w./-]*/etc/sms-service/nginx/", f"{self.folder}/", text)
        return re.sub(r"[\w./-]*/var/log/nginx/", f"{self.folder}/", text)

    def _around(self) -> str:
        places = " ".join(f"{name}_temp_path {self.folder}/{name};" for name in _TEMPORARY)
        user = "user root;" if os.geteuid() == 0 else ""
        return (
            f"daemon off; {user} worker_processes 1; pid {self.folder}/nginx.pid;"
            f" error_log {self.folder}/global.log info; events {{ worker_connections 512; }}"
            f" http {{ {places} include {self.folder}/sms-service; }}"
        )


def make_certificate(folder: Path) -> None:
    """Write ``certificate.pem`` and ``key.pem`` for NAME and the loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), loopback]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "certificate.pem").write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came to the upstream."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    length: int

    def values(self, name: str) -> list[str]:
        """What the header says, each time that it stands there."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Upstream:
    """Takes every request, notes it and says 200."""

    seen: list[Seen] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    """Set when the head of a request has come."""

    def __enter__(self) -> Self:
        mine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def do_GET(self) -> None:
                mine.begun.set()
                length = int(self.headers.get("Content-Length") or 0)
                got = len(self.rfile.read(length))
                mine.seen.append(Seen(self.command, self.path, self.headers.items(), got))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])
