"""The rules that every text we send keeps, and an independent count of its parts."""

import re

import smsutil
from bidi import get_display

from sms_service.language.reading import Reply

LETTERS = "ءآأئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ASCII_DIGITS = "0123456789"
PUNCTUATION = " \n,:/()"

_LINE = re.compile(rf"[{LETTERS}](.*[{LETTERS}{PERSIAN_DIGITS}{ASCII_DIGITS}])?")
_LATIN_LINE = re.compile(r"[A-Za-z](.*[A-Za-z0-9])?")
_LATIN_TEXT = re.compile(r"[A-Za-z0-9 \n,:/()]*")


def faults_of(text: str, digits: str = PERSIAN_DIGITS) -> list[str]:
    """Every rule of a text that is broken, in words."""
    faults = [
        f"{character!r} is not in the alphabet"
        for character in sorted(set(text) - set(LETTERS + digits + PUNCTUATION))
    ]
    for line in text.split("\n"):
        if not _LINE.fullmatch(line):
            faults.append(f"{line!r} does not open with a letter and end in a letter or digit")
        if get_display(line, base_dir="R") != get_display(line, base_dir="L"):
            faults.append(f"{line!r} reads differently on a left-to-right screen")
        if "  " in line:
            faults.append(f"{line!r} has a double space")
    return faults


def faults_of_reply(reply: Reply, budget: int, digits: str = PERSIAN_DIGITS) -> list[str]:
    """Broken rules of a reply, its count judged by an independent counter."""
    faults = faults_of(reply.text, digits)
    parts = len(smsutil.split(reply.text).parts)
    if (reply.parts, reply.units, reply.encoding) != (parts, len(reply.text), "UCS-2"):
        faults.append(f"counted {reply.parts} parts, {reply.units} units; they are {parts}")
    if parts > budget:
        faults.append(f"{parts} parts exceed the budget of {budget}")
    return faults


def faults_of_latin(text: str) -> list[str]:
    """Every rule of a text in Latin letters that is broken, in words."""
    faults = [] if _LATIN_TEXT.fullmatch(text) else [f"{text!r} leaves the Latin alphabet"]
    for line in text.split("\n"):
        if not _LATIN_LINE.fullmatch(line):
            faults.append(f"{line!r} does not open with a letter and end in a letter or digit")
        if "  " in line:
            faults.append(f"{line!r} has a double space")
    return faults


def faults_of_latin_reply(reply: Reply, budget: int) -> list[str]:
    """Broken rules of a reply in Latin letters, its count judged by an independent counter."""
    faults = faults_of_latin(reply.text)
    parts = len(smsutil.split(reply.text).parts)
    if (reply.parts, reply.units, reply.encoding) != (parts, len(reply.text), "GSM-7"):
        faults.append(f"counted {reply.parts} parts, {reply.units} units; they are {parts}")
    if parts > budget:
        faults.append(f"{parts} parts exceed the budget of {budget}")
    return faults


def in_ascii(text: str) -> str:
    """The text with ASCII digits, to look for numbers in."""
    return text.translate(str.maketrans(PERSIAN_DIGITS, ASCII_DIGITS))
