"""``sms-service db``: how the schema stands, brought forward and back."""

import pytest
from click.testing import CliRunner, Result

from sms_service.cli import app
from sms_service.ledger.migrations.runner import head


def db(url: str, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["db", *arguments], env={"DATABASE_URL": url}, input=answer)


def test_check_fails_until_the_schema_is_the_one_that_is_wanted(sqlite_url: str) -> None:
    empty = db(sqlite_url, "check")
    assert (empty.exit_code, "no schema yet" in empty.output) == (1, True)
    assert "sms-service db upgrade" in empty.output
    assert db(sqlite_url, "upgrade").output == f"schema {head()}\n"
    assert db(sqlite_url, "check").exit_code == 0
    assert db(sqlite_url, "upgrade").output == f"schema {head()} (already there)\n"


def test_check_says_of_each_step_whether_the_old_release_may_run_meanwhile(
    sqlite_url: str,
) -> None:
    db(sqlite_url, "upgrade")
    assert db(sqlite_url, "downgrade", "0006", "--yes").exit_code == 0
    told = db(sqlite_url, "check")
    assert told.exit_code == 1
    assert "0007 contract (end every process of the release before first)" in told.output
    assert "0008 expand (may be applied while the release before runs)" in told.output


@pytest.mark.parametrize(
    ("revision", "answer", "said"),
    [("0042", "y\n", "there is no revision 0042"), ("0006", "n\n", "Aborted")],
)
def test_nothing_is_taken_back_by_mistake(
    sqlite_url: str, revision: str, answer: str, said: str
) -> None:
    db(sqlite_url, "upgrade")
    refused = db(sqlite_url, "downgrade", revision, answer=answer)
    assert (refused.exit_code, said in refused.output) == (1, True)
    assert db(sqlite_url, "check").exit_code == 0
