"""``sms-service billing`` as an operator types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sms_service.commands.billing import billing
from tests.support.billing import DEMO_DATA
from tests.support.environment import service_environment

BILL_ID = "1234567804423"
PAID = "bill_identifier,payment_identifier,payment_date,payment_amt,ref_code\n"
BRANCHES = "bill_identifier,total_bill_debt,mobile_number\n"


class Terminal:
    """Runs the verbs on one database."""

    def __init__(self, url: str) -> None:
        self._environment = service_environment(DATABASE_URL=url, TODAY="1405-09-02")

    def run(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(billing, list(map(str, arguments)), env=self._environment)


@pytest.fixture
def terminal(sqlite_url: str, sqlite_engine: object) -> Terminal:
    return Terminal(sqlite_url)


def written(folder: Path, text: str) -> Path:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_demo_data_are_imported_listed_and_counted(terminal: Terminal) -> None:
    imported = terminal.run("import", DEMO_DATA, "--as-of", "1405-09-01", "--json")
    assert imported.exit_code == 0
    summary = json.loads(imported.stdout)
    figures = {name: summary[name] for name in ("subscribers", "bills", "payments", "rejected")}
    assert figures == {"subscribers": 1000, "bills": 41_743, "payments": 40_365, "rejected": 0}
    assert (summary["data_as_of"], summary["as_of_from"]) == ("2026-11-22", "option")

    [batch] = json.loads(terminal.run("batches", "--json").stdout)
    assert (batch["state"], batch["rows_accepted"]) == ("in_force", 83_108)
    stats = json.loads(terminal.run("stats", "--json").stdout)
    assert (stats["bills"], stats["first_year"], stats["last_year"]) == (41_743, 1399, 1405)
    assert (stats["phones"], stats["rejected_bills"]) == (668, 26)


def test_the_day_taken_is_said_with_its_reason(terminal: Terminal, tmp_path: Path) -> None:
    result = terminal.run("import", written(tmp_path, f"{PAID}{BILL_ID},,2026-11-20,1000,1\n"))
    assert result.exit_code == 0
    assert "1405-08-29 (the newest day in the files)" in result.stdout


def test_the_same_file_twice_says_so(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path, f"{PAID}{BILL_ID},,2026-11-20,1000,1\n")
    terminal.run("import", path)
    again = terminal.run("import", path)
    assert again.exit_code == 0
    assert "nothing to do: batch 1 holds these files" in again.stdout


def test_a_bad_row_is_named_without_giving_anyone_away(terminal: Terminal, tmp_path: Path) -> None:
    lines = f"{BILL_ID[:-1]}9,0,09121234567\n{BILL_ID},0,02537771234\n"
    result = terminal.run("import", written(tmp_path, BRANCHES + lines), "--as-of", "1405-09-01")
    assert result.exit_code == 0
    assert "export.csv:2: bill_identifier «12…29»: wrong check digit, row left out" in result.stderr
    assert "export.csv:3: mobile_number «02…34»: not a mobile number, left empty" in result.stderr
    for private in (BILL_ID, BILL_ID[:-1], "9121234567", "2537771234"):
        assert private not in result.output


def test_strict_fails_on_a_bad_row(terminal: Terminal, tmp_path: Path) -> None:
    result = terminal.run("import", written(tmp_path, f"{PAID}x,,2026-11-20,1,1\n"), "--strict")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == ("Error: nothing was changed: 1 of 1 rows are bad")


def test_a_wrong_file_is_one_line_and_no_traceback(terminal: Terminal, tmp_path: Path) -> None:
    result = terminal.run("import", written(tmp_path, "name,age\n"))
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: export.csv: no known export")


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "no/such/file.csv"),
        ("import", str(DEMO_DATA), "--as-of", "1405-13-40"),
        ("import", str(DEMO_DATA), "--as-of", "1406-01-01"),
        ("batches", "--limit", "0"),
    ],
)
def test_wrong_usage_ends_with_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    assert terminal.run(*arguments).exit_code == 2


def test_an_empty_store_is_told_as_such(terminal: Terminal) -> None:
    stats = json.loads(terminal.run("stats", "--json").stdout)
    assert (stats["batch_id"], stats["bills"], stats["data_as_of"]) == (None, 0, None)
    assert json.loads(terminal.run("batches", "--json").stdout) == []
    assert terminal.run("stats").exit_code == 0
    assert terminal.run("batches").exit_code == 0


def test_an_import_into_an_empty_database_creates_the_schema_first(sqlite_url: str) -> None:
    imported = Terminal(sqlite_url).run("import", DEMO_DATA, "--json")
    assert imported.exit_code == 0
    assert json.loads(imported.stdout)["bills"] == 41_743
