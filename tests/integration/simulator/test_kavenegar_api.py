"""The simulated gateway answers as Kavenegar's page says."""

import json
from typing import Any

import pytest
import requests

from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.kavenegar import LINE

RECEPTOR, PERSIAN = "09121234567", "بدهی ندارد"
HOUR = 3600


def ask(simulator: SimulatedKavenegar, method: str, verb: str = "POST", **form: Any) -> Any:
    address = f"{simulator.base_url}/v1/{simulator.api_key}/{method}.json"
    query, body = (form, None) if verb == "GET" else (None, form)
    response = requests.request(verb, address, params=query, data=body, timeout=5)
    answer = response.json()
    assert answer["return"]["status"] == response.status_code
    return answer


def code_of(simulator: SimulatedKavenegar, method: str, verb: str = "POST", **form: Any) -> int:
    answer = ask(simulator, method, verb, **form)
    code = int(answer["return"]["status"])
    assert (answer["entries"] is None) == (code != 200)
    return code


def array(*texts: tuple[str, str, str], **more: Any) -> dict[str, str]:
    columns = zip(*texts, strict=True)
    names = ("receptor", "sender", "message")
    form = {name: list(column) for name, column in zip(names, columns, strict=True)} | more
    return {name: json.dumps(value) for name, value in form.items()}


def test_send_answers_one_whole_entry_a_receptor(simulator: SimulatedKavenegar) -> None:
    both = f"{RECEPTOR},+989351234567"
    answer = ask(simulator, "sms/send", receptor=both, message=PERSIAN, sender=LINE)
    first, second = answer["entries"]
    assert set(first) == {
        *("messageid", "message", "status", "statustext"),
        *("sender", "receptor", "date", "cost"),
    }
    assert (first["receptor"], second["receptor"]) == (RECEPTOR, "09351234567")
    assert (first["message"], first["sender"], first["status"]) == (PERSIAN, LINE, 1)
    assert second["messageid"] > first["messageid"] > 2**32
    assert isinstance(first["date"], int)


def test_send_takes_a_query_too_and_the_default_line(simulator: SimulatedKavenegar) -> None:
    (entry,) = ask(simulator, "sms/send", "GET", receptor=RECEPTOR, message="a+b &")["entries"]
    assert (entry["message"], entry["sender"]) == ("a+b &", LINE)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"receptor": RECEPTOR}, 400),
        ({"message": "x"}, 400),
        ({"receptor": "", "message": "x"}, 406),
        ({"receptor": "02538800000", "message": "x"}, 411),
        ({"receptor": f"{RECEPTOR},5", "message": "x"}, 411),
        ({"receptor": RECEPTOR, "message": "x", "sender": "30009999"}, 412),
        ({"receptor": RECEPTOR, "message": ""}, 413),
        ({"receptor": RECEPTOR, "message": "ب" * 901}, 413),
        ({"receptor": RECEPTOR, "message": "ب" * 900}, 200),
        ({"receptor": ",".join([RECEPTOR] * 201), "message": "x"}, 414),
        ({"receptor": ",".join([RECEPTOR] * 200), "message": "x"}, 200),
        ({"receptor": RECEPTOR, "message": "x", "localid": "1,2"}, 419),
        ({"receptor": RECEPTOR, "message": "x", "localid": str(2**63)}, 400),
        ({"receptor": RECEPTOR, "message": "x", "localid": "7f"}, 400),
        ({"receptor": RECEPTOR, "message": "x", "tag": "no tag"}, 607),
    ],
)
def test_send_keeps_the_limits_of_the_page(
    simulator: SimulatedKavenegar, form: dict[str, str], code: int
) -> None:
    assert code_of(simulator, "sms/send", **form) == code
    assert bool(simulator.outbox()) == (code == 200)


def test_only_the_accounts_key_opens_and_getdate_needs_none(simulator: SimulatedKavenegar) -> None:
    def code(key: str, method: str) -> int:
        return requests.post(f"{simulator.base_url}/v1/{key}/{method}.json", timeout=5).status_code

    assert code("wrong", "account/info") == code("0", "account/info") == 403
    assert code("0", "utils/getdate") == 200
    assert code(simulator.api_key, "account/info") == 200
    assert code(simulator.api_key, "sms/nothing") == 404


def test_a_localid_said_again_sends_nothing_and_gives_the_old_record(
    simulator: SimulatedKavenegar,
) -> None:
    form = {"receptor": RECEPTOR, "message": PERSIAN, "localid": str(2**63 - 1)}
    first = ask(simulator, "sms/send", **form)["entries"]
    changed = form | {"receptor": "09351234567", "message": "x"}
    assert ask(simulator, "sms/send", **form)["entries"] == first
    assert ask(simulator, "sms/send", **changed)["entries"] == first
    assert [sent.messageid for sent in simulator.outbox()] == [first[0]["messageid"]]
    assert simulator.counters()["localid_repeated"] == 2


def test_sendarray_sends_each_its_own_and_keeps_the_localid_rule(
    simulator: SimulatedKavenegar,
) -> None:
    texts = (RECEPTOR, LINE, "یک"), ("09351234567", LINE, "دو")
    form = array(*texts, localmessageids=[11, 12])
    entries = ask(simulator, "sms/sendarray", **form)["entries"]
    assert [entry["message"] for entry in entries] == ["یک", "دو"]
    assert ask(simulator, "sms/sendarray", **form)["entries"] == entries
    assert [(sent.localid, sent.message) for sent in simulator.outbox()] == [(11, "یک"), (12, "دو")]


def test_sendarray_refuses_what_the_page_refuses(simulator: SimulatedKavenegar) -> None:
    text = (RECEPTOR, LINE, "x")
    uneven = array(text) | {"sender": json.dumps([LINE, LINE])}
    assert code_of(simulator, "sms/sendarray", "GET", **array(text)) == 405
    assert code_of(simulator, "sms/sendarray", **uneven) == 419
    assert code_of(simulator, "sms/sendarray", **array(text, localmessageids=[1, 2])) == 419
    assert code_of(simulator, "sms/sendarray", **array(*[text] * 201)) == 414
    assert code_of(simulator, "sms/sendarray", receptor=RECEPTOR, sender=LINE, message="x") == 400
    assert code_of(simulator, "sms/sendarray", **array(text, (RECEPTOR, "1", "x"))) == 412
    assert simulator.outbox() == []


def test_credit_falls_by_the_parts_sent_and_then_refuses(simulator: SimulatedKavenegar) -> None:
    (entry,) = ask(simulator, "sms/send", receptor=RECEPTOR, message="ب" * 71)["entries"]
    (single,) = ask(simulator, "sms/send", receptor=RECEPTOR, message="ب" * 70)["entries"]
    assert entry["cost"] == 2 * single["cost"]
    simulator.set_credit(entry["cost"])
    assert code_of(simulator, "sms/send", receptor=RECEPTOR, message="ب" * 71) == 200
    account = ask(simulator, "account/info")["entries"]
    assert (account["remaincredit"], account["type"]) == (0, "master")
    assert code_of(simulator, "sms/send", receptor=RECEPTOR, message="ب") == 418


def test_status_sees_48_hours_and_localid_12(simulator: SimulatedKavenegar) -> None:
    simulator.plan_receipts(steps=[])
    form = {"receptor": RECEPTOR, "message": PERSIAN, "localid": "5"}
    (sent,) = ask(simulator, "sms/send", **form)["entries"]

    def told() -> tuple[Any, Any]:
        (by_id,) = ask(simulator, "sms/status", messageid=sent["messageid"])["entries"]
        (by_local,) = ask(simulator, "sms/statuslocalmessageid", localid="5")["entries"]
        assert by_id["messageid"] == sent["messageid"]
        assert by_local["localid"] == "5"
        return by_id["status"], by_local["status"]

    assert told() == (1, 1)
    simulator.advance_clock(12 * HOUR + 60)
    assert told() == (1, 100)
    simulator.advance_clock(36 * HOUR)
    assert told() == (100, 100)


@pytest.mark.parametrize(
    ("method", "field"), [("sms/status", "messageid"), ("sms/statuslocalmessageid", "localid")]
)
def test_status_takes_500_ids(simulator: SimulatedKavenegar, method: str, field: str) -> None:
    ids = [str(number) for number in range(1, 502)]
    assert code_of(simulator, method, **{field: ",".join(ids)}) == 414
    answer = ask(simulator, method, **{field: ",".join(ids[:500])})
    assert [entry["status"] for entry in answer["entries"]] == [100] * 500


def test_receive_gives_a_hundred_at_a_time_and_each_once(simulator: SimulatedKavenegar) -> None:
    for number in range(105):
        simulator.text(RECEPTOR, LINE, f"متن {number}")
    unread = {"linenumber": LINE, "isread": "0"}
    first = ask(simulator, "sms/receive", **unread)["entries"]
    second = ask(simulator, "sms/receive", **unread)["entries"]
    assert [entry["message"] for entry in first + second] == [f"متن {n}" for n in range(105)]
    assert len(first) == 100
    assert set(first[0]) == {"messageid", "message", "sender", "receptor", "date"}
    assert ask(simulator, "sms/receive", **unread)["entries"] == []
    assert len(ask(simulator, "sms/receive", linenumber=LINE, isread="1")["entries"]) == 100


def test_inboxpaged_reads_again_what_receive_gave(simulator: SimulatedKavenegar) -> None:
    for number in range(205):
        simulator.text(RECEPTOR, LINE, f"متن {number}")
    for _ in range(3):
        ask(simulator, "sms/receive", linenumber=LINE, isread="0")
    page = ask(simulator, "sms/inboxpaged", linenumber=LINE, isread="1", pagenumber="2")
    assert [entry["message"] for entry in page["entries"]] == [f"متن {n}" for n in range(200, 205)]
    assert page["metadata"] == {
        "totalcount": "205",
        "currentpage": "2",
        "totalpages": "2",
        "pagesize": "200",
    }
    simulator.advance_clock(49 * HOUR)
    assert ask(simulator, "sms/inboxpaged", linenumber=LINE, isread="1")["entries"] == []


def test_the_outbox_tells_what_was_sent_since_and_to_whom(simulator: SimulatedKavenegar) -> None:
    for receptor in (RECEPTOR, "09351234567", RECEPTOR):
        ask(simulator, "sms/send", receptor=receptor, message=PERSIAN)
    first, second, third = simulator.outbox()
    assert simulator.outbox(receptor=RECEPTOR) == [first, third]
    assert simulator.outbox(since=first.messageid) == [second, third]
    assert first.parts == 1


def test_a_fault_hits_only_its_method_and_so_often(simulator: SimulatedKavenegar) -> None:
    simulator.fault("refuse", method="account/info", code=409, count=2)
    codes = [code_of(simulator, "account/info") for _ in range(3)]
    assert codes == [409, 409, 200]
    simulator.fault("refuse", code=451)
    assert code_of(simulator, "utils/getdate") == 451
    simulator.clear_faults()
    assert code_of(simulator, "utils/getdate") == 200


def test_one_of_several_faults_can_be_taken_back(simulator: SimulatedKavenegar) -> None:
    simulator.fault("refuse", method="account/info", code=451)
    simulator.fault("html", after=True)
    simulator.take_back("html")
    assert [fault.kind for fault in simulator.faults()] == ["refuse", "html"]
    simulator.take_back("html", after=True)
    assert [fault.kind for fault in simulator.faults()] == ["refuse"]
    assert code_of(simulator, "account/info") == 451


def test_a_fault_of_a_probability_hits_about_that_often(simulator: SimulatedKavenegar) -> None:
    simulator.fault("refuse", code=409, probability=0.3)
    hits = sum(code_of(simulator, "utils/getdate") == 409 for _ in range(200))
    assert 30 < hits < 90


def test_a_slow_answer_is_right_but_late(simulator: SimulatedKavenegar) -> None:
    simulator.fault("slow", ms=150, count=1)
    address = f"{simulator.base_url}/v1/0/utils/getdate.json"
    response = requests.get(address, timeout=5)
    assert response.elapsed.total_seconds() >= 0.15
    assert set(response.json()["entries"]) == {
        *("datetime", "year", "month", "day"),
        *("hour", "minute", "second", "unixtime"),
    }


@pytest.mark.parametrize("wrong", [{"kind": "flood"}, {"kind": "hang", "often": 3}])
def test_a_fault_that_doesnt_exist_is_refused(
    simulator: SimulatedKavenegar, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="error"):
        simulator.fault(**wrong)


def test_inboxpaged_keeps_to_its_range_and_to_the_accounts_lines(
    simulator: SimulatedKavenegar,
) -> None:
    now = simulator.text(RECEPTOR, LINE, "متن")
    simulator.text(RECEPTOR, LINE, "متن", age=3 * HOUR)
    ask(simulator, "sms/receive", linenumber=LINE, isread="0")
    today = ask(simulator, "utils/getdate")["entries"]["unixtime"]

    def read(since: int, until: int) -> list[int]:
        dates = {"startdate": str(since), "enddate": str(until)}
        answer = ask(simulator, "sms/inboxpaged", linenumber=LINE, isread="1", **dates)
        return [entry["messageid"] for entry in answer["entries"]]

    assert read(today - HOUR, today + 60) == [now.messageid]
    assert len(read(today - 47 * HOUR, today + 60)) == 2
    for since, until in ((today - 49 * HOUR, today), (today, today - 1), (today + 99, today + 99)):
        dates = {"startdate": str(since), "enddate": str(until)}
        assert code_of(simulator, "sms/inboxpaged", linenumber=LINE, isread="1", **dates) == 417
    assert code_of(simulator, "sms/receive", linenumber="30009999", isread="0") == 412
