"""Import of billing exports: streamed, checked row by row, in force all at once.

What an import brings is seen by nobody until its last statement commits; killed at any
moment before, it leaves the data in force as they were.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from sms_service.billing import batches
from sms_service.billing.batches import Batch, Counts, Overtaken, Tally
from sms_service.billing.coming import Coming
from sms_service.billing.exports import (
    Export,
    InputFault,
    Line,
    content_hash,
    examine,
    find_files,
    records,
)
from sms_service.billing.failures import failures_told, told
from sms_service.billing.layouts import Kind, Layout, layouts
from sms_service.billing.long_work import long_work
from sms_service.billing.rows import Row, RowFault, RowReader
from sms_service.billing.staging import Staging
from sms_service.billing.summary import (
    Fault,
    ImportOptions,
    Outcome,
    Progress,
    Report,
    Step,
    Summary,
)

SOURCE = "csv"
FAULTS_SHOWN = 100
_ROWS_AT_ONCE = 10_000
_UNSPLIT = (RowFault("", "", "the line can't be split into fields"),)


class ImportFailed(Exception):
    """The import ended early and changed nothing; one line without personal data."""


def _silent(_progress: Progress) -> None:
    return


def import_billing(
    engine: Engine,
    files: Sequence[Path],
    *,
    hash_phone: Callable[[str], bytes],
    today: date,
    progress: Report = _silent,
    options: ImportOptions | None = None,
) -> Summary:
    """Import CSV exports, or the ones in a directory, as one batch.

    ``hash_phone`` makes the keyed hash of a number in E.164. Rows replace those of equal
    natural key and can be brought back by a rollback of the batch; contents that are in
    force already are recognised and left alone. ``progress`` is called in the caller's own
    thread, every second at least once the rows are read; what it raises ends the import.
    Raises InputFault for files that can't be taken and ImportFailed when the database
    fails. Whatever is raised, nothing has changed.
    """
    run = _Import(engine, layouts(hash_phone), today, progress, options or ImportOptions())
    return run.of(find_files(files))


class _Import:
    def __init__(
        self,
        engine: Engine,
        known: Sequence[Layout],
        today: date,
        progress: Report,
        options: ImportOptions,
    ) -> None:
        self._engine = engine
        self._layouts = {layout.kind: layout for layout in known}
        self._today = today
        self._progress = progress
        self._options = options
        self._read: Counter[Kind] = Counter()
        self._accepted: Counter[Kind] = Counter()
        self._faults: list[Fault] = []
        self._values_left_out = 0
        self._bytes = 0

    def of(self, paths: Sequence[Path]) -> Summary:
        started = time.perf_counter()
        if self._options.as_of is not None and self._options.as_of > self._today:
            raise InputFault("the day of the data is in the future")
        found = [examine(path, tuple(self._layouts.values())) for path in paths]
        names = [export.path.name for export in found]
        contents = content_hash(found)
        with _failures_told():
            known = self._known(contents)
            if known is not None:
                return replace(known, files=names, seconds=time.perf_counter() - started)
            batch_id = batches.begin(self._engine, SOURCE, names, contents)
            with self._failing(batch_id):
                summary = self._load(found, batch_id)
        return replace(summary, files=names, seconds=time.perf_counter() - started)

    def _known(self, contents: str) -> Summary | None:
        if self._options.again:
            return None
        same = batches.newest_in_force(self._engine, contents)
        newest = batches.newest_in_force(self._engine)
        if same is None or newest is None:
            return None
        newer = newest.id if newest.id != same.id else None
        return Summary(Outcome.KNOWN, same.id, data_as_of=same.data_as_of, newer_batch=newer)

    def _load(self, found: Sequence[Export], batch_id: int) -> Summary:
        with long_work(self._engine, self._options.lock_seconds) as connection:
            staging = Staging(connection, tuple(self._layouts.values()))
            staging.create()
            self._stage(found, staging)
            as_of = self._options.as_of or staging.newest_day(self._today)
            failure = self._failure(as_of)
            if failure is None and as_of is not None:
                patience = self._options.lock_seconds
                coming = Coming(connection, staging, self._report_step, patience)
                done = coming.put_in_force(batch_id, coming.order(self._tally()), as_of)
                return self._summary(done.batch_id, done.tally, as_of, done.before)
        batches.fail(self._engine, batch_id, self._tally(), failure or "")
        refused = self._summary(batch_id, self._tally(), as_of)
        return replace(refused, outcome=Outcome.REFUSED, failure=failure)

    def _summary(
        self, batch_id: int, tally: Tally, as_of: date | None, before: Batch | None = None
    ) -> Summary:
        return Summary(
            Outcome.DONE,
            batch_id,
            data_as_of=as_of,
            as_of_given=self._options.as_of is not None,
            replaces_as_of=before.data_as_of if before else None,
            tally=tally,
            faults=tuple(self._faults),
        )

    def _stage(self, found: Sequence[Export], staging: Staging) -> None:
        total = sum(export.size for export in found)
        done_before = 0
        for export in found:
            reader = RowReader(self._layouts[export.kind], export.header)
            with records(export) as (lines, done):
                for rows in self._batches_of_rows(export, reader, lines):
                    staging.add(export.kind, rows)
                    step = Progress(Step.READING, export.path.name, self._read.total(), 0, total)
                    self._progress(replace(step, bytes_done=done_before + done()))
            done_before += export.size
        self._bytes = total

    def _batches_of_rows(
        self, export: Export, reader: RowReader, lines: Iterator[Line]
    ) -> Iterator[list[Row]]:
        rows: list[Row] = []
        for line in lines:
            self._read[export.kind] += 1
            row, faults = (None, _UNSPLIT) if line.texts is None else reader.read(line.texts)
            if faults:
                self._note(export, line, faults)
            if row is not None:
                rows.append(row)
            if len(rows) == _ROWS_AT_ONCE:
                self._accepted[export.kind] += len(rows)
                yield rows
                rows = []
        self._accepted[export.kind] += len(rows)
        yield rows

    def _note(self, export: Export, line: Line, faults: Sequence[RowFault]) -> None:
        self._values_left_out += sum(fault.kept for fault in faults)
        room = FAULTS_SHOWN - len(self._faults)
        self._faults.extend(
            Fault(export.path.name, line.number, f.field, f.value, f.reason, f.kept)
            for f in faults[:room]
        )

    def _failure(self, as_of: date | None) -> str | None:
        rejected = self._read.total() - self._accepted.total()
        if self._options.strict and rejected:
            return f"{rejected} of {self._read.total()} rows are bad"
        if not self._accepted.total():
            return "no row could be taken"
        if as_of is None:
            return "the files hold no day that is not in the future: say the day of the data"
        return None

    def _tally(self) -> Tally:
        counts = {kind: Counts(self._read[kind], self._accepted[kind]) for kind in Kind}
        return Tally(counts, self._values_left_out)

    def _report_step(self, step: Step, kind: Kind | None) -> None:
        rows = self._accepted.total() if kind is None else self._accepted[kind]
        self._progress(Progress(step, kind or "", rows, self._bytes, self._bytes))

    @contextmanager
    def _failing(self, batch_id: int) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            with suppress(Exception):
                batches.fail(self._engine, batch_id, self._tally(), told(error))
            raise


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        with failures_told(ImportFailed):
            yield
    except Overtaken:
        raise ImportFailed("the import took more than a day and was given up") from None
