"""What hides phones, bill IDs and secrets: on pages of raw exchanges, and in logs."""

import logging
import re
import sys

from sms_service.domain.masking import masked, shown_fields
from sms_service.logs.redaction import MASK, SecretFilter, hide
from tests.fuzz.guided.given import Given, as_text
from tests.fuzz.guided.targets import Target

_SECRET = "a secret/of the fuzzer?"
_LONG = re.compile(r"\d{7,}")
hide(_SECRET)


def try_one(data: bytes) -> None:
    """A raw exchange is shown masked; a line of the log holds no secret."""
    text = as_text(Given(data).rest())
    assert _LONG.search(masked(text)) is None, "a long number is shown"
    shown = list(shown_fields(text))
    assert sum(len(name) + len(value) for name, value in shown) < 4 * 600 * 50
    _log(text)


def _log(text: str) -> None:
    try:
        int(f"no number: {text}")
    except ValueError:
        record = logging.LogRecord(
            "fuzz", logging.ERROR, "", 0, "%s and %s", (text, _SECRET), sys.exc_info()
        )
    assert SecretFilter().filter(record)
    assert _SECRET not in record.getMessage()
    assert _SECRET not in (record.exc_text or "")
    assert MASK in record.getMessage()


TARGET = Target(
    try_one,
    seeds=[
        b"messageid=1&from=09121234567&message=%DB%B1%DB%B2%DB%B3%DB%B4%DB%B5%DB%B6%DB%B7",
        '{"session_id": "1234567890", "phone": "۰۹۱۲۱۲۳۴۵۶۷", "x": [1234567890]}'.encode(),
        b"12345678-044-2-3 0912 123 4567 1/2/3/4/5/6/7/8/9/0/1",
        _SECRET.encode(),
        b"{" * 40,
        b'{"a": 1e999, "b": "\\ud800"}',
    ],
    words=[
        _SECRET,
        "0912",
        "۰۹۱۲",
        "=",
        "&",
        "%D8%A8",
        '{"',
        '":',
        "\u200c",
        "%s",
        "\n",
        "\\u0031",
    ],
)
