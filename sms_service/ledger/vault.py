"""Personal data at rest: sealed with a versioned key, found again by a keyed hash."""

import hashlib
import hmac
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Unreadable(Exception):
    """Sealed with a key that isn't here, or not what was sealed."""


class UnknownKey(Unreadable):
    """Sealed with a key that isn't here, but may be elsewhere."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext (nonce first, AES-256-GCM) and the version of the key that made it."""

    key_version: int
    cipher: bytes = field(repr=False)


class Vault:
    """Seals with the newest key, opens with any that is still held."""

    def __init__(self, keys: Mapping[int, bytes], hash_key: bytes) -> None:
        if not keys:
            raise ValueError("at least one key is needed")
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self._newest = next(iter(keys))
        self._hash_key = hash_key

    def __repr__(self) -> str:
        return f"Vault(versions={list(self._ciphers)})"

    @property
    def newest(self) -> int:
        """The version of the key that seals."""
        return self._newest

    @property
    def versions(self) -> Collection[int]:
        """The versions that can be opened."""
        return self._ciphers.keys()

    def seal(self, plain: bytes) -> Sealed:
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._newest].encrypt(nonce, plain, None)
        return Sealed(self._newest, nonce + cipher)

    def open(self, sealed: Sealed) -> bytes:
        """The plain bytes; raises Unreadable."""
        cipher = self._ciphers.get(sealed.key_version)
        if cipher is None:
            raise UnknownKey(f"key version {sealed.key_version} is not held")
        try:
            body = sealed.cipher
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):  # the latter: too short to hold anything
            raise Unreadable("not sealed with this key") from None

    def fingerprint(self, *parts: str) -> bytes:
        """A keyed hash of 32 bytes: equal for equal parts, useless without the key."""
        return keyed_hash(self._hash_key, "\x1f".join(parts))


def keyed_hash(key: bytes, text: str) -> bytes:
    """HMAC-SHA-256: how a phone is found again without being kept in clear."""
    # Not hmac.digest, which lets other threads run: an event loop waits long for its turn again.
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
