"""Bytes taken apart into choices, the same way with atheris and without.

atheris has a ``FuzzedDataProvider`` of its own; inputs that only it could read would be of no
use to the test run, which has no atheris.
"""

from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


class Given:
    """What a fuzzer sent, read from its beginning; past its end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._data)

    def byte(self) -> int:
        """0 to 255."""
        value = 0 if self.is_over else self._data[self._at]
        self._at += 1
        return value

    def whole(self, highest: int) -> int:
        """0 to ``highest``, which needs two bytes at most."""
        return (self.byte() | (self.byte() << 8 if highest > 255 else 0)) % (highest + 1)

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """One of at most 256 things."""
        return things[self.byte() % len(things)]

    def piece(self, longest: int) -> bytes:
        """So many bytes as the next one says."""
        size = self.whole(longest)
        found = self._data[self._at : self._at + size]
        self._at += size
        return found

    def rest(self) -> bytes:
        """All that is left."""
        found = self._data[self._at :]
        self._at = len(self._data)
        return found

    def words(self, longest: int, words: Sequence[str] = ()) -> str:
        """A text: one of these words, or whatever the bytes say."""
        if words and self.byte() % 2:
            return self.one_of(words)
        return as_text(self.piece(longest))


def as_text(data: bytes) -> str:
    """Any string there is: what isn't UTF-8 becomes lone surrogates."""
    return data.decode("utf-8", "surrogateescape")
