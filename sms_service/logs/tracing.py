"""Traces to a collector of the company's own, by OpenTelemetry: off unless its address is set.

Nothing of OpenTelemetry is imported otherwise. Each process starts its own, after its fork.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from sms_service.settings import Settings, SettingsError

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from sms_service.logs.spans import Tracing

_PACKAGES = (
    "opentelemetry.exporter.otlp.proto.http",
    *(f"opentelemetry.instrumentation.{one}" for one in ("celery", "flask", "requests")),
    "opentelemetry.instrumentation.sqlalchemy",
)


class _Process:
    tracing: "Tracing | None" = None


def check_tracing(settings: Settings) -> None:
    """Raise SettingsError, in one line, where traces are wanted and can't be made."""
    if settings.otel_exporter_otlp_endpoint and not all(map(_is_installed, _PACKAGES)):
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the extra otel isn't installed: "
            "install sms-service[otel], or empty the setting"
        )


def start_tracing(settings: Settings, role: str, engine: "Engine") -> None:
    """Trace this process and its engine from here on; nothing where no collector is named."""
    if settings.otel_exporter_otlp_endpoint is None:
        return
    check_tracing(settings)
    from sms_service.logs.spans import Tracing

    _Process.tracing = Tracing(settings.otel_exporter_otlp_endpoint, role)
    _Process.tracing.watch(engine)


def trace_app(app: "Flask") -> None:
    """Trace the requests of this application, if this process is traced."""
    if _Process.tracing is not None:
        _Process.tracing.watch_app(app)


def stop_tracing() -> None:
    """Send what is left to be sent; waits five seconds at most."""
    if _Process.tracing is not None:
        _Process.tracing.stop()
        _Process.tracing = None


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False
