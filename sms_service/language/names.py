"""The names that phones give their bills («خانه»), in a text that saves or speaks of one."""

import re
from collections.abc import Iterable, Mapping, Sequence

from sms_service.language.normalise import fold
from sms_service.language.tokens import Token
from sms_service.language.words import Kind, Said

LONGEST_NAME = 18
_WORDS = re.compile(r"[^\W\d_]+")


def name_to_save(text: str, tokens: Sequence[Token], said: Said) -> str | None:
    """The words that mean nothing else, as they were typed; None for none.

    Words too many for ``LONGEST_NAME`` letters are left off whole.
    """
    as_typed = {fold(word): word for word in reversed(_WORDS.findall(text))}
    name = ""
    for token, kind in zip(tokens, said.kinds, strict=False):
        if token.is_number or kind not in (None, Kind.PLACE):
            continue
        longer = f"{name} {as_typed.get(token.text, token.text)}".lstrip()
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    return name or None


def saved_name(tokens: Sequence[Token], saved: Mapping[str, str]) -> str | None:
    """The longest of these names that stands in the text, all of its words side by side."""
    words = [token.text for token in tokens]
    found = (name for name in saved if _stands_in(words, fold(name).split()))
    return max(found, key=len, default=None)


def same_name(name: str, saved: Iterable[str]) -> str | None:
    """The saved name that this one is, however its letters were typed."""
    key = name_key(name)
    return next((known for known in saved if name_key(known) == key), None)


def name_key(name: str) -> str:
    """The form in which equal names are equal."""
    return " ".join(fold(name).split())


def _stands_in(words: Sequence[str], name: Sequence[str]) -> bool:
    size = len(name)
    return size > 0 and any(
        words[start : start + size] == name for start in range(len(words) - size + 1)
    )
