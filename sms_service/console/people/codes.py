"""The second factor: codes of an app on the user's phone, and recovery codes beside them."""

import hashlib
import hmac
import json
import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from flask_security.totp import Totp
from passlib.exc import TokenError, UsedTokenError
from passlib.totp import TOTP, AppWallet

from sms_service.console.people.models import DeskUser
from sms_service.ledger.sign_ins import SignInLedger
from sms_service.ledger.vault import UnknownKey

log = logging.getLogger(__name__)

_WINDOW_SECONDS = 30
"""A phone's clock may differ by one step."""
_RECOVERY_CODES = 10


class OneTimeCodes(Totp):
    """Codes of 30 seconds; none is taken twice, not even by two browsers at once."""

    def __init__(
        self, secrets: Mapping[str, str], issuer: str, sign_ins: SignInLedger, key: bytes
    ) -> None:
        """``key`` is that of the recovery codes' hashes."""
        super().__init__(dict(secrets), issuer)
        self._totp = _sealed_by(secrets, issuer)
        self._sign_ins = sign_ins
        self._key = key

    def is_right(self, user: DeskUser, code: str) -> bool:
        """Whether it is the user's code of now, which is used up by asking."""
        secret = user.tf_totp_secret
        try:
            return bool(secret) and self.verify_totp(code, str(secret), user, _WINDOW_SECONDS)
        except KeyError:
            log.warning("the code of user %s can't be checked: its key isn't in DATA_KEYS", user.id)
            return False

    def step_of(self, code: str, secret: str) -> int | None:
        """The step of a code that a new secret makes now; None for a wrong code."""
        try:
            match = self._totp.verify(code, secret, window=_WINDOW_SECONDS)
        except TokenError:
            return None
        return int(match.counter)

    def get_last_counter(self, user: Any) -> int | None:
        """The step of the last code that was taken."""
        last: int | None = user.tf_last_counter
        return last

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Take this one. Raises UsedTokenError when somebody was faster."""
        if not self._sign_ins.take_step(user.id, tmatch.counter):
            raise UsedTokenError

    def new_recovery_codes(self) -> list[str]:
        """Codes for when the phone is lost, each good for once."""
        return self.generate_recovery_codes(_RECOVERY_CODES)

    def hashed(self, user_id: int, recovery_codes: Sequence[str]) -> list[str]:
        """What is kept of them: 48 bits would not withstand a hash without a key."""
        return [self._hash(user_id, code) for code in recovery_codes]

    def is_recovery_code(self, user: DeskUser, code: str) -> bool:
        """Whether it is one of the user's, which is used up by asking."""
        return self._sign_ins.take_recovery_code(user.id, self._hash(user.id, code))

    def _hash(self, user_id: int, code: str) -> str:
        plain = code.strip().lower().replace("-", "").replace(" ", "")
        return hmac.new(self._key, f"{user_id}:{plain}".encode(), hashlib.sha256).hexdigest()


def resealed(keys: Mapping[int, bytes], secret: str) -> str | None:
    """A secret as it was kept, sealed by the first of these keys; None where it is already.

    Raises UnknownKey.
    """
    try:
        totp = _sealed_by(sealing_keys(keys)).from_source(secret)
    except KeyError:
        raise UnknownKey("the key of a second factor is not held") from None
    return str(totp.to_json(encrypt=True)) if totp.changed else None


def version_of(secret: str) -> int | None:
    """The version of the key that sealed it."""
    tag = json.loads(secret).get("enckey", {}).get("t")
    return None if tag is None else int(tag)


def _sealed_by(secrets: Mapping[str, str], issuer: str | None = None) -> type[TOTP]:
    """Seals with the first of the secrets, as all else does; passlib would take the highest."""
    wallet = AppWallet(dict(secrets), default_tag=next(iter(secrets)))
    sealing: type[TOTP] = TOTP.using(issuer=issuer, wallet=wallet)
    return sealing


def sealing_keys(keys: Mapping[int, bytes]) -> dict[str, str]:
    """The keys that seal secrets of codes, one of each key of the data."""
    made = {v: hmac.new(key, b"secrets of codes", hashlib.sha256) for v, key in keys.items()}
    return {str(version): b64encode(one.digest()).decode() for version, one in made.items()}
