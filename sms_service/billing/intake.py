"""Exports read into staging, and what was met on the way."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from sms_service.billing.batches import Counts, Tally
from sms_service.billing.exports import Export, records
from sms_service.billing.faults import RowFault
from sms_service.billing.layouts import Kind
from sms_service.billing.reasons import Mend
from sms_service.billing.rows import Chunk, Row, RowReader
from sms_service.billing.staging import Staging
from sms_service.billing.summary import Fault, Progress, Report, Step

FAULTS_SHOWN = 100
_ROWS_AT_ONCE = 10_000


class Intake:
    """Reads exports one after another; ``on_fault`` hears everything that isn't taken."""

    def __init__(self, progress: Report, on_fault: Callable[[Fault], None]) -> None:
        self._progress = progress
        self._on_fault = on_fault
        self._read: Counter[Kind] = Counter()
        self._accepted: Counter[Kind] = Counter()
        self._mended: Counter[Mend] = Counter()
        self._values_left_out = 0
        self.bytes = 0
        """Of all the exports, once they are read."""
        self.faults: list[Fault] = []
        """The first of them."""

    def stage(self, exports: Sequence[Export], staging: Staging) -> None:
        """Read all rows; those that can be taken are staged."""
        total = sum(export.size for export in exports)
        for export in exports:
            reader = RowReader(export.layout, export.header)
            with records(export) as (chunks, done):
                for rows in self._batches_of_rows(export, reader, chunks):
                    staging.add(export.kind, rows)
                    self._tell(export, self.bytes + done(), total)
            self._mended.update(reader.mended)
            self.bytes += export.size

    def tally(self) -> Tally:
        """What was met so far."""
        counts = {kind: Counts(self._read[kind], self._accepted[kind]) for kind in Kind}
        return Tally(counts, self._values_left_out, dict(self._mended))

    def _batches_of_rows(
        self, export: Export, reader: RowReader, chunks: Iterator[Chunk]
    ) -> Iterator[list[Row]]:
        rows: list[Row] = []
        for chunk in chunks:
            found = reader.read(chunk)
            self._read[export.kind] += found.read
            self._accepted[export.kind] += len(found.accepted)
            self._note(export, found.faults)
            rows.extend(found.accepted)
            if len(rows) >= _ROWS_AT_ONCE:
                yield rows
                rows = []
        yield rows

    def _note(self, export: Export, faults: Sequence[tuple[int, RowFault]]) -> None:
        for line, found in faults:
            fault = Fault(*(export.name, line, found.field, found.value, found.reason, found.kept))
            self._values_left_out += fault.kept
            self._on_fault(fault)
            if len(self.faults) < FAULTS_SHOWN:
                self.faults.append(fault)

    def _tell(self, export: Export, done: int, total: int) -> None:
        self._progress(Progress(Step.READING, export.name, self._read.total(), done, total))
