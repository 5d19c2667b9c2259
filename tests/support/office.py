"""Who imports billing exports in the tests, and what the tables then hold."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from sms_service.billing.importing import import_billing
from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.summary import ImportOptions, Progress, Report, Step, Summary
from sms_service.database import reading
from sms_service.domain.records import History
from tests.support.billing import TODAY, hash_phone

ONE, OTHER = "1234567804423", "0012345604420"
SALES = (
    "bill_identifier,bill_serial,sale_year,sale_prd,process_status,reading_date,"
    "normal_cons,peak_cons,low_cons,bill_amt\n"
)
PAID = "bill_identifier,payment_identifier,payment_date,payment_amt,ref_code\n"
BRANCHES = "bill_identifier,total_bill_debt,payment_dead_line,mobile_number\n"
TABLES = ("bills", "payments", "branches")
IMAGES = tuple(f"replaced_{name}" for name in TABLES)


class Office:
    """An operator's desk: writes export files, imports them, asks for histories."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.source = SqlBillingSource(engine)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def bring_in(
        self, *paths: Path, options: ImportOptions | None = None, progress: Report | None = None
    ) -> Summary:
        return import_billing(
            self.engine,
            paths,
            hash_phone=hash_phone,
            today=TODAY,
            progress=progress or (lambda _progress: None),
            options=options,
        )

    def history(self, bill_id: str = ONE) -> History | None:
        return self.source.histories([bill_id]).get(bill_id)


def all_rows(
    engine: Engine, names: Sequence[str] = TABLES
) -> Mapping[str, set[tuple[object, ...]]]:
    """Every row of these tables, as the driver gives it."""
    with reading(engine) as connection:
        driver: Any = connection.connection.dbapi_connection
        return {name: set(driver.execute(f"SELECT * FROM {name}")) for name in names}


class Halt:
    """Stops an import in one step until it is let go."""

    def __init__(self, at: Step) -> None:
        self._at = at
        self.reached, self._go_on = threading.Event(), threading.Event()

    def __call__(self, progress: Progress) -> None:
        if progress.step is self._at:
            self.reached.set()
            assert self._go_on.wait(60)

    def go_on(self) -> None:
        self._go_on.set()


@contextmanager
def halted(office: Office, path: Path, at: Step) -> Iterator[tuple[Halt, "Future[Summary]"]]:
    """An import that has come to this step, and what will become of it."""
    halt = Halt(at)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(office.bring_in, path, progress=halt)
        try:
            assert halt.reached.wait(60)
            yield halt, future
        finally:
            halt.go_on()
