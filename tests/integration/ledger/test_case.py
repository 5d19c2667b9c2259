"""All that is known of one request: read in a handful of queries, each by an index."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import OutboundState
from sms_service.ledger.case import CaseLedger
from sms_service.ledger.standings import Standings
from sms_service.ledger.tables import inbound, receipts
from sms_service.service.auditing import Deed
from sms_service.service.ports import Accepted, Blame, NotSent
from tests.support.ledger import BILL, PHONE, VAULT
from tests.support.many_requests import fill_requests
from tests.support.plans import watch_plans
from tests.support.resending import OPERATOR, Office

UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BIG = {"inbound", "inbound_texts", "outbound", "outbound_texts", "events", "receipts"}


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


@pytest.fixture
def cases(engine: Engine) -> CaseLedger:
    return CaseLedger(engine, VAULT, ["kavenegar"])


def test_a_case_tells_what_came_what_went_and_who_said_what(
    office: Office, cases: CaseLedger
) -> None:
    code = office.asked()
    office.deliver(NotSent(Blame.ROW, "kavenegar_411"))
    office.resend(code, reason="تماس گرفت")
    office.deliver(Accepted("77", 1, 116))
    office.arrive()
    office.arrive(1)
    case = cases.case(code)
    assert case is not None
    assert (case.phone, case.text, case.bill_id) == (PHONE, BILL, BILL)
    first, second = case.answers
    assert (first.state, second.state) == (OutboundState.REFUSED, OutboundState.DELIVERED)
    assert first.ordered is None
    assert second.ordered is not None
    assert (second.ordered.by, second.ordered.reason) == ("sara", "تماس گرفت")
    assert [receipt.state for receipt in second.receipts] == ["applied", "idle"]
    assert (second.remote_id, second.cost_rial) == ("77", 116)
    assert case.hops[0].what == "received"
    assert case.hops[-1].what == "delivered"


def test_a_code_of_nothing_has_no_case(cases: CaseLedger) -> None:
    assert cases.case("10000000") is None


def test_what_was_folded_is_told_from_both_sides(office: Office, cases: CaseLedger) -> None:
    first, second = office.asked(), office.asked(remote_id="2")
    of_first, of_second = cases.case(first), cases.case(second)
    assert of_first is not None
    assert of_second is not None
    assert (of_first.twins, of_second.first_code) == ([second], first)


def test_when_the_gateway_had_it_is_the_first_hop(office: Office, cases: CaseLedger) -> None:
    code = office.asked()
    office.change_request(code, sent_at=db_now(-5))
    case = cases.case(code)
    assert case is not None
    assert [hop.what for hop in case.hops[:2]] == ["at_gateway", "received"]


def test_remarks_are_kept_in_their_order(office: Office, cases: CaseLedger) -> None:
    code = office.asked()
    for said in ("نخست", "دوم"):
        cases.remark(code, said, Deed(OPERATOR, "note_request", "request", code))
    case = cases.case(code)
    assert case is not None
    assert [(remark.by, remark.text) for remark in case.remarks] == [
        ("sara", "نخست"),
        ("sara", "دوم"),
    ]


def test_without_a_vault_nothing_that_is_sealed_is_told(office: Office) -> None:
    code = office.asked()
    case = CaseLedger(office.engine, None).case(code)
    assert case is not None
    assert (case.phone, case.text, case.raw, case.answers[0].text) == (None, None, None, None)
    assert not case.is_erased


def test_a_key_that_is_gone_hides_what_it_sealed_and_nothing_else(
    office: Office, cases: CaseLedger
) -> None:
    code = office.asked()
    with writing(office.engine) as connection:
        connection.execute(update(inbound).values(key_version=99))
    case = cases.case(code)
    assert case is not None
    assert (case.phone, case.bill_id) == (None, BILL)
    assert not case.is_erased


def test_the_gateway_s_word_is_waited_for_from_the_first_answer_that_it_took(
    office: Office, cases: CaseLedger
) -> None:
    code = office.asked()
    case = cases.case(code)
    assert case is not None
    assert case.answered_after is None
    office.deliver(Accepted("1", 1, 116))
    case = cases.case(code)
    assert case is not None
    assert case.answered_after is not None
    assert timedelta(0) <= case.answered_after < timedelta(seconds=30)


def test_no_query_of_a_case_or_of_a_resend_reads_a_big_table_whole(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_requests(postgresql_engine, VAULT, requests=20_000, until=UNTIL)
    with reading(postgresql_engine) as connection:
        code = connection.scalar(select(inbound.c.code).order_by(inbound.c.id.desc()).limit(1))
        assert connection.execute(select(receipts.c.id).limit(1)).all() is not None
    assert code is not None
    plans = watch_plans(monkeypatch)
    assert CaseLedger(postgresql_engine, VAULT).case(code) is not None
    with reading(postgresql_engine) as connection:
        assert Standings(VAULT).of(connection, code) is not None
    assert len(plans) >= 7
    assert set().union(*plans) & BIG == set()
