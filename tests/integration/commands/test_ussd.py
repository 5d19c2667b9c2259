"""``sms-service ussd dial``: the phone in a terminal, in this process and over HTTP."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sms_service.database import make_engine, reading
from sms_service.ledger.tables import inbound
from tests.support.billing import DEMO_DATA
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.environment import process_environment
from tests.support.service import Service
from tests.support.small_billing import BILL_IDS

BILL = "6249849504428"
PHONE = "09358786385"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('ussd') / 'bills.db'}"
    run(url, "billing", "import", str(DEMO_DATA), "--as-of", "1405-09-01")
    return url


def run(url: str, *verb: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    given = {"DATABASE_URL": url, "TODAY": "1405-09-02", "USSD_CODE": "*1521#"}
    return subprocess.run(
        [sys.executable, "-m", "sms_service", *verb],
        env=process_environment(given | settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_inputs_from_a_pipe_lead_through_the_menus(database: str) -> None:
    done = run(database, "ussd", "dial", "*1521#", "--from", PHONE, stdin=f"{BILL}\n1\n\n")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.split("-- ")[1:]
    assert first.startswith("63 of 70 units\nشناسه قبض برق را وارد کنید\n1 قبض")
    assert second.split("\n")[1] == "قبض ۸۴۹۵"
    assert "شناسه پرداخت ۱۵۳۵۵۰۴۲۰" in third


def test_json_is_one_object_a_screen(database: str) -> None:
    done = run(database, "ussd", "dial", f"*1521*{BILL}#", "--json", stdin="4\n1\n")
    first, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert first == {
        "message": "قبض ۸۴۹۵\n1 بدهی 2 سوابق\n3 پرداخت ها\n4 همه با پیامک\n0 برگشت",
        "units": 58,
        "continue": True,
    }
    assert last["continue"] is False


def test_nothing_is_sent_or_kept(database: str) -> None:
    run(database, "ussd", "dial", f"*1521*{BILL}*1404#", "--from", PHONE, stdin="9\n0\n")
    engine = make_engine(database)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(inbound)) == 0
    engine.dispose()


def test_letters_hold_within_a_run_and_not_beyond(database: str) -> None:
    dial = ("ussd", "dial", "*1521#", "--from", PHONE, "--json")
    told = run(database, *dial, stdin="0\n3\n").stdout.splitlines()
    assert json.loads(told[-1])["message"].startswith("Shenase ghabz bargh")
    assert "شناسه" in run(database, *dial).stdout


def test_a_phone_that_is_none_is_refused(database: str) -> None:
    done = run(database, "ussd", "dial", "*1521#", "--from", "1234")
    assert done.returncode == 2
    assert "not an Iranian mobile" in done.stderr


def test_a_service_that_does_not_answer_is_one_line_without_the_secret(
    database: str, tmp_path: Path
) -> None:
    secret = {"WEBHOOK_SECRETS": CANARY_WEBHOOK_SECRET}
    done = run(database, "ussd", "dial", "*1521#", "--url", "http://127.0.0.1:9", **secret)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert CANARY_WEBHOOK_SECRET not in done.stderr


def test_a_running_service_is_dialled_for_real(on_sqlite: Service) -> None:
    done = run(
        "sqlite://",
        *("ussd", "dial", f"*1521*{BILL_IDS[1]}*1404#", "--url", on_sqlite.url, "--json"),
        stdin="9\n",
        WEBHOOK_SECRETS=CANARY_WEBHOOK_SECRET,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[0])["message"].startswith("دوماهه تا")
