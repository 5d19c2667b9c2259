"""Exceptions as fields of a log line: kinds and places, bounded, without anybody's data.

No locals, no lines of source. What an exception says is told only where its kind can't hold
what a subscriber wrote: databases and validators quote the value they refuse.
"""

import re
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

from sms_service.logs.values import CUT

_MOST_ERRORS = 4
_MOST_PLACES = 12
_LONGEST_SAYING = 200
_QUOTING = ("sqlalchemy", "psycopg", "sqlite3", "pydantic", "pydantic_core", "alembic", "json")
"""Packages whose exceptions quote values; of them only the kind is told."""
_WORDS = re.compile(
    r"(?:(?:[\u0600-\u06ff\u0750-\u077f\u200c\ufb50-\ufdff\ufe70-\ufeff]|\\u06[0-9a-f]{2}"
    r"|(?:\\x[89a-f][0-9a-f]){2}|(?:%[89A-F][0-9A-F]){2})[\s.,،:؛؟!-]*)+",
    re.IGNORECASE,
)
WORDS_HIDDEN = "[text]"


def told_errors(error: BaseException) -> list[dict[str, Any]]:
    """An exception and its causes, the outermost first; four at most."""
    return [_told(one) for one in _chain(error)]


def without_words(text: str) -> str:
    """The text without words in Persian letters, which our own messages never have."""
    return _WORDS.sub(WORDS_HIDDEN, text)


def without_error(text: str, error: BaseException) -> str:
    """A message without what the exception says, for loggers that write it into both."""
    for spelled in {_said(error), _repr(error)}:
        if len(spelled) > len(type(error).__name__):
            text = text.replace(spelled, type(error).__name__)
    return without_words(text)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen and len(seen) < _MOST_ERRORS:
        seen.add(id(following))
        yield following
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)


def _told(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    told: dict[str, Any] = {"type": kind.__name__}
    if kind.__module__.partition(".")[0] not in _QUOTING:
        told["says"] = _bounded(without_words(_said(error)))
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    if isinstance(state, str):
        told["sqlstate"] = state
    told["at"] = list(_places(error.__traceback__))
    return told


def _places(trace: TracebackType | None) -> Iterator[str]:
    """Where it went through, the innermost last."""
    frames = traceback.StackSummary.extract(
        traceback.walk_tb(trace), limit=-_MOST_PLACES, lookup_lines=False
    )
    for frame in frames:
        file = "/".join(frame.filename.replace("\\", "/").rsplit("/", 2)[-2:])
        yield f"{file}:{frame.lineno} {frame.name}"


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception of another's may fail at that too
        return ""


def _repr(error: BaseException) -> str:
    try:
        return repr(error)
    except Exception:
        return ""


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST_SAYING else text[: _LONGEST_SAYING - 1] + CUT


def in_one_line(errors: list[Mapping[str, Any]]) -> str:
    """The same for a terminal: ``KeyError: says at file.py:12 name``, causes behind."""
    told = []
    for one in errors:
        says = f": {one['says']}" if one.get("says") else ""
        place = f" at {one['at'][-1]}" if one.get("at") else ""
        told.append(f"{one['type']}{says}{place}")
    return " from ".join(told)
