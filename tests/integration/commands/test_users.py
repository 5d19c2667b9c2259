"""``sms-service users`` and ``sms-service audit`` from a terminal."""

import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from sms_service.cli import app
from sms_service.database import writing
from sms_service.domain.roles import Role
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.people import PeopleLedger
from sms_service.service.people import password_fault
from tests.support.environment import service_environment


class Terminal:
    """Runs verbs on one database."""

    def __init__(self, url: str) -> None:
        self._environment = service_environment(DATABASE_URL=url, LOG_LEVEL="WARNING")

    def run(self, *words: str, typed: str | None = None) -> tuple[int, str]:
        done = CliRunner().invoke(app, words, env=self._environment, input=typed)
        return done.exit_code, done.output.strip()

    def listed(self) -> Sequence[dict[str, object]]:
        told: Sequence[dict[str, object]] = json.loads(self.run("users", "list", "--json")[1])
        return told


@pytest.fixture
def terminal(sqlite_url: str, sqlite_engine: Engine) -> Terminal:
    """On a database with the schema and nobody in it."""
    return Terminal(sqlite_url)


def test_the_first_admin_gets_a_random_password_printed_once(
    terminal: Terminal, sqlite_engine: Engine
) -> None:
    status, password = terminal.run("users", "create", "Reza", "--role", "admin", "--name", "رضا")
    assert (status, password_fault(password, "reza")) == (0, None)
    (told,) = terminal.listed()
    assert (told["username"], told["roles"], told["name"]) == ("reza", ["admin"], "رضا")
    assert (told["state"], told["must_change_password"]) == ("active", True)
    assert terminal.run("users", "list")[1].startswith("reza  admin  active  no second factor")
    (deed,) = AuditLedger(sqlite_engine).entries()
    assert (deed.action, deed.subject, deed.actor[:4]) == ("user_create", "reza", "cli:")
    assert password not in deed.details


def test_a_password_comes_from_a_pipe_and_is_not_repeated(terminal: Terminal) -> None:
    words = ("users", "create", "reza", "--role", "admin", "--password-stdin")
    assert terminal.run(*words, typed="correct horse battery\n") == (0, "")


@pytest.mark.parametrize(
    ("words", "typed", "status", "said"),
    [
        (("create", "r", "--role", "admin"), None, 2, "a username has"),
        (("create", "reza"), None, 2, "--role"),
        (("create", "reza", "--role", "owner"), None, 2, "owner"),
        (("create", "sara", "--role", "admin"), None, 1, "a user of this name"),
        (
            ("create", "reza", "--role", "admin", "--password-stdin"),
            "short\n",
            1,
            "at least 10 characters",
        ),
        (("roles", "nobody", "admin"), None, 1, "no user of this name"),
        (("deactivate", "nobody"), None, 1, "no user of this name"),
        (("reset-password", "nobody"), None, 1, "no user of this name"),
        (("deactivate", "sara"), None, 1, "nobody would be left"),
        (("roles", "sara", "operator"), None, 1, "nobody would be left"),
    ],
)
def test_what_can_t_be_done_is_told_in_one_line(
    terminal: Terminal, words: tuple[str, ...], typed: str | None, status: int, said: str
) -> None:
    terminal.run("users", "create", "sara", "--role", "admin")
    done = terminal.run("users", *words, typed=typed)
    assert (done[0], said in done[1]) == (status, True)
    assert [one["username"] for one in terminal.listed()] == ["sara"]


def test_roles_access_and_passwords_are_changed(terminal: Terminal, sqlite_engine: Engine) -> None:
    people = PeopleLedger(sqlite_engine)
    terminal.run("users", "create", "sara", "--role", "operator")
    assert terminal.run("users", "roles", "sara", "supervisor", "auditor") == (0, "")
    found = people.find("sara")
    assert found
    assert found.roles == {Role.SUPERVISOR, Role.AUDITOR}
    terminal.run("users", "deactivate", "sara")
    assert terminal.listed()[0]["state"] == "deactivated"
    terminal.run("users", "activate", "sara")
    assert terminal.listed()[0]["state"] == "active"
    status, password = terminal.run("users", "reset-password", "sara")
    assert (status, len(password)) == (0, 19)
    assert terminal.run("users", "reset-second-factor", "sara") == (0, "")
    assert [one.action for one in AuditLedger(sqlite_engine).entries()] == [
        *("user_create", "user_roles", "user_deactivate", "user_activate"),
        *("user_password_reset", "user_second_factor_reset"),
    ]


def test_a_whole_log_is_told_so_with_what_to_note(terminal: Terminal) -> None:
    terminal.run("users", "create", "sara", "--role", "operator")
    status, said = terminal.run("audit", "check")
    assert (status, said.startswith("1 entries hold; the last is 1:")) == (0, True)
    noted = said.split()[-1]
    assert terminal.run("audit", "check", "--noted", noted)[0] == 0
    status, head = terminal.run("audit", "head")
    assert (status, head.partition(":")[0]) == (0, "3")
    assert terminal.run("audit", "check", "--noted", head.strip())[0] == 0
    assert terminal.run("audit", "check", "--noted", "7:" + "0" * 64)[0] == 1
    assert terminal.run("audit", "check", "--noted", "nonsense")[0] == 2


def test_a_changed_entry_ends_the_check_with_its_number(
    terminal: Terminal, sqlite_engine: Engine
) -> None:
    for name in ("sara", "reza", "mina"):
        terminal.run("users", "create", name, "--role", "operator")
    with writing(sqlite_engine) as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE number = 2"))
    status, said = terminal.run("audit", "check")
    assert status == 1
    assert said.splitlines() == ["Error: entry 2 doesn't hold on to the one before it"]


def test_the_log_is_shown_to_people_and_to_machines(terminal: Terminal) -> None:
    for name in ("sara", "reza"):
        terminal.run("users", "create", name, "--role", "operator")
    lines = terminal.run("audit", "show")[1].splitlines()
    assert [line.split()[-1] for line in lines] == ["reza", "sara"]
    (told,) = terminal.run("audit", "show", "--json", "--limit", "1")[1].splitlines()
    entry = json.loads(told)
    assert (entry["number"], entry["subject"]) == (2, "reza")
    assert entry["details"] == {"roles": ["operator"]}
    assert terminal.run("audit", "show", "--action", "resend")[1] == ""
