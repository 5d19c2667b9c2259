"""``sms-service requests search`` finds what the desk's search box finds."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import Engine

from sms_service.settings import load_settings
from sms_service.wiring import Parts
from tests.support.environment import process_environment, service_environment
from tests.support.subscriber import Subscriber


@pytest.fixture
def environ(sqlite_engine: Engine, sqlite_url: str) -> dict[str, str]:
    return service_environment(DATABASE_URL=sqlite_url, REDIS_URL="redis://127.0.0.1:9/0")


@pytest.fixture
def codes(environ: dict[str, str]) -> list[str]:
    """A wrong bill ID and a wish for help from one phone."""
    parts = Parts(load_settings(environ))
    try:
        return list(Subscriber(parts).text("1234567804424", "راهنما"))
    finally:
        parts.close()


def run(
    environ: dict[str, str], *arguments: str, typed: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "sms_service", "requests", "search", *arguments],
        env=process_environment(environ),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_phone_s_requests_are_listed_masked_the_newest_first(
    environ: dict[str, str], codes: list[str]
) -> None:
    shown = run(environ, "۰۹۱۲ ۱۲۳ ۴۵۶۷")
    assert shown.returncode == 0, shown.stderr
    assert [line.split()[2] for line in shown.stdout.splitlines()] == codes[::-1]
    assert "0912…67" in shown.stdout
    assert "9121234567" not in shown.stdout
    assert "رقم کنترل شناسه نمی‌خواند: در صف فرستادن" in shown.stdout


def test_as_json_it_has_machine_words_and_a_number_from_standard_input_stays_out_of_histories(
    environ: dict[str, str], codes: list[str]
) -> None:
    shown = run(environ, "-", "--json", typed="09121234567\n")
    told = json.loads(shown.stdout)
    assert told["read_as"] == "phone"
    assert [one["code"] for one in told["requests"]] == codes[::-1]
    assert told["requests"][1]["problem"] == "bad_check_digit"
    assert told["requests"][1]["standing"] == "queued"


def test_a_code_is_found_and_one_that_nobody_has_ends_with_1(
    environ: dict[str, str], codes: list[str]
) -> None:
    assert codes[0] in run(environ, codes[0]).stdout
    missing = run(environ, "10000001")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "no request has this tracking code" in missing.stderr


@pytest.mark.parametrize("typed", ["سلام", "1234567804424"])
def test_what_is_no_such_number_is_refused_in_one_line(environ: dict[str, str], typed: str) -> None:
    refused = run(environ, typed)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "Traceback" not in refused.stderr
