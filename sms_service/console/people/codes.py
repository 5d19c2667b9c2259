"""The second factor: codes of an app on the user's phone, and recovery codes beside them."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from flask_security.totp import Totp
from passlib.exc import TokenError, UsedTokenError

from sms_service.console.people.models import DeskUser
from sms_service.ledger.sign_ins import SignInLedger

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
        self._sign_ins = sign_ins
        self._key = key

    def is_right(self, user: DeskUser, code: str) -> bool:
        """Whether it is the user's code of now, which is used up by asking."""
        secret = user.tf_totp_secret
        return bool(secret) and self.verify_totp(code, str(secret), user, _WINDOW_SECONDS)

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


def sealing_keys(keys: Mapping[int, bytes]) -> dict[str, str]:
    """The keys that seal secrets of codes, one of each key of the data."""
    made = {v: hmac.new(key, b"secrets of codes", hashlib.sha256) for v, key in keys.items()}
    return {str(version): b64encode(one.digest()).decode() for version, one in made.items()}
