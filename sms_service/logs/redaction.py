"""Keeps configured secrets out of log records, whoever writes them.

Kavenegar takes its API key as a part of the path, so libraries that log addresses
log the key. A secret that was handed to ``hide`` is masked in every line that the logs
write, and in every record that passes a ``SecretFilter``.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"
SHORTEST_SECRET = 6
"""Shorter ones aren't hidden: masking «key» everywhere would ruin the logs, and no more."""

_CREDENTIALS = re.compile(
    # What follows a scheme of the header Authorization, and a token of our own API.
    r"\b(?:bearer|basic|token)[ :=]+[A-Za-z0-9._~+/=-]{6,}|\bdesk_[A-Za-z0-9_-]{20,}"
    # User and password within an address; its query, which may hold anything.
    r"|(?<=://)[^\s/@\"']+(?=@)|(?<=\?)[\w.\[\]%-]+=[^\s\"'<>]*",
    re.IGNORECASE,
)


class _Hidden:
    """The secrets of this process, longest first, so that none hides only a part of another."""

    def __init__(self) -> None:
        self.spellings: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        escaped = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        known = {*self.spellings, secret, quote(secret, safe=""), *escaped}
        self.spellings = tuple(sorted(known, key=len, reverse=True))


_hidden = _Hidden()


def hide(secret: str) -> None:
    """Mask this secret, plain, percent-encoded or escaped, in whatever is logged from now on."""
    if len(secret) >= SHORTEST_SECRET:
        _hidden.add(secret)


def masked(text: str) -> str:
    """The text with every hidden secret replaced by ``***``."""
    for secret in _hidden.spellings:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def shows_a_secret(text: str) -> bool:
    """Whether any hidden secret stands in the text."""
    return any(secret in text for secret in _hidden.spellings)


def longest_secret() -> int:
    """Letters of the longest spelling of any hidden secret; 0 when none is hidden."""
    return len(_hidden.spellings[0]) if _hidden.spellings else 0


def without_credentials(text: str) -> str:
    """The text without bearer tokens, passwords in addresses, and the queries of addresses."""
    return _CREDENTIALS.sub(MASK, text)


class SecretFilter(logging.Filter):
    """Masks hidden secrets in message, arguments and traceback; lets every record pass.

    Put it on handlers to cover everything, or on one logger to cover its own records.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = masked(message)
        if clean != message:
            record.msg, record.args = clean, None
        if record.exc_info and record.exc_info[0] and not record.exc_text:
            record.exc_text = masked("".join(traceback.format_exception(*record.exc_info))).rstrip()
        return True


_filter = SecretFilter()


def guard_loggers(names: Iterable[str]) -> None:
    """Put the one filter on these loggers; repeated calls change nothing."""
    for name in names:
        logging.getLogger(name).addFilter(_filter)
