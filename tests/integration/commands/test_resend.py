"""``sms-service requests resend``: told first, asked, sent once."""

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from sms_service.billing.chain import BillingChain
from sms_service.commands import requests as verbs
from sms_service.service.ports import Blame, NotSent
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.resending import OTHER_PHONE, Office


@pytest.fixture
def office(
    settings: Any, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """The service's own parts, over bills in memory, as the command line gets them."""
    given: Settings = settings(DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0")
    parts = Parts(given)
    office = Office(engine, vault=parts.vault)
    vars(parts)["source"] = BillingChain({"memory": office.source})
    monkeypatch.setattr(verbs, "parts_of_this_run", lambda: parts)
    yield office
    parts.close()


def run(*arguments: str, says: str = "") -> Result:
    return CliRunner().invoke(verbs.requests, ["resend", *arguments], input=says)


def refused(office: Office) -> str:
    code = office.asked()
    office.deliver(NotSent(Blame.ROW, "kavenegar_411"))
    return code


def test_it_tells_what_would_go_and_sends_it_when_that_is_wanted(office: Office) -> None:
    code = refused(office)
    no = run(code, says="n\n")
    assert (no.exit_code, len(office.rows(code))) == (1, 1)
    assert "درگاه آن را نپذیرفت" in no.output
    yes = run(code, says="y\n")
    assert yes.exit_code == 0
    assert [row.state for row in office.rows(code)] == ["refused", "queued"]


def test_a_script_isn_t_asked_and_a_second_run_is_refused(office: Office) -> None:
    code = refused(office)
    assert run(code, "--yes").exit_code == 0
    again = run(code, "--yes")
    assert again.exit_code == 1
    assert "in_flight" in again.output
    assert len(office.rows(code)) == 2


def test_who_ran_it_and_why_is_kept(office: Office) -> None:
    code = refused(office)
    assert run(code, "--yes", "--to", OTHER_PHONE).exit_code == 1
    assert run(code, "--yes", "--to", OTHER_PHONE, "--reason", "گم شده").exit_code == 0
    standing = office.resending().standing(code)
    assert standing is not None
    latest = standing.latest
    assert latest is not None
    assert (latest.by or "").startswith("cli:")


def test_an_unknown_code_is_one_line_and_exit_1(office: Office) -> None:
    none = run("00000000", "--yes")
    assert none.exit_code == 1
    assert none.output.strip().count("\n") == 0
