"""Import of billing exports: streamed, checked row by row, in force all at once.

What an import brings is seen by nobody until its last statement commits; killed at any
moment before, it leaves the data in force as they were.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from sms_service.billing import batches
from sms_service.billing.activation import Activation
from sms_service.billing.batches import Batch, Overtaken, Tally
from sms_service.billing.exports import Export, content_hash, examine, find_files
from sms_service.billing.failures import failures_told, told
from sms_service.billing.inputs import InputFault
from sms_service.billing.intake import Intake
from sms_service.billing.layouts import Kind, Layout, layouts
from sms_service.billing.long_work import changing, long_work
from sms_service.billing.mapping import mapped
from sms_service.billing.staging import Staging
from sms_service.billing.summary import ImportOptions, Outcome, Progress, Report, Step, Summary

SOURCE = "files"


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
    """Import CSV exports and workbooks, or the ones in a directory, as one batch.

    ``hash_phone`` makes the keyed hash of a number in E.164. Rows replace those of equal
    natural key and can be brought back by a rollback of the batch; contents that are in
    force already are recognised and left alone. ``progress`` is called in the caller's own
    thread, every second at least once the rows are read; what it raises ends the import.
    Raises InputFault for files that can't be taken and ImportFailed when the database
    fails. Whatever is raised, nothing has changed.
    """
    options = options or ImportOptions()
    known = layouts(hash_phone, today)
    if options.mapping is not None:
        known = mapped(known, options.mapping)
    return _Import(engine, known, today, progress, options).of(find_files(files))


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
        self._today = today
        self._progress = progress
        self._options = options
        self._intake = Intake(progress, options.on_fault)

    def of(self, paths: Sequence[Path]) -> Summary:
        started = time.perf_counter()
        if self._options.as_of is not None and self._options.as_of > self._today:
            raise InputFault("the day of the data is in the future")
        called = self._options.called
        found = [
            export for path in paths for export in examine(path, self._known, called.get(path, ""))
        ]
        names = [export.name for export in found]
        contents = content_hash(found, self._options.mapping)
        with _failures_told():
            summary = self._known_already(contents)
            if summary is None:
                with long_work(self._engine, self._options.lock_seconds) as connection:
                    summary = self._imported(connection, found, contents)
        return replace(summary, files=names, seconds=time.perf_counter() - started)

    def _known_already(self, contents: str) -> Summary | None:
        if self._options.again:
            return None
        same = batches.newest_in_force(self._engine, contents)
        newest = batches.newest_in_force(self._engine)
        if same is None or newest is None:
            return None
        newer = newest.id if newest.id != same.id else None
        return Summary(Outcome.KNOWN, same.id, data_as_of=same.data_as_of, newer_batch=newer)

    def _imported(self, connection: Connection, found: Sequence[Export], contents: str) -> Summary:
        names = [export.name for export in found]
        waiting = partial(self._report, Step.WAITING, None)
        with changing(connection, self._options.lock_seconds, waiting):
            batch_id = batches.begin(connection, SOURCE, names, contents)
        with self._failing(batch_id):
            return self._load(connection, found, batch_id)

    def _load(self, connection: Connection, found: Sequence[Export], batch_id: int) -> Summary:
        staging = Staging(connection, {layout.kind: layout for layout in self._known})
        staging.create()
        self._intake.stage(found, staging)
        tally = self._intake.tally()
        as_of = self._options.as_of or staging.newest_day(self._today)
        failure = self._failure(tally, as_of)
        if failure is None and as_of is not None:
            patience = self._options.lock_seconds
            activation = Activation(connection, staging, self._report, patience)
            done = activation.put_in_force(batch_id, activation.order(tally), as_of)
            return self._summary(done.batch_id, done.tally, as_of, done.before)
        batches.fail(self._engine, batch_id, tally, failure or "")
        refused = self._summary(batch_id, tally, as_of)
        return replace(refused, outcome=Outcome.REFUSED, failure=failure)

    def _failure(self, tally: Tally, as_of: date | None) -> str | None:
        total = tally.total
        if self._options.strict and total.rejected:
            return f"{total.rejected} of {total.read} rows are bad"
        if not total.accepted:
            return "no row could be taken"
        if as_of is None:
            return "the files hold no day that is not in the future: say the day of the data"
        return None

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
            faults=tuple(self._intake.faults),
        )

    def _report(self, step: Step, kind: Kind | None) -> None:
        tally, size = self._intake.tally(), self._intake.bytes
        rows = tally.total.accepted if kind is None else tally.counts[kind].accepted
        self._progress(Progress(step, kind or "", rows, size, size))

    @contextmanager
    def _failing(self, batch_id: int) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            with suppress(Exception):
                batches.fail(self._engine, batch_id, self._intake.tally(), told(error))
            raise


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        with failures_told(ImportFailed):
            yield
    except Overtaken:
        raise ImportFailed("the import took more than a day and was given up") from None
