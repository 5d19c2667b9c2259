"""Keeps configured secrets out of log records, whoever writes them.

Kavenegar takes its API key as a part of the path, so libraries that log addresses
log the key. A secret that was handed to ``hide`` is masked in every record that
passes a ``SecretFilter``.
"""

import logging
import traceback
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"
SHORTEST_SECRET = 6
"""Shorter ones aren't hidden: masking «key» everywhere would ruin the logs, and no more."""

_hidden: set[str] = set()


def hide(secret: str) -> None:
    """Mask this secret, plain or percent-encoded, in every record filtered from now on."""
    if len(secret) >= SHORTEST_SECRET:
        _hidden.update((secret, quote(secret, safe="")))


def masked(text: str) -> str:
    """The text with every hidden secret replaced by ``***``."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


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
