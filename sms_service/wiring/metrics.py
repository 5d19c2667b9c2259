"""What ``/metrics`` is made of: the ledger's figures, and those of this host's processes."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client.metrics_core import Metric
from sqlalchemy import Engine, event, select

from sms_service.billing.measures import import_values
from sms_service.database import db_now, make_engine, reading_at_once
from sms_service.domain.agreement import begin_of as begin_of_day
from sms_service.domain.agreement import pieces, validity
from sms_service.domain.calendar import tehran_day, tehran_midnight
from sms_service.ledger.agreements import AgreementLedger
from sms_service.ledger.measures.counts import Counts, Stretch, begin_of, counted
from sms_service.ledger.measures.days import ClosingDays, closed, first_open_day
from sms_service.ledger.measures.standing import RECENT, Standing
from sms_service.ledger.migrations.runner import schema
from sms_service.ledger.outbound import OutboundLedger
from sms_service.metrics.families import Value, families_of
from sms_service.metrics.files import MeterFiles
from sms_service.metrics.fresh import Fresh
from sms_service.wiring.agreement import agreement_of

if TYPE_CHECKING:
    from sms_service.wiring import Parts

_STATEMENT_SECONDS = 5.0
_PATIENCE_SECONDS = 4.0
"""A scrape of Prometheus ends after ten."""
_KEPT_SECONDS = 3.0
_SECONDS_A_DAY = 86_400.0
_FOLDERS = ("uploads", "metrics")


class MetricsParts:
    """Built when first asked for, on top of the service's own parts."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    @cached_property
    def closing(self) -> ClosingDays:
        """What closes days, for the workers' sweep."""
        return ClosingDays(self._parts.engine)

    @property
    def folder(self) -> Path:
        """Where processes of this host keep their figures."""
        return Path(self._parts.settings.prometheus_multiproc_dir)

    def of_all(self) -> list[Metric]:
        """Everything; while the database is away, what the host knows."""
        values = self._fresh.get()
        is_up: Value = ("sms_database_up", (), float(values is not None))
        return [*families_of([is_up, *(values or ())]), *self.of_host()]

    def of_host(self) -> list[Metric]:
        """What the processes of this host know."""
        disks = families_of(self._disks())
        return [*MeterFiles(self.folder).families(), *disks]

    @cached_property
    def _fresh(self) -> Fresh[list[Value]]:
        return Fresh(self._values, seconds=_KEPT_SECONDS, patience=_PATIENCE_SECONDS)

    @cached_property
    def _engine(self) -> Engine:
        """A connection of its own, so that a look never takes one from a text.

        It is closed after each look, since looks are seldom.
        """
        url = self._parts.settings.database_url.get_secret_value()
        engine = make_engine(
            url, pool_size=1, patience=_PATIENCE_SECONDS, statement_seconds=_STATEMENT_SECONDS
        )
        if engine.dialect.name == "postgresql":
            event.listen(engine, "connect", _compile_nothing)
        return engine

    @cached_property
    def _standing(self) -> Standing:
        return Standing(self._engine, self._parts.settings.gateways)

    def _values(self) -> list[Value]:
        began = time.perf_counter()
        try:
            values = [*self._counts(), *self._stands()]
        finally:
            self._engine.dispose()
        return [*values, ("sms_ledger_read_seconds", (), time.perf_counter() - began)]

    def _counts(self) -> Iterator[Value]:
        """What never falls: the closed days and the others, as of one moment."""
        with reading_at_once(self._engine) as connection:
            now = connection.execute(select(db_now())).scalar_one()
            kept = closed(connection)
            first = first_open_day(connection, kept.until_day, now)
            lately: Counts = {} if first is None else counted(connection, Stretch(first), now)
        for name, labels in kept.counts.keys() | lately.keys():
            key = (name, labels)
            yield name, labels, kept.counts.get(key, 0.0) + lately.get(key, 0.0)
        if kept.until_day is not None:
            until = begin_of(kept.until_day).timestamp()
            yield "sms_counted_until_timestamp_seconds", (), until

    def _stands(self) -> Iterator[Value]:
        settings, now = self._parts.settings, self._standing.now()
        terms = AgreementLedger(self._engine, agreement_of(settings)).holding()
        today = tehran_day(now)
        days = sorted({tehran_day(now - RECENT), today})
        cut = pieces(days, terms)
        yield from self._standing.values(cut, now)
        yield "sms_sla_limit_seconds", (), cut[-1].within_seconds
        if (held := cut[-1].agreement) is not None:
            yield "sms_sla_target_ratio", (), held.target
        last_day = validity(terms, today).until or max(one.valid_until for one in terms)
        ends_at = begin_of_day(last_day + timedelta(days=1)).timestamp()
        yield "sms_agreement_ends_timestamp_seconds", (), ends_at
        yield from import_values(self._engine, self._parts.today())
        yield "sms_data_old_after_seconds", (), settings.data_old_after_days * _SECONDS_A_DAY
        yield "sms_credit_warning_rial", (), float(settings.credit_warning_rial)
        outbound = OutboundLedger(self._engine, self._parts.vault, settings.lease_seconds)
        spent = outbound.parts_since(tehran_midnight(now))
        yield "sms_parts_today", (), float(spent)
        if settings.daily_parts_cap is not None:
            yield "sms_parts_cap", (), float(settings.daily_parts_cap)
        yield from self._schema()

    def _schema(self) -> Iterator[Value]:
        found = schema(self._engine)
        yield "sms_schema_info", (found.found or "none",), 1.0
        yield "sms_schema_current", (), float(found.found == found.wanted)

    def _disks(self) -> Iterator[Value]:
        folders = (Path(self._parts.settings.uploads_dir), self.folder)
        for name, folder in zip(_FOLDERS, folders, strict=True):
            there = (one for one in (folder, *folder.absolute().parents) if one.is_dir())
            usage = shutil.disk_usage(next(there, Path("/")))
            yield "sms_disk_free_ratio", (name,), usage.free / usage.total


def _compile_nothing(connection: Any, _record: Any) -> None:
    """A look is over sooner than its statements were compiled to machine code."""
    connection.execute("SET jit = off")
    connection.commit()
