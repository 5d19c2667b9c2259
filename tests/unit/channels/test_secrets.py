"""How long a look at a path secret takes tells nothing of how right it was."""

import hmac

import pytest

from sms_service.channels.secrets import Secrets

_KNOWN = ("the-new-secret-0123", "the-old-secret-4567")


@pytest.mark.parametrize(
    ("offered", "is_right"),
    [
        ("the-new-secret-0123", True),
        ("the-old-secret-4567", True),
        ("the-new-secret-0124", False),
        ("the-new-secret-012", False),
        ("", False),
        ("x" * 30_000, False),
        ("\ud800", False),
    ],
)
def test_every_secret_is_compared_whole_whatever_is_offered(
    monkeypatch: pytest.MonkeyPatch, offered: str, is_right: bool
) -> None:
    compared: list[tuple[int, int]] = []
    secrets = Secrets(_KNOWN)
    monkeypatch.setattr("sms_service.channels.secrets.hmac", _Watched(compared))
    assert secrets.admit(offered) is is_right
    assert compared == [(32, 32)] * len(_KNOWN)


class _Watched:
    """``hmac`` as the module uses it."""

    def __init__(self, compared: list[tuple[int, int]]) -> None:
        self._compared = compared

    def compare_digest(self, one: bytes, other: bytes) -> bool:
        self._compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)
