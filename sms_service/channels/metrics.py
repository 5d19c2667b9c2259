"""``/metrics``: figures for Prometheus, in its own text or as OpenMetrics."""

from collections.abc import Callable, Sequence
from typing import Any

from apiflask import APIFlask
from flask import Blueprint, Response, request
from prometheus_client.metrics_core import Metric

from sms_service.channels.inside import Inside
from sms_service.channels.openapi import add_to_document
from sms_service.metrics.families import text_of

PATH = "/metrics"


def metrics_route(families: Callable[[], Sequence[Metric]], inside: Inside) -> Blueprint:
    """The one route, open to who may look inside. ``families`` never raises."""
    routes = Blueprint("metrics", __name__)

    @routes.get(PATH)
    def metrics() -> Response:
        """Everything that is counted and how things stand."""
        inside.check()
        text, content_type = text_of(families(), request.headers.get("Accept", ""))
        answer = Response(text, content_type=content_type)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return routes


def document_metrics(app: APIFlask) -> None:
    """Add it to the application's OpenAPI document."""
    text = {"schema": {"type": "string"}}
    forms = {"text/plain": text, "application/openmetrics-text": text}
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}

    def _add(spec: Any) -> Any:
        spec.setdefault("paths", {})[PATH] = {
            "get": {
                "summary": "Figures for Prometheus.",
                "responses": {
                    "200": {"description": "All of them.", "content": forms},
                    "401": {
                        "description": "Without METRICS_TOKEN.",
                        "content": {"application/problem+json": problem},
                    },
                },
            }
        }
        return spec

    add_to_document(app, _add)
