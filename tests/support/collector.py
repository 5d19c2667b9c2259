"""A collector of spans: OTLP over HTTP, as the protocol's own messages describe it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class Span:
    """One span as it came over the wire."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    role: str
    """Of the process that sent it."""
    scope: str
    attributes: dict[str, str]
    links: tuple[str, ...]
    """Ids of the spans that it is linked to."""


@dataclass(slots=True)
class Collector:
    """What has come so far."""

    url: str
    spans: list[Span] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The bodies."""

    def of_trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace, in the order of their coming."""
        return [one for one in self.spans if one.trace_id == trace_id]

    def take(self, body: bytes) -> None:
        """Read one call."""
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            of = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for one in scope.spans:
                    told = {a.key: _value(a.value) for a in one.attributes}
                    self.spans.append(
                        Span(
                            one.name,
                            one.trace_id.hex(),
                            one.span_id.hex(),
                            one.parent_span_id.hex(),
                            of["service.role"],
                            scope.scope.name,
                            told,
                            tuple(link.span_id.hex() for link in one.links),
                        )
                    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on this host."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = decompress(body)
            known = self.path == "/v1/traces"
            if known:
                collector.take(body)
            said = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server.RequestHandlerClass = Page
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _value(value: object) -> str:
    """Any value as text."""
    kind = value.WhichOneof("value")  # type: ignore[attr-defined]
    return str(getattr(value, kind)) if kind else ""
