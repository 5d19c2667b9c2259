"""Every metric that is told at ``/metrics``: one row each, the contract of dashboards and alerts.

``docs/reference/metrics.md`` shows these rows. Labels hold machine words alone: never a phone,
a bill ID, a tracking code, an address or a path.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a metric behaves, in Prometheus's words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Known(StrEnum):
    """Who knows a metric's values."""

    LEDGER = "ledger"
    """The database: the same whichever process is asked, and after any restart."""
    HOST = "host"
    """The processes of one host together."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A family of values. ``name`` is as it is exported, counters with their ``_total``."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    known: Known = Known.LEDGER


CLOCK_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 300.0, 3600.0)
"""Seconds. Never to be changed but for a new metric: closed days are kept by these."""
CALL_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.3, 2.5, 5.0, 10.0)
TASK_BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0)


def _counter(name: str, labels: str, text: str) -> Metric:
    return Metric(name, Kind.COUNTER, tuple(labels.split()), text)


def _gauge(name: str, labels: str, text: str) -> Metric:
    return Metric(name, Kind.GAUGE, tuple(labels.split()), text)


def _of_host(name: str, kind: Kind, labels: str, text: str) -> Metric:
    return Metric(name, kind, tuple(labels.split()), text, Known.HOST)


_COUNTS = (
    _counter("sms_received_total", "channel gateway", "Requests stored, of any kind."),
    _counter(
        "sms_requests_total",
        "channel intent end",
        "Requests whose end is written: answered, the problem told instead, folded or ignored.",
    ),
    Metric(
        "sms_clock_seconds",
        Kind.HISTOGRAM,
        ("channel", "clock"),
        "The agreement's clocks, of answered requests that it counts, in seconds.",
    ),
    _counter("sms_rungs_total", "rung kind", "Answers composed, by the rendering that fitted."),
    _counter("sms_texts_accepted_total", "gateway kind lane", "Texts that a gateway accepted."),
    _counter("sms_texts_delivered_total", "gateway kind lane", "Texts that reached the phone."),
    _counter("sms_parts_total", "gateway kind lane", "SMS parts of the texts accepted."),
    _counter("sms_cost_rial_total", "gateway", "What the gateway said that they cost, in rial."),
    _counter("sms_unpriced_texts_total", "gateway", "Texts accepted that have no price."),
    _counter("sms_repeats_total", "reason", "Texts told again and refused as duplicates."),
    _counter("sms_put_back_total", "reason", "Requests that were taken and put back to wait."),
    _counter("sms_promises_total", "", "Requests whose answer was promised for later."),
    _counter("sms_retries_total", "reason", "Hand-overs that surely failed and are tried again."),
    _counter("sms_unknown_outcomes_total", "reason", "Hand-overs of unknown outcome."),
    _counter("sms_bad_ends_total", "end reason", "Texts and requests that ended badly."),
    _counter("sms_no_receipt_total", "", "Texts accepted whose receipt never came."),
    _counter("sms_resent_total", "how", "Answers that were sent again, on purpose."),
    _counter("sms_redriven_total", "", "Requests given up that were taken up again by hand."),
    _counter("sms_completed_total", "", "Histories completed later, by «next»."),
    _counter("sms_opinions_total", "score", "Opinions of subscribers; none: words alone."),
    _counter("sms_audit_entries_total", "", "Entries of the audit log."),
    _counter("sms_import_rows_total", "outcome", "Rows of all billing imports."),
    _counter("sms_import_batches_total", "state", "Billing imports that came to an end."),
)

_STANDING = (
    _gauge("sms_database_up", "", "1 while the database answers; else only the host is told of."),
    _gauge("sms_ledger_read_seconds", "", "How long the ledger took to be counted."),
    _gauge("sms_counted_until_timestamp_seconds", "", "Days before this moment are closed."),
    _gauge("sms_sla_recent_requests", "channel verdict", "Of 15 minutes, by the agreement."),
    _gauge("sms_sla_limit_seconds", "", "The agreement's seconds today."),
    _gauge("sms_sla_target_ratio", "", "The share that must be in time; absent outside of any."),
    _gauge("sms_agreement_ends_timestamp_seconds", "", "When the agreement ends, or ended."),
    _gauge("sms_queue_waiting", "lane", "Rows that wait in a lane; counted up to 100,000."),
    _gauge("sms_queue_oldest_seconds", "lane", "Age of the row that waits longest."),
    _gauge("sms_waiting_for_bills", "", "Requests that wait since no billing source tells."),
    _gauge("sms_dead_letters", "kind", "Requests given up, and answers of unknown end."),
    _gauge("sms_lane_state", "gateway state", "1 for the state that a gateway's lane is in."),
    _gauge("sms_lane_up", "gateway", "1 where a lane takes texts: not resting, stopped or held."),
    _gauge("sms_lane_held", "gateway", "1 where a lane, or sending in all, is held by hand."),
    _gauge("sms_lane_failures", "gateway", "Failures of a lane in a row."),
    _gauge("sms_credit_rial", "gateway", "What the account had when it was last asked."),
    _gauge("sms_credit_warning_rial", "", "CREDIT_WARNING_RIAL."),
    _gauge("sms_credit_asked_timestamp_seconds", "gateway", "When that was."),
    _gauge("sms_parts_today", "", "SMS parts that left since midnight in Tehran."),
    _gauge("sms_parts_cap", "", "DAILY_PARTS_CAP; absent where there is none."),
    _gauge("sms_data_age_seconds", "", "Age of the billing data in force; absent without any."),
    _gauge("sms_data_old_after_seconds", "", "DATA_OLD_AFTER_DAYS, in seconds."),
    _gauge("sms_last_import_rows", "outcome", "Rows of the newest billing import."),
    _gauge("sms_last_import_rows_per_second", "", "Its pace."),
    _gauge("sms_last_import_finished_timestamp_seconds", "", "When it came to its end."),
    _gauge("sms_last_import_failed", "", "1 when the newest import failed."),
    _gauge("sms_uploads", "state", "Uploads of export files."),
    _gauge("sms_last_tick_timestamp_seconds", "role", "When beat and a worker last showed up."),
    _gauge("sms_chore_finished_timestamp_seconds", "chore", "When a chore last came to its end."),
    _gauge("sms_chore_failures", "chore", "How often a chore failed since then."),
    _gauge("sms_schema_info", "revision", "1; the schema's revision."),
    _gauge("sms_schema_current", "", "1 where it is this release's."),
)

_HOSTS = (
    _of_host(
        "sms_http_requests_total",
        Kind.COUNTER,
        "route method status",
        "HTTP requests, by the template of their route.",
    ),
    _of_host(
        "sms_http_request_seconds",
        Kind.HISTOGRAM,
        "route",
        "From when a request was whole until its answer was there: webhooks and USSD too.",
    ),
    _of_host(
        "sms_door_texts_total",
        Kind.COUNTER,
        "gateway outcome",
        "Texts taken by webhooks: new, repeated (known already) or ignored.",
    ),
    _of_host(
        "sms_gateway_call_seconds", Kind.HISTOGRAM, "gateway call", "Rounds of gateway calls."
    ),
    _of_host(
        "sms_gateway_texts_total",
        Kind.COUNTER,
        "gateway outcome",
        "Texts handed over: accepted, unknown, or not sent and for whose fault.",
    ),
    _of_host("sms_saapa_calls_total", Kind.COUNTER, "subject outcome", "Billing interface calls."),
    _of_host("sms_saapa_call_seconds", Kind.HISTOGRAM, "subject", "How long they took."),
    _of_host("sms_saapa_breakers_open", Kind.GAUGE, "role", "Processes that leave it alone now."),
    _of_host("sms_doorbell_failures_total", Kind.COUNTER, "lane", "Rings that couldn't be rung."),
    _of_host("sms_task_seconds", Kind.HISTOGRAM, "task", "Run times of Celery tasks."),
    _of_host("sms_task_failures_total", Kind.COUNTER, "task", "Celery tasks that raised."),
    _of_host("sms_processes", Kind.GAUGE, "role", "Processes that record: web and worker."),
    _of_host(
        "sms_process_start_timestamp_seconds",
        Kind.GAUGE,
        "role",
        "When the youngest process of a role began.",
    ),
    _of_host("sms_disk_free_ratio", Kind.GAUGE, "folder", "Free share of the disk below a folder."),
)

CATALOGUE: Mapping[str, Metric] = {one.name: one for one in (*_COUNTS, *_STANDING, *_HOSTS)}
"""By name."""
