"""The desk on a port of its own, for a browser; whoever sits at it is set by the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from tests.support.console import Desk


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """The address at which a browser finds the desk meanwhile."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
