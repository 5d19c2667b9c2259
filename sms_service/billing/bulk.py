"""Whole columns of plain texts, read in a few calls instead of one for each value.

Most values of most exports need no mending. These readers see so in one look at a column;
where they don't, they return None and the column is read value by value.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter

Value = str | int | bytes | None
Bulk = Callable[[Sequence[str]], Sequence[Value] | None]

_LONGEST_NUMBER = 18
_first = itemgetter(0)


def whole(lowest: int, highest: int) -> Bulk:
    """For whole numbers in ASCII digits, a minus in front where there is one."""

    def read(texts: Sequence[str]) -> Sequence[Value] | None:
        joined = "".join(texts)
        if "-" in joined:
            joined = joined.replace("-", "")
        if not _is_digits(joined) or max(map(len, texts)) > _LONGEST_NUMBER:
            return None
        try:
            numbers = list(map(int, texts))
        except ValueError:
            return None
        return numbers if lowest <= min(numbers) and max(numbers) <= highest else None

    return read


def digits(longest: int) -> Bulk:
    """For names in digits that don't begin with a zero."""

    def read(texts: Sequence[str]) -> Sequence[Value] | None:
        if not _is_digits("".join(texts)) or max(map(len, texts)) > longest:
            return None
        try:
            firsts = set(map(_first, texts))
        except IndexError:
            return None
        return None if "0" in firsts else texts

    return read


def digits_or_none(longest: int) -> Bulk:
    """The same, an empty text being None."""
    of_digits = digits(longest)

    def read(texts: Sequence[str]) -> Sequence[Value] | None:
        if "" not in texts:
            return of_digits(texts)
        filled = [text for text in texts if text]
        if filled and of_digits(filled) is None:
            return None
        return [text or None for text in texts]

    return read


def _is_digits(joined: str) -> bool:
    return joined.isascii() and joined.isdigit()
