"""The settings of who runs the service on a server; a part of all settings."""

from typing import Literal

from pydantic import Field, SecretStr

from sms_service.settings.brokers import BrokerSettings


class RunningSettings(BrokerSettings):
    """What ``DeskSettings`` inherits."""

    log_format: Literal["json", "text"] = Field(
        "json", description="One JSON object a line, or one line for a terminal."
    )
    prometheus_multiproc_dir: str = Field(
        "var/metrics",
        min_length=1,
        description="Where the processes of one host keep their figures; never shared by hosts.",
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        None,
        pattern="^https?://",
        description="Where an OpenTelemetry collector takes spans; empty: nothing is traced.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="Bearer token of /metrics and /readyz?verbose; empty: this host alone asks.",
    )
    misses_alarm: int = Field(
        200,
        gt=0,
        description="Questions for unknown bills, or others' ones, an hour; more are logged.",
    )
