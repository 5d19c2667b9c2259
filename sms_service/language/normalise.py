"""Bringing a text to one form, so that every way of typing the same thing compares equal."""

import unicodedata

_PERSIAN_DIGITS = range(0x06F0, 0x06FA)
_ARABIC_DIGITS = range(0x0660, 0x066A)
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_PRESENTATION_FORMS = (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))
_LONGEST_LIGATURE = 4
"""Longer ones are whole phrases in one character (U+FDFA has eighteen letters)."""

_LETTERS = {
    "ي": "ی",
    "ى": "ی",
    "ئ": "ی",
    "ې": "ی",
    "ك": "ک",
    "ڪ": "ک",
    "ة": "ه",
    "ۀ": "ه",
    "ە": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ؤ": "و",
}
_SEPARATORS = {
    "٭": "*",
    "×": "*",
    "✱": "*",
    "،": ",",
    "٬": ",",
    "٫": ".",
    "؛": ";",
    "؟": "?",
    "⁄": "/",
    "∕": "/",
    "÷": "/",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "\ufffd": " ",
}
_SPACES = (*range(0x2000, 0x200B), 0x0000, 0x0009, 0x00A0, 0x1680, 0x202F, 0x205F, 0x3000)
_DROPPED = (
    0x00AD,  # soft hyphen
    0x0621,  # hamza on its own
    0x0640,  # tatweel
    0x061C,  # Arabic letter mark
    0x0670,  # superscript alef
    0x20E3,  # keycap frame of an emoji digit
    0xFEFF,  # byte order mark
    *range(0x0610, 0x061B),
    *range(0x064B, 0x0660),  # harakat
    *range(0x06D6, 0x06DD),
    *range(0x200B, 0x2010),  # zero width space, ZWNJ, ZWJ, LRM, RLM
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),  # variation selectors
)


def _folding() -> dict[int, str]:
    table = {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    for digits in (_PERSIAN_DIGITS, _ARABIC_DIGITS):
        table.update({code: str(value) for value, code in enumerate(digits)})
    table.update({ord(letter): plain for letter, plain in (_LETTERS | _SEPARATORS).items()})
    table.update(dict.fromkeys(_SPACES, " "))
    table.update(dict.fromkeys(_DROPPED, ""))
    for code in (*_FULL_WIDTH, *_PRESENTATION_FORMS):
        if code not in table:
            table[code] = _compatible(chr(code)).translate(table)
    return table


def _compatible(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) <= _LONGEST_LIGATURE else " "


_FOLDING = _folding()


def clean(text: str) -> str:
    """The text as it may be stored: NUL becomes a space, a lone surrogate U+FFFD.

    A surrogate pair becomes the character it stands for; nothing else changes.
    """
    text = text.replace("\0", " ")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def fold(text: str) -> str:
    """The text for matching: lower case, one form per letter, marks and invisibles dropped.

    Persian, Arabic-Indic and full-width digits become ASCII; digits of any other script and
    superscripts stay what they are, and are no digits to this service. At most four times
    as long as the text. Never raises.
    """
    return text.translate(_FOLDING)
