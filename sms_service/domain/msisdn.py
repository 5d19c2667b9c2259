"""Phone numbers: one canonical form inside, the national one at the edges."""

import phonenumbers

_IRAN = 98
_MOBILE_LENGTH = 10


def mobile(raw: str) -> str | None:
    """The E.164 form (``+989…``) of an Iranian mobile however it was written, else None.

    Short codes, alphanumeric senders, fixed lines and foreign numbers give None:
    answers never go there (design: toll fraud, reply loops).
    """
    if any(letter.isascii() and letter.isalpha() for letter in raw) or len(raw) > 40:
        return None
    try:
        number = phonenumbers.parse(raw, "IR")
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code != _IRAN or len(national) != _MOBILE_LENGTH or national[0] != "9":
        return None
    return f"+{_IRAN}{national}"


def national(e164: str) -> str:
    """``09…``, the form that every Iranian gateway takes."""
    return "0" + e164.removeprefix("+98")


def masked(number: str) -> str:
    """A number fit for a log or a page, in its national form: the middle is hidden."""
    number = national(number) if number.startswith(f"+{_IRAN}") else number
    return f"{number[:4]}…{number[-2:]}" if len(number) > 6 else "…"
