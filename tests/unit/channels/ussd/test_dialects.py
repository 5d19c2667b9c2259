"""Each dialect as its gateway speaks it: what is read, what is answered, what is refused."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.support.histories import BILL_ID
from tests.support.ussd_site import CLONES, STEP, Site

ASKS = "شناسه قبض برق را وارد کنید"


@pytest.fixture
def site() -> Site:
    return Site()


def test_json_is_answered_with_the_id_the_screen_and_whether_it_goes_on(site: Site) -> None:
    answer = site.step()
    assert answer.status_code == 200
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.data) == {
        "session_id": "d41d8cd9",
        "message": f"{ASKS}\n0 بیشتر",
        "continue": True,
    }


def test_json_tells_what_was_typed_last(site: Site) -> None:
    site.step()
    shown = site.step(event="input", input=BILL_ID, sequence=1).get_json()
    assert shown["message"].startswith("قبض ۵۶۷۸")
    shown = site.step(event="input", input="4", sequence=2).get_json()
    assert (shown["message"].split("\n")[0], shown["continue"]) == (
        "پاسخ به همین تلفن پیامک میشود",
        False,
    )


@pytest.mark.parametrize(
    "dialled",
    [f"*1521*{BILL_ID}#", f"*1521*{BILL_ID}", f"#1521*{BILL_ID}#", f"*1521**{BILL_ID}##"],
)
def test_json_asks_at_once_for_what_was_dialled_behind_the_code(site: Site, dialled: str) -> None:
    assert site.step(input=dialled).get_json()["message"].startswith("قبض ۵۶۷۸")


@pytest.mark.parametrize("dialled", ["", "*1521#", "1521", "*1521*#"])
def test_json_begins_with_the_first_screen_where_nothing_was(site: Site, dialled: str) -> None:
    assert site.step(input=dialled).get_json()["message"].startswith(ASKS)


def test_json_closes_a_dialogue_and_shows_nothing(site: Site) -> None:
    site.step()
    shown = site.step(event="close", input=None, sequence=1).get_json()
    assert (shown["message"], shown["continue"]) == ("", False)
    assert site.step(event="input", input=BILL_ID, sequence=2).get_json()["message"] == (
        f"{ASKS}\n0 بیشتر"
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("session_id", None, "missing"),
        ("session_id", "", "missing"),
        ("session_id", "x" * 65, "too_long"),
        ("session_id", "سلام", "invalid"),
        ("session_id", "a\x00b", "invalid"),
        ("session_id", 7, "invalid"),
        ("phone", None, "missing"),
        ("phone", ["0912"], "invalid"),
        ("event", "begin", "invalid"),
        ("event", None, "missing"),
        ("input", "1" * 1001, "too_long"),
        ("input", 1, "invalid"),
        ("sequence", None, "missing"),
        ("sequence", "1", "invalid"),
        ("sequence", True, "invalid"),
        ("sequence", -1, "invalid"),
        ("sequence", 1.5, "invalid"),
        ("sequence", 100_000, "invalid"),
    ],
)
def test_json_refuses_what_breaks_the_contract(
    site: Site, field: str, value: object, code: str
) -> None:
    answer = site.step(**{field: value})
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["errors"] == [{"field": field, "code": code}]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 5000, b'"text"'])
def test_json_refuses_what_is_no_object(site: Site, body: bytes) -> None:
    assert site.client.post("/ussd/json/a-secret", data=body).status_code == 400


@pytest.mark.parametrize("phone", ["02532930000", "+4915112345678", "1521", "\u200f", "0912"])
def test_who_is_no_mobile_of_ours_is_told_where_to_ask(site: Site, phone: str) -> None:
    shown = site.step(phone=phone).get_json()
    assert shown["message"].startswith("اکنون ممکن نیست")
    assert not shown["continue"]


@pytest.mark.parametrize("phone", ["09121234567", "+989121234567", "989121234567", "۰۹۱۲۱۲۳۴۵۶۷"])
def test_one_phone_is_one_however_it_is_written(site: Site, phone: str) -> None:
    site.step()
    site.step(event="input", input=BILL_ID, sequence=1)
    shown = site.step(session_id="other", phone=phone).get_json()
    assert shown["message"].startswith("تماس پیش قطع شد")


@pytest.mark.parametrize("name", CLONES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_clone_is_told_all_inputs_and_answers_in_words(
    site: Site, name: str, method: str
) -> None:
    assert_shown(call(site, name, "", method), f"CON {ASKS}")
    assert_shown(call(site, name, BILL_ID, method), "CON قبض ۵۶۷۸")
    assert_shown(call(site, name, f"{BILL_ID}*1", method), "CON بدهی")
    assert_shown(call(site, name, f"{BILL_ID}*1*0", method), "CON قبض ۵۶۷۸")
    assert_shown(call(site, name, f"{BILL_ID}*1*0*4", method), "END پاسخ به همین تلفن")


@pytest.mark.parametrize("name", CLONES)
def test_a_clone_that_repeats_a_step_gets_its_screen(site: Site, name: str) -> None:
    call(site, name, "")
    first = call(site, name, f"{BILL_ID}*1").data
    assert call(site, name, f"{BILL_ID}*1").data == first
    assert len(site.dialogues.consultant.arrivals) == 1


@pytest.mark.parametrize("typed", [f"{BILL_ID}*1*", f"{BILL_ID}**1", f"*{BILL_ID}*1"])
def test_a_star_that_was_typed_is_no_input(site: Site, typed: str) -> None:
    assert_shown(call(site, "africastalking", typed), "CON بدهی")


def test_two_inputs_that_came_in_one_step_are_both_taken(site: Site) -> None:
    call(site, "africastalking", BILL_ID)
    assert_shown(call(site, "africastalking", f"{BILL_ID}*2*1"), "CON دوماهه")


def test_the_end_that_a_clone_tells_of_keeps_the_dialogue_to_be_offered(site: Site) -> None:
    call(site, "africastalking", BILL_ID)
    of_phone = {"phoneNumber": "+989121234567", "serviceCode": "*1521#"}
    ended = of_phone | {"sessionId": "ATUid_1", "status": "Incomplete"}
    assert site.client.post("/ussd/africastalking/a-secret", data=ended).status_code == 200
    begun = of_phone | {"sessionId": "ATUid_2", "text": ""}
    again = site.client.post("/ussd/africastalking/a-secret", data=begun)
    assert_shown(again, "CON تماس پیش قطع شد")


@pytest.mark.parametrize("name", CLONES)
def test_a_clone_is_refused_without_one_of_its_fields(site: Site, name: str) -> None:
    fields = dict(zip(CLONES[name], ("1", "09121234567", "*1521#", "1"), strict=True))
    for missing in CLONES[name]:
        told = {field: value for field, value in fields.items() if field != missing}
        answer = site.client.get(f"/ussd/{name}/a-secret", query_string=told)
        assert answer.status_code == 400
        assert answer.get_json()["errors"] == [{"field": missing, "code": "missing"}]


def test_a_wrong_secret_and_an_unknown_dialect_are_both_no_page(site: Site) -> None:
    for path in ("/ussd/json/wrong", "/ussd/klingon/a-secret", "/ussd/json/", "/ussd/json"):
        assert site.client.post(path, json=STEP).status_code == 404


def test_another_method_is_told_the_right_one(site: Site) -> None:
    answer = site.client.get("/ussd/json/a-secret")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def call(site: Site, name: str, text: str, method: str = "post") -> TestResponse:
    values = ("ATUid_1", "+989121234567", "*1521#", text)
    fields: Mapping[str, str] = dict(zip(CLONES[name], values, strict=True))
    path = f"/ussd/{name}/a-secret"
    if method == "get":
        return site.client.get(f"{path}?{urlencode(fields)}")
    return site.client.post(path, data=fields)


def assert_shown(answer: TestResponse, begins: str) -> None:
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.data.decode().startswith(begins)
