"""The simulated billing interface as a plain client sees it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sms_service.simulator.saapa.harness import TOKEN, SimulatedSaapa
from sms_service.simulator.saapa.records import Records
from sms_service.simulator.saapa.remote import SaapaControl
from sms_service.simulator.saapa.traps import Trap

BILL, OTHER, UNKNOWN = "0012345604420", "1234567804423", "7774567804429"
SALE = {"bill_serial": "1", "sale_prd": "4", "issue_date": "2022-11-20T00:00:00Z"} | {
    "bill_amt": "1167000",
    "normal_cons": "10",
    "peak_cons": "",
    "low_cons": "5",
    "previous_energy_debit": "0",
}
RECORDS = Records.of_dicts(
    sales=[
        {"bill_identifier": BILL, "sale_year": "1398", **SALE},
        {"bill_identifier": BILL, "sale_year": "1401", **SALE},
        {"bill_identifier": OTHER, "sale_year": "1401", **SALE},
    ],
    branch=[{"bill_identifier": BILL, "total_bill_debt": "5000", "subscription_id": "7"}],
)


@pytest.fixture(scope="module")
def interface() -> Iterator[SimulatedSaapa]:
    with SimulatedSaapa(RECORDS) as interface:
        yield interface


def post(
    interface: SimulatedSaapa, path: str, *traps: Trap, token: str = TOKEN, **fields: str
) -> requests.Response:
    interface.trap(*traps)
    headers = {"Authorization": f"Bearer {token}"}
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{interface.base_url}/{path}",
            json=fields,
            headers=headers,
            timeout=5,
            allow_redirects=False,
        )


def sales(interface: SimulatedSaapa, *traps: Trap, bill: str = BILL, since: str = "95") -> Any:
    answer = post(interface, "get-sale-bills", *traps, bill_identifier=bill, from_year=since)
    assert answer.status_code == 200
    envelope = answer.json()
    assert list(envelope) == ["TimeStamp", "status", "SessionKey", "message", "data", "error"]
    return envelope["data"]


def test_sales_come_from_the_year_on_that_was_asked_for(interface: SimulatedSaapa) -> None:
    assert [one["sale_year"] for one in sales(interface)] == ["1398", "1401"]
    assert [one["sale_year"] for one in sales(interface, since="00")] == ["1401"]
    assert sales(interface, since="05") is None


def test_both_spellings_of_a_question_are_understood(interface: SimulatedSaapa) -> None:
    told = post(interface, "api/ebills/GetBranchData", BILL_IDENTIFIER=BILL.lstrip("0")).json()
    assert told["data"][0]["total_bill_debt"] == "5000"


def test_an_unknown_bill_has_no_data_or_a_zeroed_record(interface: SimulatedSaapa) -> None:
    assert sales(interface, bill=UNKNOWN) is None
    zeroed = post(interface, "get-branch-info", Trap.ZEROED, bill_identifier=UNKNOWN).json()
    assert set(zeroed["data"][0].values()) == {"0"}


@pytest.mark.parametrize(
    ("trap", "name", "value"),
    [
        (Trap.NUMBERS, "bill_identifier", 12345604420),
        (Trap.NUMBERS, "bill_amt", 1167000.0),
        (Trap.DECIMALS, "bill_amt", "1167000.00"),
        (Trap.JALALI, "issue_date", "1401/08/29"),
        (Trap.SHORT_YEARS, "sale_year", "98"),
        (Trap.OLD_NAMES, "previous_energy_deb", "0"),
        (Trap.OLD_NAMES, "warm_normal_cons", "3"),
        (Trap.OTHER_CASE, "SALE_PRD", "4"),
        (Trap.PERSIAN_DIGITS, "bill_amt", "۱۱۶۷۰۰۰"),
        (Trap.BAD_VALUE, "bill_amt", "n/a"),
        (Trap.ALL_STRANGERS, "bill_identifier", OTHER),
    ],
)
def test_each_trap_changes_what_it_says(
    interface: SimulatedSaapa, trap: Trap, name: str, value: object
) -> None:
    assert sales(interface, trap)[0][name] == value


def test_strangers_and_duplicates_stand_among_the_others(interface: SimulatedSaapa) -> None:
    told = sales(interface, Trap.STRANGERS, Trap.DUPLICATES)
    assert [one["bill_identifier"] for one in told] == [BILL, BILL, OTHER, BILL]


@pytest.mark.parametrize(
    ("trap", "status"),
    [
        (Trap.HTML, 502),
        (Trap.TOKEN_EXPIRED, 401),
        (Trap.THROTTLED, 429),
        (Trap.MALFORMED, 400),
        (Trap.REDIRECT, 302),
        (Trap.STATUS_500_INSIDE, 200),
    ],
)
def test_refusals_have_their_status(interface: SimulatedSaapa, trap: Trap, status: int) -> None:
    answer = post(interface, "get-sale-bills", trap, bill_identifier=BILL)
    assert answer.status_code == status
    if trap is Trap.STATUS_500_INSIDE:
        assert answer.json()["status"] == 500
    if trap is Trap.THROTTLED:
        assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("trap", [Trap.RESET, Trap.CUT_BODY])
def test_a_broken_connection_is_broken(interface: SimulatedSaapa, trap: Trap) -> None:
    with pytest.raises(requests.RequestException):
        post(interface, "get-sale-bills", trap, bill_identifier=BILL)


def test_whoever_has_no_token_or_an_origin_is_refused(interface: SimulatedSaapa) -> None:
    assert post(interface, "get-sale-bills", token="", bill_identifier=BILL).status_code == 401
    answer = requests.post(
        f"{interface.base_url}/get-sale-bills",
        data=json.dumps({"bill_identifier": BILL}),
        headers={"Authorization": f"Bearer {TOKEN}", "Origin": "http://example"},
        timeout=5,
        proxies={"http": ""},
    )
    assert answer.status_code == 403


def test_a_malformed_id_and_an_unknown_path_are_told(interface: SimulatedSaapa) -> None:
    assert post(interface, "get-sale-bills", bill_identifier="12x").status_code == 400
    assert post(interface, "get-something").status_code == 404


def test_calls_are_kept_and_the_address_outlives_a_stop(interface: SimulatedSaapa) -> None:
    address = interface.base_url
    interface.simulator.calls.clear()
    interface.stop()
    with pytest.raises(requests.ConnectionError):
        sales(interface)
    interface.start()
    assert interface.base_url == address
    assert sales(interface)
    assert interface.asked("sales") == [BILL]


def test_traps_are_set_from_another_process_too(interface: SimulatedSaapa) -> None:
    interface.trap(Trap.DECIMALS)
    control = SaapaControl(interface.base_url)
    assert control.traps() == {Trap.DECIMALS}
    assert control.trap([Trap.DECIMALS, Trap.SLOW], slow=0.2) == {Trap.DECIMALS, Trap.SLOW}
    assert interface.simulator.slow == 0.2
    assert control.trap([]) == set()
    assert sales(interface)


@pytest.mark.parametrize("told", [{"traps": ["flood"]}, {"traps": [], "slow": "x"}, {}, []])
def test_a_trap_that_doesnt_exist_changes_nothing(interface: SimulatedSaapa, told: Any) -> None:
    interface.trap(Trap.DECIMALS)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f"{interface.base_url}/control/traps", json=told, timeout=5)
    assert answer.status_code == 400
    assert interface.simulator.traps == {Trap.DECIMALS}
