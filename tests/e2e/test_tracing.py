"""Traces: every hop of one text in one trace, from two processes, and nobody in any span."""

import tempfile
from pathlib import Path

import requests

from tests.support.canary import secrets_in
from tests.support.collector import Collector, collecting
from tests.support.log_reading import written_by
from tests.support.service import Service

_HOPS = ["received", "answered", "handed_over", "receipt"]


def test_the_hops_of_a_text_are_one_trace_and_no_span_tells_whose(process_logs: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="traced-", dir=process_logs))
    with collecting() as collector:
        traced = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "LOG_LEVEL": "INFO",
        }
        with Service(folder, f"sqlite:///{folder / 'service.db'}", **traced) as service:
            text = service.new_texts(1)[0]
            with written_by(service) as logs:
                service.webhook.hand_over([text])
                requests.get(f"{service.url}/{text.phone}/{text.message}", timeout=20)
                requests.get(f"{service.url}/console/sign-in", timeout=20)
                service.wait_until(lambda: _hops(collector) == set(_HOPS))
                code = next(one["request"] for one in logs.lines() if one["event"] == "received")
    hops = {one.name: one for one in collector.spans if one.scope.endswith("hops")}
    assert len({hops[name].trace_id for name in _HOPS}) == 1
    assert {hops[name].attributes["sms.request"] for name in _HOPS} == {code}
    assert [hops[name].role for name in _HOPS] == ["web", "worker", "worker", "worker"]
    root = hops["received"]
    assert root.parent_id == ""
    assert {hops[name].parent_id for name in _HOPS[1:]} == {root.span_id}
    tasks = {one.span_id for one in collector.spans if "celery" in one.scope}
    assert set(hops["handed_over"].links) <= tasks
    assert hops["handed_over"].links
    _assert_libraries_are_seen(collector)
    _assert_nobody_is_seen(collector, [text.phone[1:], text.message.split()[0].lstrip("0")])


def _assert_libraries_are_seen(collector: Collector) -> None:
    names = {one.name for one in collector.spans}
    assert {"GET /console/sign-in", "GET", "POST", "run/tasks.lookup.answer_waiting"} <= names
    assert any(
        one.attributes.get("db.statement", "").startswith("UPDATE") for one in collector.spans
    )


def _assert_nobody_is_seen(collector: Collector, private: list[str]) -> None:
    shown = b"".join(collector.raw).decode("latin-1")
    assert secrets_in(shown) == []
    assert [one for one in private if one in shown] == []
    assert "webhooks/" not in shown


def _hops(collector: Collector) -> set[str]:
    return {one.name for one in collector.spans if one.scope.endswith("hops")}
