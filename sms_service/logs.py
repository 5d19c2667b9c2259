"""Logging for every process: one line a record on standard error, secrets masked."""

import logging

from pydantic import SecretStr

from sms_service.redaction import SecretFilter, hide
from sms_service.settings import Settings

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _OneLine(logging.Formatter):
    """A text that holds line breaks must not be able to write log lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "\\r").replace("\n", "\\n")


def set_up_logs(settings: Settings) -> None:
    """Send all loggers to standard error at LOG_LEVEL; hide every secret of the settings."""
    for secret in _secrets(settings):
        hide(secret)
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine(_FORMAT))
    handler.addFilter(SecretFilter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    # Below INFO it writes out rows, and with them bills.
    logging.getLogger("sqlalchemy").setLevel(max(root.level, logging.INFO))


def _secrets(settings: Settings) -> list[str]:
    values = [getattr(settings, name) for name in type(settings).model_fields]
    flat = [v for value in values for v in (value if isinstance(value, tuple) else (value,))]
    return [v.get_secret_value() for v in flat if isinstance(v, SecretStr)]
