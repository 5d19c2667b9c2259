"""``/metrics`` as a scraper reads it."""

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from sms_service.metrics.catalogue import CATALOGUE, Known
from tests.support.plain_counts import Told


def told_by(text: str) -> Told:
    """Every sample of the text form."""
    return samples_of(list(text_string_to_metric_families(text)))


def samples_of(families: list[Metric]) -> Told:
    """Every sample of these families."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def counted_by_the_ledger(told: Told) -> Told:
    """What ``plain_counts`` counts, too; nothing that is none."""
    elsewhere = ("sms_audit_", "sms_import_")
    wanted = {
        name
        for name, one in CATALOGUE.items()
        if one.known is Known.LEDGER and one.kind != "gauge" and not name.startswith(elsewhere)
    }
    return {
        (name, labels): value
        for (name, labels), value in told.items()
        if value and (name in wanted or name.startswith("sms_clock_seconds_"))
    }


def differences(told: Told, counted: Told) -> dict[object, tuple[float | None, float | None]]:
    """What isn't the same in both; sums of seconds may differ by their last digits."""
    return {
        key: (told.get(key), counted.get(key))
        for key in told.keys() | counted.keys()
        if abs((told.get(key) or 0.0) - (counted.get(key) or 0.0)) > _slack(key[0])
    }


def _slack(name: str) -> float:
    return 1e-3 if name.endswith("_sum") else 0.0
