"""Texts of exports brought to plain ASCII: digits, blanks, signs and what Excel does to them."""

import re

from sms_service.billing.reasons import FieldFault, Mend, Note, Reason

_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩０１２３４５６７８９", "0123456789" * 3)
_ALIKE = str.maketrans({"−": "-", "–": "-", "٬": ",", "،": ",", "٫": ".", "⁄": "/", "／": "/"})
_BLANKS = (0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_INVISIBLE = (0x00AD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F))
_MARKS = {
    **dict.fromkeys(_BLANKS, " "),
    **dict.fromkeys((*_INVISIBLE, *range(0x2060, 0x2070), 0xFEFF), ""),
}
_EMPTY_WORDS = frozenset({"-", "--", "null", "(null)", "none", "nan", "\\n"})
_EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
_EXCEL_TEXT = re.compile(r'=\s*"([^"]*)"')
_FORMULA = re.compile(r"[=@]|[+-]\s*[A-Za-z@=]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]+)?")
_POINTED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_FRACTION = re.compile(r"([+-]?[0-9]{1,18})\.([0-9]{1,18})")
_EXPONENT = re.compile(r"([+-]?)([0-9])(?:\.([0-9]{1,17}))?[eE]\+?([0-9]{1,2})")


def plain(text: str, note: Note) -> str:
    """The text without what people and programs put round it; empty for «NULL» and the like.

    Raises FieldFault for a formula and for an error value of a spreadsheet.
    """
    cleaned = text if text.isascii() else _in_ascii(text, note)
    stripped = cleaned.strip()
    if stripped != cleaned:
        note(Mend.MARKS)
    if not stripped or stripped.isalnum():
        return _unless_empty_word(stripped, note)
    return _unless_empty_word(_unless_excels(stripped, note), note)


def _in_ascii(text: str, note: Note) -> str:
    in_digits = text.translate(_DIGITS)
    if in_digits != text:
        note(Mend.DIGITS)
    bare = in_digits.translate(_MARKS)
    if bare != in_digits:
        note(Mend.MARKS)
    return bare.translate(_ALIKE)


def _unless_empty_word(text: str, note: Note) -> str:
    if text.lower() in _EMPTY_WORDS:
        note(Mend.EMPTY_WORD)
        return ""
    return text


def _unless_excels(text: str, note: Note) -> str:
    kept = _EXCEL_TEXT.fullmatch(text)
    if kept or text[0] == "'":
        note(Mend.EXCEL_TEXT)
        return (kept[1] if kept else text[1:]).strip()
    if text.upper() in _EXCEL_ERRORS:
        raise FieldFault(Reason.EXCEL_ERROR)
    if _FORMULA.match(text):
        raise FieldFault(Reason.FORMULA)
    return text


def whole_text(text: str, note: Note) -> str:
    """The digits of a number that is a name, as plain text, without ``.0`` or an exponent.

    Anything else comes back as it is. Raises FieldFault where an exponent has eaten digits.
    """
    if text.isalnum() and not _EXPONENT.fullmatch(text):
        return text
    written = _EXPONENT.fullmatch(text)
    if written:
        return _unfolded(written, note)
    fraction = _FRACTION.fullmatch(text)
    if fraction and not fraction[2].strip("0"):
        note(Mend.FRACTION)
        return fraction[1]
    return text


def _unfolded(written: re.Match[str], note: Note) -> str:
    sign, lead, behind, exponent = written.groups()
    behind = behind or ""
    if len(behind) != int(exponent):
        raise FieldFault(Reason.LOST_DIGITS)
    note(Mend.FRACTION)
    return f"{sign}{lead}{behind}"


def whole_number(text: str, note: Note) -> int:
    """The whole number that a plain text says; a fraction must be zero."""
    number, fraction = _number(text, note)
    if fraction.strip("0"):
        raise FieldFault(Reason.NOT_WHOLE)
    if fraction:
        note(Mend.FRACTION)
    return number


def rounded_number(text: str, note: Note) -> int:
    """The number that a plain text says, halves rounded away from zero."""
    number, fraction = _number(text, note)
    if not fraction.strip("0"):
        if fraction:
            note(Mend.FRACTION)
        return number
    note(Mend.ROUNDED)
    if fraction[0] < "5":
        return number
    return number - 1 if text.lstrip("(").startswith("-") or text[-1] in "-)" else number + 1


def _number(text: str, note: Note) -> tuple[int, str]:
    """The whole part, and the digits behind the point."""
    if _WHOLE.fullmatch(text):
        return int(text), ""
    signed = _signed(text, note)
    if _AMBIGUOUS.fullmatch(signed):
        raise FieldFault(Reason.AMBIGUOUS_POINT)
    signed = whole_text(signed, note)
    if _GROUPED.fullmatch(signed):
        note(Mend.SEPARATORS)
        signed = signed.replace(",", "").replace(" ", "")
    elif _POINTED.fullmatch(signed):
        note(Mend.SEPARATORS)
        signed = signed.replace(".", "")
    if _WHOLE.fullmatch(signed):
        return int(signed), ""
    fraction = _FRACTION.fullmatch(signed)
    if not fraction:
        raise FieldFault(Reason.NOT_WHOLE)
    return int(fraction[1]), fraction[2]


def _signed(text: str, note: Note) -> str:
    """The text with its minus in front."""
    if text[0] == "(" and text[-1] == ")":
        note(Mend.SIGN)
        return "-" + text[1:-1].strip()
    if text[-1] == "-":
        note(Mend.SIGN)
        return "-" + text[:-1].strip()
    return text
