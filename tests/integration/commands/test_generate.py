"""``sms-service billing generate`` as one who tries the service types it."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sms_service.commands.billing import billing
from sms_service.commands.reply import reply
from tests.support.environment import service_environment


class Terminal:
    """Runs verbs on one database, on 2 Azar 1405."""

    def __init__(self, url: str) -> None:
        self._environment = service_environment(DATABASE_URL=url, TODAY="1405-09-02")

    def generate(self, *options: str | Path) -> Result:
        arguments = ["generate", *map(str, options)]
        return CliRunner().invoke(billing, arguments, env=self._environment)

    def stats(self) -> dict[str, object]:
        told = CliRunner().invoke(billing, ["stats", "--json"], env=self._environment)
        found: dict[str, object] = json.loads(told.stdout)
        return found

    def ask(self, text: str) -> str:
        arguments = ["--from", "09120000001", text]
        return CliRunner().invoke(reply, arguments, env=self._environment).stdout


@pytest.fixture
def terminal(sqlite_url: str) -> Terminal:
    return Terminal(sqlite_url)


def test_subscribers_are_in_force_up_to_yesterday_in_a_database_that_was_empty(
    terminal: Terminal,
) -> None:
    done = terminal.generate("--subscribers", "50", "--years", "2")
    assert done.exit_code == 0
    assert "batch 1 is in force" in done.stdout
    stats = terminal.stats()
    assert (stats["data_as_of"], stats["first_year"]) == ("2026-11-22", 1403)
    assert f"bills          {stats['bills']}" in done.stdout


def test_data_that_are_there_are_refused_in_one_line_unless_they_are_to_go(
    terminal: Terminal,
) -> None:
    terminal.generate("--subscribers", "5", "--years", "1")
    before = terminal.stats()
    refused = terminal.generate("--subscribers", "9", "--years", "1")
    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert line == ("Error: the database holds billing data already; --replace empties it first")
    assert terminal.stats() == before
    assert terminal.generate("--subscribers", "9", "--years", "1", "--replace").exit_code == 0
    assert terminal.stats()["batch_id"] == 2


def test_exports_are_taken_by_the_import_and_answered_from(
    terminal: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    options = ("--subscribers", "20", "--years", "3", "--csv", folder, "--until", "1405-09-01")
    assert terminal.generate(*options).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "branches.csv",
        "payments.csv",
        "sales.csv",
    ]
    again = terminal.generate(*options)
    assert again.exit_code == 1
    assert "sales.csv is there already" in again.stderr
    imported = CliRunner().invoke(billing, ["import", str(folder)], env=terminal._environment)
    assert "rejected       0 rows; 0 values" in imported.stdout
    with (folder / "branches.csv").open(encoding="ascii", newline="") as file:
        branch = next(row for row in csv.DictReader(file) if row["total_bill_debt"] == "0")
    assert "بدهی ندارد" in terminal.ask(f"{branch['bill_identifier']} 1404")


def test_data_are_called_old_when_they_are_older_than_the_setting(
    sqlite_url: str,
) -> None:
    day = ("--until", "1405-07-25")
    Terminal(sqlite_url).generate("--subscribers", "1", "--years", "2", "--seed", "8", *day)
    bill_id = "5895029704428"
    for days, old in (("37", True), ("38", False)):
        environment = service_environment(
            DATABASE_URL=sqlite_url, TODAY="1405-09-03", DATA_OLD_AFTER_DAYS=days
        )
        told = (
            CliRunner()
            .invoke(reply, ["--from", "09120000001", f"{bill_id} 1405"], env=environment)
            .stdout
        )
        assert ("اطلاعات قدیمی است" in told) == old
        assert "تا ۲۵ مهر" in told


@pytest.mark.parametrize(
    "options",
    [
        ("--years", "3"),
        ("--subscribers", "0"),
        ("--subscribers", "200000000"),
        ("--subscribers", "5", "--years", "80"),
        ("--subscribers", "5", "--seed", "-1"),
        ("--subscribers", "5", "--until", "yesterday"),
    ],
)
def test_wrong_usage_ends_with_2(terminal: Terminal, options: tuple[str, ...]) -> None:
    assert terminal.generate(*options).exit_code == 2
