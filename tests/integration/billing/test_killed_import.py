"""A power cut in the middle of an import: what was in force stays in force."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from sms_service.billing.batches import BatchState, list_batches
from sms_service.billing.importing import import_billing
from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.summary import Step
from sms_service.database import reading, writing
from tests.support.billing import TODAY, hash_phone
from tests.support.processes import Processes, wait_until

KNOWN = "1234567804423"
HEADER = "bill_identifier,payment_identifier,payment_date,payment_amt,ref_code\n"

BEFORE_ITS_TURN = {Step.READING, Step.ORDERING, Step.WAITING}

IMPORT = """
import sys, time
from datetime import date
from pathlib import Path
from sms_service.billing.importing import import_billing
from sms_service.billing import merging
from sms_service.database import make_engine

url, folder, moment = sys.argv[1:]

def stop(_):
    Path(folder, "reached").touch()
    time.sleep(600)

def see(progress):
    if progress.step == moment:
        stop(progress)

if moment == "written":
    merging.analyze = stop  # the last step before the commit
import_billing(
    make_engine(url), [Path(folder, "new.csv")], hash_phone=str.encode,
    today=date(2026, 11, 23), progress=see,
)
"""


@pytest.mark.parametrize("moment", [*(step.value for step in Step), "written"])
def test_a_killed_import_leaves_the_old_answers(
    moment: str, database_url: str, engine: Engine, tmp_path: Path, processes: Processes
) -> None:
    old = tmp_path / "old.csv"
    old.write_text(f"{HEADER}{KNOWN},,2025-07-10,295000,1\n")
    import_billing(engine, [old], hash_phone=hash_phone, today=TODAY)
    source = SqlBillingSource(engine)
    before = source.histories([KNOWN])
    new = tmp_path / "new.csv"
    rows = "".join(f"{KNOWN},,2025-08-10,1000,{number}\n" for number in range(1, 20_000))
    new.write_text(HEADER + rows)

    command = [sys.executable, "-c", IMPORT, database_url, str(tmp_path), moment]
    process = processes.start("import", command, {})
    wait_until((tmp_path / "reached").exists)
    assert source.histories([KNOWN]) == before
    if moment in BEFORE_ITS_TURN:
        assert_others_may_write(engine)
    processes.kill(process)

    assert source.histories([KNOWN]) == before
    assert list_batches(engine)[0].state is BatchState.LOADING
    import_billing(engine, [new], hash_phone=hash_phone, today=TODAY)
    assert len(source.histories([KNOWN])[KNOWN].payments) == 20_000
    wait_until(lambda: not leftovers(engine))


def assert_others_may_write(engine: Engine) -> None:
    """A lock held by the import would end this with OperationalError after some seconds."""
    with writing(engine) as connection:
        changed = connection.execute(text("UPDATE payments SET channel = channel"))
    assert changed.rowcount == 1


def leftovers(engine: Engine) -> list[str]:
    """Staging tables that outlived their import."""
    if engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE name LIKE 'staged%' OR name LIKE 'ordered%'"
    else:
        query = "SELECT relname FROM pg_class WHERE relname ~ '^(staged|ordered)' AND relkind = 'r'"
    with reading(engine) as connection:
        return list(connection.scalars(text(query)))
