"""``sms-service metrics``: the figures of a host, once or for whoever scrapes it."""

from collections.abc import Callable, Iterable
from typing import Any

import click

from sms_service.channels.front import Front
from sms_service.channels.inside import Inside
from sms_service.channels.metrics import PATH
from sms_service.channels.problems import problem
from sms_service.commands.parts import parts_of_this_run
from sms_service.commands.serve import listening, run
from sms_service.metrics.families import text_of
from sms_service.wiring.metrics import MetricsParts

_THREADS = 2


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Listen here until told to end.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def metrics(port: int | None, host: str) -> None:
    """Tell the figures that /metrics tells.

    Without --port all of them are printed, once. With it the figures of this host's processes
    alone are served: for a host that runs workers and no web process.
    """
    service = parts_of_this_run()
    parts = MetricsParts(service)
    if port is None:
        click.echo(text_of(parts.of_all(), "")[0], nl=False)
        return
    answer = _application(parts, Inside(service.settings.metrics_token))
    with listening(host, port) as listener:
        run(Front({}, answer, _THREADS), listener)


def _application(parts: MetricsParts, inside: Inside) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, body, content_type = _answered(parts, inside, environ)
        headers = [("Content-Type", content_type), ("Cache-Control", "no-store")]
        if status == 401:
            headers.append(("WWW-Authenticate", "Bearer"))
        start_response(f"{status} ", headers)
        return [body]

    return answer


def _answered(
    parts: MetricsParts, inside: Inside, environ: dict[str, Any]
) -> tuple[int, bytes, str]:
    status = 200
    if environ["PATH_INFO"] != PATH:
        status = 404
    elif environ["REQUEST_METHOD"] != "GET":
        status = 405
    elif not inside.admits(environ):
        status = 401
    if status == 200:
        body, content_type = text_of(parts.of_host(), environ.get("HTTP_ACCEPT", ""))
        return status, body, content_type
    told = problem(status)
    return status, told.get_data(), str(told.content_type)
