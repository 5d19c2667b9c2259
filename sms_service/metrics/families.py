"""Figures made into the families that Prometheus reads, by the catalogue."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import exposition
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from sms_service.metrics.catalogue import CATALOGUE, CLOCK_BOUNDS, Kind

Labels = tuple[str, ...]
Value = tuple[str, Labels, float]
"""A metric's name, the values of its labels, the figure."""

_CLOCK = "sms_clock_seconds"
_TOTAL = "_total"


def families_of(values: Iterable[Value]) -> list[Metric]:
    """Families in the order of the catalogue, their values in the order of their labels.

    The clocks come as ``…_bucket``, by the number of the bucket and not yet added up, and
    ``…_sum``.
    """
    told: defaultdict[str, dict[Labels, float]] = defaultdict(dict)
    for name, labels, value in values:
        told[name][labels] = value
    found = []
    for name, one in CATALOGUE.items():
        if one.kind is Kind.HISTOGRAM:
            family = _clocks(told) if name == _CLOCK else None
        else:
            family = _plain(name, told[name]) if told.get(name) else None
        if family is not None:
            found.append(family)
    return found


def text_of(families: Sequence[Metric], accept: str) -> tuple[bytes, str]:
    """The families in the form that is asked for, and its content type.

    OpenMetrics where the header names it, else Prometheus's own text.
    """
    encode, content_type = exposition.choose_encoder(accept)
    return encode(_Families(families)), content_type


class _Families:
    """What an encoder takes for a registry."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _plain(name: str, values: Mapping[Labels, float]) -> Metric:
    one = CATALOGUE[name]
    family = Metric(name.removesuffix(_TOTAL), one.help, one.kind.value)
    for labels, value in sorted(values.items()):
        family.add_sample(name, dict(zip(one.labels, labels, strict=True)), float(value))
    return family


def _clocks(told: Mapping[str, Mapping[Labels, float]]) -> Metric | None:
    sums, counts = told.get(f"{_CLOCK}_sum", {}), told.get(f"{_CLOCK}_bucket", {})
    if not sums:
        return None
    one = CATALOGUE[_CLOCK]
    family = Metric(_CLOCK, one.help, one.kind.value)
    bounds = [floatToGoString(bound) for bound in (*CLOCK_BOUNDS, float("inf"))]
    for labels, seconds in sorted(sums.items()):
        named = dict(zip(one.labels, labels, strict=True))
        so_far = 0.0
        for number, bound in enumerate(bounds):
            so_far += counts.get((*labels, str(number)), 0.0)
            family.add_sample(f"{_CLOCK}_bucket", {**named, "le": bound}, so_far)
        family.add_sample(f"{_CLOCK}_count", named, so_far)
        family.add_sample(f"{_CLOCK}_sum", named, seconds)
    return family
