"""Names for bills that may stand in an address: the same bill has the same one, and nobody
without the key can tell which bill it is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_LONGEST = 60


class Handles:
    """Turns bill IDs into handles and back; deterministic (AES-SIV, RFC 5297)."""

    def __init__(self, key: bytes) -> None:
        """``key``: 32 bytes that nothing else is sealed with."""
        self._cipher = AESSIV(key)

    def of_bill(self, bill_id: str) -> str:
        """The handle of a canonical 13-digit bill ID, of letters that an address may hold."""
        sealed = self._cipher.encrypt(bill_id.encode(), None)
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def bill_of(self, handle: str) -> str | None:
        """The bill ID of a handle; None for what never was one."""
        if len(handle) > _LONGEST:
            return None
        try:
            sealed = urlsafe_b64decode(handle + "=" * (-len(handle) % 4))
            bill_id = self._cipher.decrypt(sealed, None).decode()
        except (ValueError, InvalidTag):
            return None
        # What isn't Base64 is passed over, so that many spellings would name one bill.
        return bill_id if handle == self.of_bill(bill_id) else None


def of_phone(phone_hash: bytes) -> str:
    """The handle of a phone: the first half of its keyed hash, in 32 hexadecimal digits."""
    return phone_hash[:16].hex()


def phone_range(handle: str) -> tuple[bytes, bytes] | None:
    """Lowest and highest phone hash with this handle; None for what never was one."""
    try:
        begin = bytes.fromhex(handle)
    except ValueError:
        return None
    if len(begin) != 16:
        return None
    return begin + bytes(16), begin + b"\xff" * 16
