"""A certificate authority of the tests' own, and TLS put before a server that speaks none."""

import datetime as dt
import ipaddress
import selectors
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_LOOPBACK = "127.0.0.1"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for a test; its own is ``ca.certificate``."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        made = self._signed(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.ca = self._kept(name, made.sign(self._key, hashes.SHA256()), self._key)

    def certify(self, name: str) -> Pair:
        """A certificate for an address of this machine, or for a name."""
        key = ec.generate_private_key(ec.SECP256R1())
        with suppress(ValueError):
            holds: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
            return self._kept(name, self._leaf(name, key, holds), key)
        return self._kept(name, self._leaf(name, key, x509.DNSName(name)), key)

    def _leaf(
        self, name: str, key: ec.EllipticCurvePrivateKey, holds: x509.GeneralName
    ) -> x509.Certificate:
        names = x509.SubjectAlternativeName([holds])
        builder = self._signed(_named(name), key).add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _signed(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _DAY)
        )

    def _kept(self, name: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        pem = serialization.Encoding.PEM
        pair.certificate.write_bytes(made.public_bytes(pem))
        pair.key.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return pair


@contextmanager
def over_tls(target: int, own: Pair, clients: Path | None = None) -> Iterator[int]:
    """A port that speaks TLS and passes all on to ``target``.

    ``clients``: the authority whose certificate a client must show, if any.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED

    class Passes(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as here,
                socket.create_connection((_LOOPBACK, target)) as there,
            ):
                _pass(here, there)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server((_LOOPBACK, 0), Passes) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _pass(here: ssl.SSLSocket, there: socket.socket) -> None:
    with selectors.DefaultSelector() as poll:
        poll.register(here, selectors.EVENT_READ, there)
        poll.register(there, selectors.EVENT_READ, here)
        while True:
            for key, _ in poll.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]  # one of the two
                came = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    came += source.recv(source.pending())
                if not came:
                    return
                key.data.sendall(came)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
