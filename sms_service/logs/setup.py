"""Logging for every process: one record is one line on standard error.

Every logger of every library comes through one chain (structlog): fields that are bound to
the context, exceptions as fields, values without numbers and secrets, then JSON or a line for
a terminal. The way of requests (``service.hops``) takes the chain without the detour over the
standard library, which costs twice as much. Events and fields: docs/reference/logs.md.
"""

import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from pydantic import SecretStr
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from sms_service.logs.errors import in_one_line, told_errors, without_error
from sms_service.logs.redaction import hide, masked, shows_a_secret
from sms_service.logs.values import CUT, one_line, tidy
from sms_service.service import hops
from sms_service.settings import Settings

Role = Literal["web", "worker", "beat", "import", "command"]

LONGEST_LINE = 4096
"""Bytes, with the line's end: as much as processes that share a pipe write without mixing."""
_HEAD = ("timestamp", "level", "logger", "event", "request", "web_request")
_FRAME = (*_HEAD, "process", "pid")
_FIRST = (*_HEAD, "exception")
_OURS = ("message", "asctime", "taskName", "exception")
_EXTRAS = frozenset((*vars(logging.makeLogRecord({})), *_OURS))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "), check_circular=False).encode
_clock = structlog.processors.TimeStamper(fmt="iso", utc=True)


class _Process:
    """What this process is."""

    role: Role = "command"


def set_up_logs(settings: Settings, role: Role = "command") -> None:
    """Send all loggers to standard error at LOG_LEVEL, as LOG_FORMAT says; hide every secret.

    A command that a person runs speaks up at warnings only, in text where a terminal reads.
    """
    for secret in _secrets(settings):
        hide(secret)
    _Process.role = role
    level = logging.getLevelNamesMapping()[settings.log_level]
    in_text = settings.log_format == "text"
    if role == "command":
        level = max(level, logging.WARNING)
        in_text = in_text or sys.stderr.isatty()
    render: Processor = _as_text if in_text else _as_json
    handler = _Lines()
    handler.setFormatter(
        ProcessorFormatter(foreign_pre_chain=[_of_record], processors=[_ready, render])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Below INFO it writes out rows, and with them bills.
    logging.getLogger("sqlalchemy").setLevel(max(root.level, logging.INFO))
    hops.tell_logs(_hop_logger(handler, level, render) if level <= logging.INFO else None)


def own_process(settings: Settings, role: Role) -> None:
    """``set_up_logs`` for a process of the service: what Python itself would print, too."""
    set_up_logs(settings, role)
    log = logging.getLogger("python")
    logging.captureWarnings(True)
    # Beside the text of a warning stand a line of source and a file: one of them says enough.
    warnings.formatwarning = lambda text, kind, *_args: f"{kind.__name__}: {text}"
    sys.excepthook = lambda kind, error, trace: log.critical(
        "the process ends by an exception", exc_info=(kind, error, trace)
    )
    threading.excepthook = lambda args: log.error(
        "a thread ended by an exception",
        exc_info=args.exc_value,
    )
    sys.unraisablehook = lambda args: log.error(
        "an exception that nobody can handle", exc_info=args.exc_value
    )


class _Lines(logging.Handler):
    """Writes each record at once, in UTF-8; one that can't be written is told, never shown."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _write(self.format(record))
        except Exception as error:  # a log line must not end what it tells of
            self._give_up(record, error)

    def _give_up(self, record: logging.LogRecord, error: Exception) -> None:
        record = logging.makeLogRecord({"name": record.name, "levelno": record.levelno})
        record.levelname = logging.getLevelName(record.levelno)
        record.msg = f"a record can't be written: {type(error).__name__}"
        try:
            _write(self.format(record))
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Standard error is full or gone: nobody is there to be told."""


def _write(line: str) -> None:
    """One call, so that lines of threads and processes stay whole."""
    stream = sys.stderr
    raw = getattr(stream, "buffer", None)
    if raw is None:
        stream.write(f"{line}\n")
    else:
        raw.write(f"{line}\n".encode())
    stream.flush()


class _Sink:
    """Where the lines of hops go: the same place, under the same lock."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler

    def info(self, line: str) -> None:
        self._handler.acquire()
        try:
            _write(line)
        except (OSError, ValueError):
            return  # standard error is full or gone
        finally:
            self._handler.release()


def _hop_logger(handler: logging.Handler, level: int, render: Processor) -> hops.Logger:
    logger: hops.Logger = structlog.wrap_logger(
        _Sink(handler),
        processors=[structlog.contextvars.merge_contextvars, _ready, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    ).bind(level="info", logger=hops.__name__)
    return logger


def _of_record(_logger: WrappedLogger, _method: str, told: EventDict) -> EventDict:
    """What a record of the standard library brings, beside its message."""
    record: logging.LogRecord = told.pop("_record")
    del told["_from_structlog"]
    told.pop("stack_info", None)
    extras = {key: value for key, value in vars(record).items() if key not in _EXTRAS}
    error = told.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        told["event"] = without_error(told["event"], error)
        extras["exception"] = told_errors(error)
    bound = structlog.contextvars.get_contextvars()
    frame = {"level": record.levelname.lower(), "logger": record.name}
    fields = {**bound, **extras, **told, **frame}
    # What every line has must not be what is left out of one with too many fields.
    return {key: fields[key] for key in _FIRST if key in fields} | fields


def _ready(_logger: WrappedLogger, _method: str, told: EventDict) -> EventDict:
    """Tidied, in the order in which lines are read, with when and by whom."""
    fields = tidy(told)
    line = _clock(_logger, _method, {})
    line["level"] = fields.pop("level", "info")
    line["logger"] = fields.pop("logger", "")
    line["event"] = fields.pop("event", "")
    line.update(fields)
    line["process"], line["pid"] = _Process.role, os.getpid()
    return line


def _as_json(_logger: WrappedLogger, _method: str, told: EventDict) -> str:
    line = _encode(told)
    if shows_a_secret(line):
        line = _encode(_masked(told))
    if len(line) * 4 >= LONGEST_LINE and len(line.encode()) >= LONGEST_LINE:
        line = _encode(_shortened(_masked(told)))
    return line


def _as_text(_logger: WrappedLogger, _method: str, told: EventDict) -> str:
    """``time level logger: event key=value …`` on one line."""
    told = _masked(told)
    errors = told.pop("exception", None)
    rest = [f"{key}={_short(value)}" for key, value in told.items() if key not in _TEXT_HEAD]
    if isinstance(errors, list):
        rest.append(in_one_line(errors))
    head = f"{told['timestamp']} {str(told['level']).upper()} {told['logger']}: {told['event']}"
    line = one_line(" ".join([head, *rest]))
    cut = line.encode()[: LONGEST_LINE - len(CUT.encode()) - 1].decode(errors="ignore")
    return line if len(cut) == len(line) else cut + CUT


_TEXT_HEAD = ("timestamp", "level", "logger", "event", "pid")


def _short(value: object) -> str:
    return value if isinstance(value, str) else _encode(value)


def _shortened(told: EventDict) -> EventDict:
    kept = {key: told[key] for key in _FRAME if key in told}
    errors = told.get("exception")
    if isinstance(errors, list):
        kept["exception"] = [{"type": one.get("type")} for one in errors]
    return {**kept, "cut": True}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {masked(key): _masked(inner) for key, inner in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def _secrets(settings: Settings) -> list[str]:
    values = [getattr(settings, name) for name in type(settings).model_fields]
    flat = [v for value in values for v in (value if isinstance(value, tuple) else (value,))]
    return [v.get_secret_value() for v in flat if isinstance(v, SecretStr)]
