"""``sms-service requests show`` and ``gateway lanes``: where a request stopped, in words."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.domain.states import LaneState, OutboundState
from sms_service.ledger.lanes import LaneLedger
from sms_service.ledger.outbound import OutboundLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound
from sms_service.service.lane_health import Health
from sms_service.service.messages import Taking, Verdict
from tests.support.desk import FakeSource
from tests.support.ledger import BILL, PHONE, VAULT, answer, arrival, inbound_ledger
from tests.support.ussd import Exchange


@pytest.fixture
def code(engine: Engine) -> str:
    """A request whose answer the gateway refused for good."""
    recorded = Recorder(engine, VAULT).record([arrival("1", "بدهی")])[0]
    inbound = inbound_ledger(engine)
    claim = inbound.claim(1)
    inbound.answer(claim.token, [answer(claim.rows[0])])
    outbound = OutboundLedger(engine, VAULT, 30)
    taken = outbound.claim_queued(Taking("kavenegar", 1))
    refused = Verdict(taken.rows[0], OutboundState.REFUSED, "kavenegar_411")
    outbound.settle(taken.token, [refused])
    return recorded.code


def run(engine: Engine, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.run(
        [sys.executable, "-m", "sms_service", *arguments],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_hop_is_told_with_its_reason_and_what_to_do(engine: Engine, code: str) -> None:
    shown = run(engine, "requests", "show", code)
    assert shown.returncode == 0
    assert "شماره گیرنده درست نیست" in shown.stdout
    assert "دوباره فرستادن همین متن سودی ندارد" in shown.stdout
    assert PHONE not in shown.stdout


def test_machines_get_the_same_as_one_object(engine: Engine, code: str) -> None:
    told = json.loads(run(engine, "requests", "show", code, "--json").stdout)
    assert [hop["what"] for hop in told["hops"]] == [
        *("received", "answering", "answered", "queued", "sending", "refused"),
    ]
    assert told["answers"][0]["reason"] == "kavenegar_411"


def test_a_folded_request_names_the_one_that_is_answered(engine: Engine, code: str) -> None:
    again = Recorder(engine, VAULT).record([arrival("2", "بدهی")])[0].code
    told = json.loads(run(engine, "requests", "show", again, "--json").stdout)
    assert (told["state"], told["folded_into"]) == ("folded", code)


def test_an_unknown_code_is_one_line_and_exit_1(engine: Engine) -> None:
    shown = run(engine, "requests", "show", "00000000")
    assert shown.returncode == 1
    assert shown.stderr.strip().count("\n") == 0


def test_the_way_is_told_in_one_sentence_at_the_end(engine: Engine, code: str) -> None:
    shown = run(engine, "requests", "show", code)
    assert shown.stdout.strip().splitlines()[-1].startswith("کاوه‌نگار این شمارهٔ تلفن را نمی‌پذیرد")


def test_lanes_tell_why_they_stand_still(engine: Engine) -> None:
    assert run(engine, "gateway", "lanes").returncode == 0
    stopped = Health("kavenegar", LaneState.STOPPED, "kavenegar_418", 1, rest_seconds=60)
    LaneLedger(engine).change("kavenegar", lambda _: stopped)
    shown = run(engine, "gateway", "lanes")
    assert shown.returncode == 1
    assert "اعتبار حساب کافی نیست" in shown.stdout


def test_lanes_are_held_and_released_by_name(engine: Engine) -> None:
    held = run(engine, "gateway", "hold", "kavenegar", "--reason", "تعمیر")
    assert (held.returncode, held.stdout.strip()) == (0, "done")
    shown = run(engine, "gateway", "lanes")
    assert shown.returncode == 1
    assert "تعمیر" in shown.stdout
    again = run(engine, "gateway", "hold", "kavenegar", "--reason", "باز")
    assert "already" in again.stdout
    run(engine, "gateway", "release", "kavenegar", "--reason", "پایان")
    assert run(engine, "gateway", "lanes").returncode == 0


def test_all_sending_is_held_at_once_and_no_other_lane_is_invented(engine: Engine) -> None:
    run(engine, "gateway", "hold", "sending", "--reason", "تعمیر")
    shown = run(engine, "gateway", "lanes")
    assert (shown.returncode, "holds all sending: تعمیر" in shown.stderr) == (1, True)
    unknown = run(engine, "gateway", "hold", "pigeons", "--reason", "x")
    assert (unknown.returncode, "pigeons" in unknown.stderr) == (1, True)


def test_what_a_screen_showed_is_told_to_be_no_sms(engine: Engine) -> None:
    Exchange(engine).phone().dial(f"*1521*{BILL}*1405#")
    told = run(engine, "requests", "show", only_code(engine)).stdout
    assert "پاسخ روی صفحهٔ گوشی نشان داده شد و پیامکی نمی‌رود (سوابق)" in told
    assert "SMS" not in told


def test_what_came_too_late_for_a_screen_is_told_to_go_by_sms(engine: Engine) -> None:
    exchange = Exchange(engine, FakeSource(down=True))
    exchange.phone().dial(f"*1521*{BILL}*1405#")
    exchange.change_source(FakeSource())
    exchange.worker_turns()
    told = run(engine, "requests", "show", only_code(engine)).stdout
    assert "پاسخ به صفحهٔ گوشی نرسید و با پیامک می‌رود" in told
    assert "SMS: در صف فرستادن است" in told


def only_code(engine: Engine) -> str:
    with reading(engine) as connection:
        return str(connection.execute(select(inbound.c.code)).scalar_one())
