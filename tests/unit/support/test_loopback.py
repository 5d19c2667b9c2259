import socket

import pytest

from tests.support.loopback import NetworkRefused, allowed

A_PUBLIC_ADDRESS = "192.0.2.1"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "", None, b"::1"])
def test_this_machine_may_be_reached(host: object) -> None:
    assert allowed(host)


@pytest.mark.parametrize("host", [A_PUBLIC_ADDRESS, "::ffff:192.0.2.1", "api.kavenegar.com"])
def test_no_other_machine_may_be_reached(host: str) -> None:
    assert not allowed(host)


def test_a_connection_that_leaves_the_machine_is_refused() -> None:
    with socket.socket() as connection, pytest.raises(NetworkRefused):
        connection.connect((A_PUBLIC_ADDRESS, 443))


def test_a_datagram_that_leaves_the_machine_is_refused() -> None:
    datagrams = socket.socket(type=socket.SOCK_DGRAM)
    with datagrams, pytest.raises(NetworkRefused):
        datagrams.sendto(b"?", (A_PUBLIC_ADDRESS, 53))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkRefused):
        socket.create_connection(("api.kavenegar.com", 443), timeout=1)
