"""A server that takes texts as Kannel's smsbox does, and keeps which came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Smsbox:
    """Where texts are handed over, and the receipts that can be told of them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.local_ids: list[str] = []
        """As the receipts are to name them."""


@contextmanager
def smsbox() -> Iterator[Smsbox]:
    """Listens while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = parse_qs(urlsplit(self.headers.get("X-Kannel-DLR-Url", "")).query)
            box.local_ids.extend(told.get("id", []))
            said = b"0: Accepted for delivery"
            self.send_response(202)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        box = Smsbox(f"http://127.0.0.1:{server.server_port}/cgi-bin/sendsms")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
