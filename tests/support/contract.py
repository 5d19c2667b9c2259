"""schemathesis against the whole service, as it stands behind a socket: right calls and wrong
ones out of the document, and every answer held against it."""

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
import uvicorn
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from sms_service.web import front_of
from sms_service.wiring import Parts
from tests.support.canary import CANARY_WEBHOOK_SECRET

_REFUSED = [*(400, 401, 403, 404, 405, 406, 408, 409, 411, 413, 415, 422, 429), "5xx"]
_CHECKS: Mapping[str, Any] = {
    "negative_data_rejection": {"expected-statuses": _REFUSED},
    # 422: well formed, and can't be met: the check digit, the phone that an SMS needs.
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", 401, 403, 404, 409, 422, 429],
    },
}
# Lists of different lengths, and bytes that aren't of their own charset, are no matter of schemas.
_OF_WEBHOOKS = {
    "include-path-regex": "^/(webhooks|ussd)/",
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 400, 404]}},
}


@dataclass(slots=True)
class Outcome:
    """What a run found."""

    calls: Counter[str] = field(default_factory=Counter)
    """How many calls were made of each operation."""
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    """The first of each kind, with the call that showed it."""


@contextmanager
def served(parts: Parts) -> Iterator[str]:
    """The service on a free port of the loopback, in this process; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(front_of(parts), log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(10)


def try_contract(address: str, token: str, *, seed: int, examples: int) -> Outcome:
    """Make calls of every operation in the document, the same ones for the same seed."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {token}"},
            "parameters": {"secret": CANARY_WEBHOOK_SECRET},
            "generation": {"max-examples": examples, "database": "none"},
            "checks": _CHECKS,
            "operations": [_OF_WEBHOOKS],
        }
    )
    # It writes each path down, and the secret stands in it.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
    outcome = Outcome()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(event.recorder, outcome)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            outcome.failures[str(event)[:200]] = "the run itself failed"
    return outcome


def _note(recorder: Any, outcome: Outcome) -> None:
    for call_id, node in recorder.cases.items():
        case, seen = node.value, recorder.interactions.get(call_id)
        outcome.calls[f"{case.method.upper()} {case.operation.path}"] += 1
        status = seen.response.status_code if seen and seen.response else 0
        outcome.statuses[status] += 1
        for check in recorder.checks.get(call_id, ()):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                kind = f"{case.method.upper()} {case.operation.path}: {failure.title}"
                call = f"{case.query} {case.body!r:.200} -> {status}; {failure.message:.200}"
                outcome.failures.setdefault(kind, call)
