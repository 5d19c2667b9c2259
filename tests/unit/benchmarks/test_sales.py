"""The made-up export and the rows that are loaded beside it say the same."""

from pathlib import Path

from sqlalchemy import Engine

from sms_service.billing.importing import import_billing
from tests.benchmarks.sales import sales, write_csv
from tests.support.billing import TODAY, hash_phone
from tests.support.office import all_rows


def test_an_import_of_the_export_holds_the_rows(sqlite_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    write_csv(path, 2000)
    summary = import_billing(sqlite_engine, [path], hash_phone=hash_phone, today=TODAY)
    assert summary.tally.total.rejected == 0
    held = {row[:-1] for row in all_rows(sqlite_engine)["bills"]}
    assert held == {sale.row for sale in sales(2000)}
    assert len(held) == 2000
