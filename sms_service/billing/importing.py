"""Import of billing exports: streamed, checked row by row, in force all at once.

What an import brings is seen by nobody until its last statement commits; killed at any
moment before, it leaves the data in force as they were.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sms_service.billing import batches
from sms_service.billing.batches import Counts, Overtaken
from sms_service.billing.exports import (
    Export,
    content_hash,
    examine,
    find_files,
    records,
)
from sms_service.billing.faults import RowFault
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind, Layout, layouts
from sms_service.billing.rows import Chunk, Row, RowReader
from sms_service.billing.staging import Staging
from sms_service.billing.summary import (
    Fault,
    ImportOptions,
    Outcome,
    Progress,
    Report,
    Summary,
)

SOURCE = "csv"
FAULTS_SHOWN = 100
_ROWS_AT_ONCE = 10_000


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
    natural key; contents that are in force already are recognised and left alone.
    Raises InputFault for files that can't be taken and ImportFailed when the database
    fails; either way nothing has changed.
    """
    run = _Import(engine, layouts(hash_phone, today), today, progress, options or ImportOptions())
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
        self._known = known
        self._layouts = {layout.kind: layout for layout in known}
        self._today = today
        self._progress = progress
        self._options = options
        self._read: Counter[Kind] = Counter()
        self._accepted: Counter[Kind] = Counter()
        self._written: Counter[Kind] = Counter()
        self._faults: list[Fault] = []
        self._values_left_out = 0

    def of(self, paths: Sequence[Path]) -> Summary:
        started = time.perf_counter()
        if self._options.as_of is not None and self._options.as_of > self._today:
            raise InputFault("the day of the data is in the future")
        found = [export for path in paths for export in examine(path, self._known)]
        names = [export.name for export in found]
        contents = content_hash(found)
        with _failures_told():
            before = batches.newest_in_force(self._engine)
            same = batches.newest_in_force(self._engine, contents)
            if same is not None and not self._options.again:
                seconds = time.perf_counter() - started
                return Summary(Outcome.KNOWN, same.id, names, seconds, same.data_as_of)
            batch_id = batches.begin(self._engine, SOURCE, names, contents)
            with self._failing(batch_id):
                as_of, failure = self._load(found, batch_id)
        return Summary(
            Outcome.REFUSED if failure else Outcome.DONE,
            batch_id,
            names,
            time.perf_counter() - started,
            data_as_of=as_of,
            as_of_given=self._options.as_of is not None,
            replaces_as_of=before.data_as_of if before else None,
            counts=self._counts(),
            faults=tuple(self._faults),
            values_left_out=self._values_left_out,
            failure=failure,
        )

    def _load(self, found: Sequence[Export], batch_id: int) -> tuple[date | None, str | None]:
        with self._engine.connect() as connection:
            connection.detach()  # closed at the end, and the staging tables with it
            staging = Staging(connection, tuple(self._layouts.values()))
            staging.create()
            self._stage(found, staging)
            as_of = self._options.as_of or staging.newest_day(self._today)
            failure = self._failure(as_of)
            if failure is None and as_of is not None:
                self._merge(connection, staging, batch_id, as_of)
        if failure is not None:
            batches.fail(self._engine, batch_id, self._counts(), failure)
        return as_of, failure

    def _stage(self, found: Sequence[Export], staging: Staging) -> None:
        total = sum(export.size for export in found)
        done_before = 0
        for export in found:
            reader = RowReader(export.layout, export.header)
            with records(export) as (chunks, done):
                for rows in self._batches_of_rows(export, reader, chunks):
                    staging.add(export.kind, rows)
                    self._report(export.name, done_before + done(), total)
            done_before += export.size
        self._report("", total, total)

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
        self._values_left_out += sum(fault.kept for _, fault in faults)
        room = FAULTS_SHOWN - len(self._faults)
        self._faults.extend(
            Fault(export.name, line, f.field, f.value, f.reason, f.kept)
            for line, f in faults[:room]
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

    def _merge(self, connection: Connection, staging: Staging, batch_id: int, as_of: date) -> None:
        connection.execution_options(writes=True)
        with connection.begin():
            for kind in Kind:
                if self._accepted[kind]:
                    self._written[kind] = staging.merge(kind, batch_id)
            batches.put_in_force(connection, batch_id, self._counts(), as_of)
            staging.analyze()

    def _counts(self) -> dict[Kind, Counts]:
        return {
            kind: Counts(self._read[kind], self._accepted[kind], self._written[kind])
            for kind in Kind
        }

    def _report(self, file: str, bytes_done: int, bytes_total: int) -> None:
        self._progress(Progress(file, self._read.total(), bytes_done, bytes_total))

    @contextmanager
    def _failing(self, batch_id: int) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            with suppress(Exception):
                batches.fail(self._engine, batch_id, self._counts(), _reason(error))
            raise


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise ImportFailed(f"the database failed ({_reason(error)})") from None
    except Overtaken:
        raise ImportFailed("the import took more than a day and was given up") from None


def _reason(error: BaseException) -> str:
    """The kind of failure; a driver's own message may hold the values of a row."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return type(cause).__name__
