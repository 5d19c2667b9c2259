"""Lines of the log: whatever a record holds, one line that shows nobody's number or secret."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from structlog.stdlib import ProcessorFormatter

from sms_service.logs.redaction import hide
from sms_service.logs.setup import LONGEST_LINE, _as_json, _as_text, _of_record, _ready
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.targets import Target

_SECRET = "a secret/of the fuzzer?"
_PHONE, _BILL = "09121234567", "1234567804423"
_WORDS = (_SECRET, _PHONE, _BILL, f"+98{_PHONE[1:]}", "بدهی", "\n", "\x1b[2J", "\u2028", "%s", "{}")
_KEYS = ("phone", "text", "rows", "ms", "detail", "a b", "request", "exception", "event", "level")
_FORMATS = [
    ProcessorFormatter(foreign_pre_chain=[_of_record], processors=[_ready, render])
    for render in (_as_json, _as_text)
]
hide(_SECRET)


def try_one(data: bytes) -> None:
    """The message, its arguments, fields beside it, and an exception."""
    given = Given(data)
    is_json = given.byte() % 2
    record = logging.LogRecord("fuzz", logging.ERROR, "", 0, _words(given), (), None)
    fields = {given.one_of(_KEYS): _value(given, 3) for _ in range(given.whole(4))}
    vars(record).update(fields)
    if given.byte() % 2:
        error = ValueError(_words(given))
        error.__cause__ = KeyError(_words(given))
        record.exc_info = (ValueError, error, None)
    line = _FORMATS[1 - is_json].format(record)
    _is_fit(line)
    if is_json:
        told = json.loads(line)
        assert {"timestamp", "level", "event"} <= told.keys()


def _is_fit(line: str) -> None:
    assert len(line.encode()) < LONGEST_LINE
    assert len(line.splitlines()) == 1, "a line of its own in the log"
    assert "\x1b" not in line
    for hidden in (_SECRET, _PHONE[1:], _BILL):
        assert hidden not in line, "a number or a secret is shown"


def _words(given: Given) -> str:
    """A text with what mustn't be shown somewhere in it, between other letters."""
    return " ".join(given.words(30, _WORDS) for _ in range(given.whole(3)))


def _value(given: Given, deep: int) -> Any:
    kind = given.byte() % 8
    if kind == 0 and deep:
        return {_words(given): _value(given, deep - 1) for _ in range(given.whole(3))}
    if kind == 1 and deep:
        return [_value(given, deep - 1) for _ in range(given.whole(3))]
    numbers: Sequence[object] = (9121234567, 1234567804423, -1, 1e300, float("nan"), 2**70, True)
    if kind == 2:
        return given.one_of(numbers)
    return given.piece(9) if kind == 3 else _words(given)


TARGET = Target(
    try_one,
    seeds=[
        b"\1\2\1\0\1\1\2\0\7\1\1\1\1\2",
        b"\0\3\1\0\1\4\1\5\1\1\1\3\1\2\0\5hello\1",
        b"\1\1\0\x1e" + "شماره 0912 123 45 67".encode(),
        b"\1\0\4\0\0\1\1\1\2\1\1\2\2\3\1\5",
        bytes(range(80)),
    ],
    words=[*_WORDS, "0912", "1234567", "token=", "Bearer ", "https://a:b@c/?key=", "\\u0031"],
    longest=400,
)
