"""Spans as they leave this process: joined by the request's code, and stripped of all but shapes.

Queue messages carry nothing and rows are worked on in batches, so no context travels from the
webhook to the hand-over. It needn't: the trace of a request follows from its tracking code, in
every process alike. Each hop is a span of that trace, with a link to the span (of a web
request, of a task) within which it was told.
"""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from importlib.metadata import version
from threading import Thread
from time import time_ns
from typing import TYPE_CHECKING, Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, Status, TraceFlags
from opentelemetry.util.types import AttributeValue

from sms_service.logs.redaction import masked
from sms_service.logs.values import safe_text, tidy
from sms_service.service import hops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Engine

_OURS = "sms."
_KEPT = frozenset(
    (
        *("http.request.method", "http.method", "http.route", "error.type"),
        *("http.response.status_code", "http.status_code", "server.address", "net.peer.name"),
        *("db.system", "db.system.name", "db.operation.name", "db.statement", "db.query.text"),
        *("celery.action", "celery.state", "celery.task_name", "messaging.system"),
    )
)
"""Attributes of the instrumented libraries that are sent. Addresses, paths, parameters aren't."""
_UNTRACED = "livez,readyz,version,metrics"
_LAST_SECONDS = 5.0


class Tracing:
    """The tracing of one process."""

    def __init__(self, endpoint: str, role: str) -> None:
        """``endpoint``: of the collector, without ``/v1/traces``; more by OTEL_* variables."""
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._ids = _Ids()
        self._provider = TracerProvider(
            resource=_resource(role), id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(Scrubbing(exporter)))
        self._tracer = self._provider.get_tracer(hops.__name__)
        # Neither strangers' contexts are taken nor ours told: not to gateways, not to the queue.
        propagate.set_global_textmap(_Silent())
        RequestsInstrumentor().instrument(tracer_provider=self._provider)
        CeleryInstrumentor().instrument(tracer_provider=self._provider)
        hops.tell_traces(self._on_hop)

    def watch(self, engine: "Engine") -> None:
        """Trace the statements of this engine."""
        # It declares a limit below the release that we use, and works with it.
        SQLAlchemyInstrumentor().instrument(
            engine=engine, skip_dep_check=True, tracer_provider=self._provider
        )

    def watch_app(self, app: "Flask") -> None:
        """Trace the requests of this application."""
        FlaskInstrumentor.instrument_app(
            app,
            tracer_provider=self._provider,
            excluded_urls=_UNTRACED,
            enable_commenter=False,
        )

    def stop(self) -> None:
        """Send what is left."""
        hops.tell_traces(None)
        # The exporter tries for longer where the collector is away.
        last = Thread(target=self._provider.force_flush, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)

    def _on_hop(self, hop: hops.Hop) -> None:
        trace_id, root_id = ids_of(hop.request)
        now = time_ns()
        begun = now - (hop.ms or 0) * 1_000_000
        current = trace.get_current_span().get_span_context()
        is_root = hop.name == "received" and not hop.fields.get("repeated")
        with self._ids.fixed(trace_id, root_id) if is_root else _nothing():
            span = self._tracer.start_span(
                hop.name,
                context=Context() if is_root else self._below(trace_id, root_id, hop.name),
                attributes=_attributes(hop),
                links=[Link(current)] if current.is_valid else [],
                start_time=begun,
            )
        span.end(now)

    def _below(self, trace_id: int, root_id: int, name: str) -> Context:
        """A place below the span with which the request begins, sampled as that one was."""
        judged = self._provider.sampler.should_sample(None, trace_id, name)
        flags = TraceFlags.SAMPLED if judged.decision.is_sampled() else TraceFlags.DEFAULT
        root = SpanContext(trace_id, root_id, is_remote=True, trace_flags=TraceFlags(flags))
        return trace.set_span_in_context(NonRecordingSpan(root), Context())


def ids_of(request: str) -> tuple[int, int]:
    """The trace of a request and the span with which it begins, out of its tracking code."""
    digest = sha256(f"sms-service request {request}".encode()).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])


class Scrubbing(SpanExporter):
    """Hands spans on without what could hold an address, a parameter, a phone or a text."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them."""
        return self._exporter.export([scrubbed(span) for span in spans])

    def shutdown(self) -> None:
        """End."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._exporter.force_flush(timeout_millis)


def scrubbed(span: ReadableSpan) -> ReadableSpan:
    """The span with what is known to be harmless: no event but the kind of an exception."""
    given = span.attributes or {}
    kept = {key: value for key, value in given.items() if key in _KEPT or key.startswith(_OURS)}
    # Without a route the name may hold the path, and that of a statement the database's.
    name = span.name if "http.route" in kept else span.name.split(" ", 1)[0]
    return ReadableSpan(
        name=_safe_text(name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={key: _safe(value) for key, value in kept.items()},
        events=[_kind_of(event) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class _Silent(TextMapPropagator):
    """Takes no context from anybody and tells none."""

    def extract(self, carrier: Any, context: Context | None = None, *_: Any, **__: Any) -> Context:
        """What is known without the carrier."""
        return Context() if context is None else context

    def inject(self, carrier: Any, *_: Any, **__: Any) -> None:
        """Leave the carrier as it is."""

    @property
    def fields(self) -> set[str]:
        """The headers that are read or set."""
        return set()


class _Ids(RandomIdGenerator):
    """Random ids, but for the span with which a request begins."""

    def __init__(self) -> None:
        self._fixed: ContextVar[tuple[int, int] | None] = ContextVar("fixed", default=None)

    @contextmanager
    def fixed(self, trace_id: int, span_id: int) -> "Iterator[None]":
        """What is begun meanwhile gets these."""
        token = self._fixed.set((trace_id, span_id))
        try:
            yield
        finally:
            self._fixed.reset(token)

    def generate_trace_id(self) -> int:
        wanted = self._fixed.get()
        return wanted[0] if wanted else super().generate_trace_id()

    def generate_span_id(self) -> int:
        wanted = self._fixed.get()
        return wanted[1] if wanted else super().generate_span_id()


@contextmanager
def _nothing() -> "Iterator[None]":
    yield


def _resource(role: str) -> Resource:
    resource = Resource.create({"service.version": version("sms-service"), "service.role": role})
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "sms-service"}))
    return resource


def _attributes(hop: hops.Hop) -> Mapping[str, AttributeValue]:
    told = tidy({"request": hop.request, **hop.fields})
    return {f"{_OURS}{key}": value for key, value in told.items() if value is not None}


def _safe(value: AttributeValue) -> AttributeValue:
    return _safe_text(value) if isinstance(value, str) else value


def _safe_text(text: str) -> str:
    return masked(safe_text(text))


def _kind_of(event: Event) -> Event:
    kind = str((event.attributes or {}).get("exception.type", ""))
    return Event(event.name, {"exception.type": kind} if kind else {}, event.timestamp)
