"""How many SMS parts a text costs, counted as the air interface cuts it.

Source: 3GPP TS 23.038 and 23.040. One part carries 160 septets or 70 UTF-16 code units; a
part of a longer text loses six octets to its header: 153 septets, 67 units. A character of
two septets or two units is never cut in half.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Encoding:
    """How letters become units, and how many of those a part carries."""

    name: str
    single: int
    """Units of a text's only part."""
    joined: int
    """Units of each part of a longer text."""

    def parts(self, units: int) -> int:
        """Parts of a text of so many units, none of them of a character of two."""
        return 1 if units <= self.single else -(-units // self.joined)

    def room(self, parts: int) -> int:
        """The most units that so many parts carry."""
        return self.single if parts == 1 else self.joined * parts


UCS2: Final = Encoding("UCS-2", 70, 67)
GSM7: Final = Encoding("GSM-7", 160, 153)
GSM7_AS_BILLED: Final = Encoding("GSM-7", 140, 153)
"""What to plan Latin texts by: Kavenegar's page bills a second part from the 141st letter on."""

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
        return Count(sum(widths), _parts(widths, GSM7), GSM7.name)
    if max(text) <= _LAST_BMP_CHARACTER:
        return Count(len(text), UCS2.parts(len(text)), UCS2.name)
    widths = [1 if character <= _LAST_BMP_CHARACTER else 2 for character in text]
    return Count(sum(widths), _parts(widths, UCS2), UCS2.name)


def _parts(widths: list[int], encoding: Encoding) -> int:
    if sum(widths) <= encoding.single:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > encoding.joined:
            parts, used = parts + 1, 0
        used += width
    return parts
