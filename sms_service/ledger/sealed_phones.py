"""Phones on their way from one page to the next: sealed, and of use for a quarter of an hour.

A number may stand in no address and in no page that shows it masked; a sealed one may.
"""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from sms_service.domain.msisdn import mobile
from sms_service.ledger.vault import Sealed, Unreadable, Vault

_SECONDS = 900
_LONGEST = 400


class SealedPhones:
    """Seals phones for hidden fields and sessions, and opens them again."""

    def __init__(self, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._vault = vault
        self._clock = clock

    def seal(self, e164: str) -> str:
        """A token of letters that an address may hold; no two for one phone are the same."""
        sealed = self._vault.seal(json.dumps([int(self._clock()), e164]).encode())
        body = urlsafe_b64encode(sealed.cipher).decode().rstrip("=")
        return f"{sealed.key_version}.{body}"

    def open(self, token: str) -> str | None:
        """The phone of a token, E.164; None for one that is too old or never was one."""
        version, _, body = token.partition(".")
        if len(token) > _LONGEST or not version.isdecimal() or not body.isascii():
            return None
        try:
            cipher = urlsafe_b64decode(body + "=" * (-len(body) % 4))
            told = json.loads(self._vault.open(Sealed(int(version), cipher)))
        except (ValueError, Unreadable):
            return None
        # Whatever else this vault has sealed is no token: a text is never a pair.
        match told:
            case [int(at), str(phone)] if 0 <= self._clock() - at <= _SECONDS:
                return mobile(phone)
        return None
