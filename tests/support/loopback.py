"""Keeps the tests on this machine: Python code may connect to loopback addresses only."""

import ipaddress
import socket
import sys
from typing import Any


class NetworkRefused(BaseException):
    """A test tried to leave the machine. No code under test can catch and forget it."""


def allowed(host: object) -> bool:
    """Whether a test may connect to this host: loopback, by number or as ``localhost``."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def stay_on_loopback() -> None:
    """Refuse, from now on and for good, every name look-up and connection that leaves."""
    sys.addaudithook(_refuse_to_leave)


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        connection, address = arguments
        if connection.family == socket.AF_UNIX:
            return
        host = address[0]
    else:
        return
    if not allowed(host):
        raise NetworkRefused(f"a test may not reach {host}")
