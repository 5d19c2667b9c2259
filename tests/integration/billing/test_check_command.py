"""``sms-service billing check`` as an operator types it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from sms_service.commands.billing import billing
from sms_service.simulator.saapa.harness import SimulatedSaapa
from sms_service.simulator.saapa.traps import Trap
from tests.support.canary import CANARY_SAAPA_TOKEN
from tests.support.environment import service_environment
from tests.support.saapa import UNKNOWN
from tests.support.small_billing import BILL_IDS

BILL = BILL_IDS[0]


class Terminal:
    """Runs the verb on one database and one interface."""

    def __init__(self, url: str, interface: SimulatedSaapa) -> None:
        self._environment = service_environment(
            DATABASE_URL=url,
            TODAY="1405-09-02",
            BILLING_SOURCES="saapa,sql",
            SAAPA_BASE_URL=interface.base_url,
            SAAPA_TOKEN=CANARY_SAAPA_TOKEN,
        )

    def check(self, *arguments: str) -> Result:
        return CliRunner().invoke(billing, ["check", *arguments], env=self._environment)


@pytest.fixture
def terminal(sqlite_url: str, sqlite_engine: Engine, interface: SimulatedSaapa) -> Terminal:
    return Terminal(sqlite_url, interface)


def said(result: Result) -> dict[str, dict[str, Any]]:
    return {one["source"]: one for one in map(json.loads, result.stdout.splitlines())}


def test_it_tells_in_counts_what_each_source_knows(terminal: Terminal) -> None:
    result = terminal.check(BILL, "--json")
    assert result.exit_code == 0
    told = said(result)
    assert {name: one["answer"] for name, one in told.items()} == {
        "saapa live": "known",
        "saapa kept": "nothing",
        "sql": "unknown",
    }
    assert told["saapa live"]["bills"] > 10
    assert told["saapa live"]["branch"] is True
    assert BILL not in result.output


def test_an_interface_that_is_away_is_told_with_the_reason_and_a_bad_exit(
    terminal: Terminal, interface: SimulatedSaapa
) -> None:
    interface.trap(Trap.TOKEN_EXPIRED)
    result = terminal.check(BILL)
    assert result.exit_code == 1
    assert "no answer: saapa_token_refused" in result.stdout
    assert "not every source answers" in result.output


def test_an_unknown_bill_is_an_answer(terminal: Terminal) -> None:
    result = terminal.check(UNKNOWN)
    assert result.exit_code == 0
    assert result.stdout.count("unknown") == 2


@pytest.mark.parametrize("wrong", ["123", "6249849504429", "\u0641"])
def test_what_is_no_bill_id_is_refused_unasked(
    terminal: Terminal, interface: SimulatedSaapa, wrong: str
) -> None:
    assert terminal.check(wrong).exit_code == 2
    assert interface.simulator.calls == []
