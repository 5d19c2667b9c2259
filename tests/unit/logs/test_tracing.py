"""Tracing: nothing of it is there unless it is wanted, and one line where it can't be had."""

import subprocess
import sys

import pytest

from sms_service.logs.spans import ids_of, scrubbed
from tests.support.environment import process_environment, service_environment

opentelemetry = pytest.importorskip("opentelemetry.sdk.trace")

_LOADED = """
import sys
import sms_service.commands.serve, sms_service.logs.tracing, tasks.app, tasks.lookup
from sms_service.logs.tracing import start_tracing, stop_tracing, trace_app
from tasks.parts import settings
start_tracing(settings, "worker", None); trace_app(None); stop_tracing()
ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.instrumentation")
print([name for name in sys.modules if name.startswith((*ours, "sms_service.logs.spans"))])
"""
"""The client of Redis loads the API and its metrics by itself where they are installed."""
_WITHOUT = "import sys; sys.modules['opentelemetry'] = None; "
_ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


def python(program: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = service_environment(CELERY_BROKER_URL="redis://127.0.0.1:9/0", **settings)
    return subprocess.run(
        [sys.executable, "-c", program],
        env=process_environment(given),
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_collector_nothing_that_traces_is_loaded() -> None:
    done = python(_LOADED)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


@pytest.mark.parametrize(
    "start", ["import tasks", "import sms_service.cli as c; sys.argv[1:] = ['serve']; c.main()"]
)
def test_a_collector_without_the_extra_is_one_clear_line(start: str) -> None:
    done = python(_WITHOUT + start, **_ENDPOINT)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the extra otel isn't installed" in done.stderr


def test_a_request_has_the_same_trace_in_every_process() -> None:
    assert ids_of("12345678") == ids_of("12345678")
    assert ids_of("12345678") != ids_of("12345679")
    assert all(0 < one < 2**bits for one, bits in zip(ids_of("12345678"), (128, 64), strict=True))


def test_of_a_span_only_what_is_known_to_be_harmless_is_sent() -> None:
    provider = opentelemetry.TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer("test").start_span("GET /webhooks/kavenegar/s3cr3t/received")
    span.set_attribute("url.full", "https://api/v1/s3cr3t/send.json")
    span.set_attribute("http.request.method", "GET")
    span.set_attribute("sms.note", "to 09121234567")
    span.record_exception(ValueError("09121234567"))
    span.end()
    sent = scrubbed(span)
    assert sent.name == "GET"
    assert dict(sent.attributes or {}) == {"http.request.method": "GET", "sms.note": "to [number]"}
    assert [dict(one.attributes or {}) for one in sent.events] == [{"exception.type": "ValueError"}]
    provider.shutdown()
