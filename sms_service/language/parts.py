"""How many SMS parts a text costs, counted as the air interface cuts it.

Source: 3GPP TS 23.038 and 23.040. One part carries 160 septets or 70 UTF-16 code units; a
part of a longer text loses six octets to its header: 153 septets, 67 units. A character of
two septets or two units is never cut in half.
"""

from dataclasses import dataclass
from typing import Final

UCS2: Final = "UCS-2"
GSM7: Final = "GSM-7"

_UCS2_SINGLE = 70
_UCS2_JOINED = 67
_GSM7_SINGLE = 160
_GSM7_JOINED = 153

_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_ALPHABET = _GSM7_BASIC | _GSM7_EXTENSION
_LAST_BMP_CHARACTER = "\uffff"


@dataclass(frozen=True, slots=True)
class Count:
    """The size of a text. ``units``: UTF-16 code units for UCS-2, septets for GSM-7."""

    units: int
    parts: int
    encoding: str


def count(text: str) -> Count:
    """Count units and parts. An empty text is one part: sending it costs one."""
    if _GSM7_ALPHABET.issuperset(text):
        widths = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return Count(sum(widths), _parts(widths, _GSM7_SINGLE, _GSM7_JOINED), GSM7)
    if max(text) <= _LAST_BMP_CHARACTER:
        return Count(len(text), ucs2_parts(len(text)), UCS2)
    widths = [1 if character <= _LAST_BMP_CHARACTER else 2 for character in text]
    return Count(sum(widths), _parts(widths, _UCS2_SINGLE, _UCS2_JOINED), UCS2)


def ucs2_parts(units: int) -> int:
    """Parts of a UCS-2 text of so many units without surrogate pairs."""
    return 1 if units <= _UCS2_SINGLE else -(-units // _UCS2_JOINED)


def ucs2_room(parts: int) -> int:
    """The most units that fit so many UCS-2 parts."""
    return _UCS2_SINGLE if parts == 1 else _UCS2_JOINED * parts


def _parts(widths: list[int], single: int, joined: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > joined:
            parts, used = parts + 1, 0
        used += width
    return parts
