"""Encryption keys as they are written in settings."""

import base64
import binascii
from collections.abc import Sequence

KEY_BYTES = 32


def parse_keys(written: Sequence[str]) -> dict[int, bytes]:
    """``version:base64`` texts to keys, order kept; ValueError says what is wrong."""
    keys: dict[int, bytes] = {}
    for entry in written:
        version, colon, encoded = entry.partition(":")
        if not colon or not version.isascii() or not version.isdigit():
            raise ValueError("each key is written as version:base64")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"key {version} is not base64") from None
        if len(key) != KEY_BYTES:
            raise ValueError(f"key {version} has {len(key)} bytes, {KEY_BYTES} are needed")
        keys[int(version)] = key
    return keys
