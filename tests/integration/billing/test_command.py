"""``sms-service billing`` as an operator types it."""

import csv
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

    def run(self, *arguments: str | Path, types: str | None = None) -> Result:
        words = list(map(str, arguments))
        return CliRunner().invoke(billing, words, env=self._environment, input=types)


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
        ("import", str(DEMO_DATA), "--mapping", "no/such/file.toml"),
        ("rollback", "0"),
        ("rollback", "newest"),
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


def paid(folder: Path, amount: int, day: str = "2026-11-20") -> Path:
    return written(folder, f"{PAID}{BILL_ID},,{day},{amount},1\n{BILL_ID},,2026-10-01,500,2\n")


def test_a_rollback_asks_and_tells_what_came_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("import", paid(tmp_path, 1000))
    terminal.run("import", paid(tmp_path, 2000, "2026-11-21"))
    assert terminal.run("rollback", types="n\n").exit_code == 1
    assert [batch["state"] for batch in listed(terminal)] == ["in_force", "in_force"]

    done = terminal.run("rollback", types="y\n")
    assert done.exit_code == 0
    asked = "Take back batch 2 (export.csv: 2 rows, data up to 1405-08-30)? [y/N]"
    assert asked in done.stderr
    assert done.stdout.splitlines() == [
        "batch 2 is rolled back",
        "bills          0 restored, 0 removed",
        "payments       0 restored, 1 removed",
        "subscribers    0 restored, 0 removed",
        "data up to     1405-08-29, of batch 1",
    ]
    assert [batch["state"] for batch in listed(terminal)] == ["rolled_back", "in_force"]


def test_a_rollback_in_json_asks_nothing_when_told_so(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("import", paid(tmp_path, 1000))
    done = terminal.run("rollback", "1", "--yes", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "batch_id": 1,
        "undone": {
            "bills": {"restored": 0, "removed": 0},
            "payments": {"restored": 0, "removed": 2},
            "branches": {"restored": 0, "removed": 0},
        },
        "in_force": None,
        "data_as_of": None,
    }
    assert terminal.run("import", paid(tmp_path, 1000)).stdout.startswith("batch 2 is in force")


def test_an_older_batch_is_refused_by_the_one_that_must_go_first(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.run("import", paid(tmp_path, 1000))
    terminal.run("import", paid(tmp_path, 2000))
    refused = terminal.run("rollback", "1", "--yes")
    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert line == "Error: batch 2 came after batch 1 and must go first"


def test_a_file_that_a_newer_batch_has_overlaid_is_told(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("import", paid(tmp_path, 1000))
    terminal.run("import", paid(tmp_path, 2000))
    known = terminal.run("import", paid(tmp_path, 1000))
    assert "nothing to do: batch 1 holds these files" in known.stdout
    assert "warning: batch 2 came later" in known.stderr


def test_repeated_rows_are_told(terminal: Terminal, tmp_path: Path) -> None:
    line = f"{BILL_ID},,2026-11-20,1000,1\n"
    lines = line + line + line.replace("2026-11-20", "2026-11-19")
    result = terminal.run("import", written(tmp_path, PAID + lines))
    assert "repeated       2 rows; 1 said otherwise" in result.stdout


def test_what_was_not_taken_goes_into_a_report(terminal: Terminal, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    lines = f"{BILL_ID},,2026-11-20,1000,1\n{BILL_ID},,2026-11-20,x,2\n"
    result = terminal.run("import", written(tmp_path, PAID + lines), "--report", report)
    assert result.exit_code == 0
    with report.open(encoding="utf-8-sig", newline="") as file:
        _, fault = csv.reader(file)
    assert fault[:4] == ["3", "export.csv", "payment_amt", "x"]


def test_a_mapping_names_the_columns_of_other_files(terminal: Terminal, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    names = {
        "bill_identifier": "account",
        "payment_date": "when",
        "payment_amt": "how_much",
        "ref_code": "receipt",
    }
    lines = (f'{name} = "{own}"' for name, own in names.items())
    mapping.write_text("[payments]\n" + "\n".join(lines), encoding="utf-8")
    path = written(tmp_path, f"account,when,how_much,receipt\n{BILL_ID},2026-11-20,1000,1\n")
    assert terminal.run("import", path).exit_code == 1
    imported = terminal.run("import", path, "--mapping", mapping, "--json")
    assert imported.exit_code == 0
    assert json.loads(imported.stdout)["payments"] == 1
    mapping.write_text("[payments", encoding="utf-8")
    [*_, line] = terminal.run("import", path, "--mapping", mapping).stderr.splitlines()
    assert line.startswith("Error: mapping.toml: ")


def listed(terminal: Terminal) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(terminal.run("batches", "--json").stdout)
    return found
