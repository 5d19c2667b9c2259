"""The names that phones give their bills («خانه»), in a text that saves or speaks of one."""

import re
from collections.abc import Iterable, Sequence

from sms_service.language.normalise import fold
from sms_service.language.tokens import Token
from sms_service.language.words import Kind, Said

LONGEST_NAME = 16
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


def saved_names(tokens: Sequence[Token], saved: Iterable[str]) -> list[str]:
    """Those of the names that stand in the text, each with its words side by side.

    A name inside a longer one that stands there too is left out.
    """
    words = [token.text for token in tokens]
    keys = {name: fold(name).split() for name in saved}
    found = [name for name, key in keys.items() if _stands_in(words, key)]
    return [
        name
        for name in found
        if not any(other != name and _stands_in(keys[other], keys[name]) for other in found)
    ]


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
