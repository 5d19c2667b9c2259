"""``sms-service tokens``: made, listed and revoked from a terminal."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from sms_service.cli import app
from sms_service.ledger.api_tokens import TokenLedger
from tests.support.counter import deeds_of
from tests.support.environment import service_environment


def run(url: str, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["tokens", *words], env=service_environment(DATABASE_URL=url))
    return done.exit_code, done.output


def test_a_token_is_printed_once_and_can_be_revoked(sqlite_url: str, sqlite_engine: Engine) -> None:
    status, secret = run(sqlite_url, "create", "portal", "--scope", "requests:read", "--days", "3")
    assert status == 0
    ledger = TokenLedger(sqlite_engine)
    token = ledger.find(secret.strip())
    assert token is not None
    listed = json.loads(run(sqlite_url, "list", "--json")[1])
    assert [(one["name"], one["scopes"]) for one in listed] == [("portal", ["requests:read"])]
    assert "portal" in run(sqlite_url, "list")[1]
    assert secret.strip() not in run(sqlite_url, "list")[1]
    assert run(sqlite_url, "revoke", str(token.id)) == (0, "revoked\n")
    assert run(sqlite_url, "revoke", str(token.id))[0] == 1
    assert ledger.find(secret.strip()) is None
    deeds = deeds_of(sqlite_engine)
    assert [deed.action for deed in deeds] == ["create_token", "revoke_token"]
    assert all(deed.actor.startswith("cli:") for deed in deeds)


@pytest.mark.parametrize(
    "words",
    [
        ("create", "portal"),
        ("create", "portal", "--scope", "everything"),
        ("create", "x" * 41, "--scope", "requests:read"),
        ("create", "portal", "--scope", "requests:read", "--days", "0"),
        ("revoke", "first"),
    ],
)
def test_wrong_usage_makes_nothing(
    sqlite_url: str, sqlite_engine: Engine, words: tuple[str, ...]
) -> None:
    assert run(sqlite_url, *words)[0] == 2
    assert TokenLedger(sqlite_engine).all() == []
