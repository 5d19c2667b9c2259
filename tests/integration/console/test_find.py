"""One box finds a phone, a bill or a code, and tells what may be the matter where there is none."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.bill_id import check_digit
from sms_service.domain.calendar import TEHRAN
from sms_service.domain.roles import Role
from sms_service.domain.states import LaneState
from sms_service.domain.usage import Usage, written
from sms_service.ledger.desk_tables import audit
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import inbound, opt_outs, phones
from sms_service.service.lane_health import Health
from sms_service.settings import Settings
from tests.support.billing_rows import store
from tests.support.console import Desk, opened, words_of
from tests.support.histories import BILL_ID, YESTERDAY, history, two_monthly
from tests.support.subscriber import Subscriber

_NATIONAL = "09121234567"
_OTHER = "+989351112233"


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    """With an operator at it, and a bill in the records."""
    given = settings(DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0")
    with opened(given, Role.OPERATOR) as desk:
        store(engine, history(two_monthly(1404, 1405)), as_of=YESTERDAY)
        yield desk


@pytest.fixture
def subscriber(desk: Desk) -> Subscriber:
    return Subscriber(desk.parts.service)


def find(desk: Desk, typed: str) -> str:
    """Where the search leads."""
    answer = desk.post("/console/find", {"q": typed})
    assert answer.status_code == 303
    return str(answer.location)


def page_after(desk: Desk, typed: str) -> str:
    answer = desk.get(find(desk, typed))
    assert answer.status_code == 200
    return words_of(answer)


@pytest.mark.parametrize("typed", [_NATIONAL, "+98 912 123 4567", "۰۹۱۲۱۲۳۴۵۶۷", BILL_ID])
def test_what_only_one_request_has_leads_straight_to_it(
    desk: Desk, subscriber: Subscriber, typed: str
) -> None:
    (code,) = subscriber.text(BILL_ID)
    assert find(desk, typed) == f"/console/requests/{code}"


def test_a_tracking_code_leads_to_its_request(desk: Desk, subscriber: Subscriber) -> None:
    codes = subscriber.text(BILL_ID, "راهنما")
    assert find(desk, f" {codes[1]} ") == f"/console/requests/{codes[1]}"
    assert find(desk, f"کد رهگیری: {codes[0]}") == f"/console/requests/{codes[0]}"


def test_several_requests_lead_to_the_list_of_them_and_no_number_is_in_its_address(
    desk: Desk, subscriber: Subscriber
) -> None:
    codes = subscriber.text(BILL_ID, "راهنما")
    Subscriber(desk.parts.service, _OTHER).text("راهنما")
    address = find(desk, _NATIONAL)
    assert "912" not in address
    shown = words_of(desk.get(address))
    assert [code for code in codes if code in shown] == list(codes)
    assert "0935" not in shown
    assert _NATIONAL not in shown


def test_several_requests_about_a_bill_lead_to_their_list(
    desk: Desk, subscriber: Subscriber
) -> None:
    subscriber.text(BILL_ID)
    Subscriber(desk.parts.service, _OTHER).text(BILL_ID)
    address = find(desk, BILL_ID)
    assert BILL_ID not in address
    assert {"0912…67", "0935…33"} <= set(words_of(desk.get(address)).split())


def test_numbers_that_are_searched_for_reach_no_log(
    desk: Desk, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber.text(BILL_ID)
    ours = [name for name in logging.root.manager.loggerDict if name.startswith("sms_service")]
    caplog.clear()
    for typed in (_NATIONAL, BILL_ID, _OTHER):
        desk.get(find(desk, typed))
    told = [record.getMessage() for record in caplog.records if record.name in (*ours, "werkzeug")]
    assert not any(number in line for line in told for number in ("9121234567", BILL_ID))


def test_an_address_never_searches(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text(BILL_ID)
    answer = desk.get("/console/find", q=_NATIONAL)
    assert answer.status_code == 200
    assert "0912…67" not in words_of(answer)


def test_a_phone_from_which_nothing_came_is_told_in_one_sentence_with_what_may_help(
    desk: Desk,
) -> None:
    Subscriber(desk.parts.service, _OTHER).text(BILL_ID)
    answer = desk.get(find(desk, _NATIONAL))
    shown = words_of(answer)
    assert "از 0912…67 تا کنون هیچ پیامک و درخواستی به ما نرسیده است." in shown
    assert "آخرین پیامک از او هیچ" in shown
    assert "به این شماره بفرستد 30001521" in shown
    assert "می‌تواند بگیرد" in shown
    assert "30001521 کاوه‌نگار ۱" in shown, "one text reached the line in the last hour"
    assert "کاوه‌نگار کار می‌کند" in shown
    assert _NATIONAL not in answer.get_data(as_text=True)
    assert _OTHER not in answer.get_data(as_text=True)


def test_a_line_that_nothing_reached_is_told_as_the_likely_cause(desk: Desk) -> None:
    assert "هیچ پیامکی به هیچ خطی نرسیده است" in page_after(desk, _NATIONAL)


def test_the_hour_that_the_caller_names_is_looked_at(desk: Desk) -> None:
    (code,) = Subscriber(desk.parts.service, _OTHER).text("راهنما")
    three_hours_ago = datetime.now(UTC) - timedelta(hours=3)
    _move(desk, code, three_hours_ago)
    address = find(desk, _NATIONAL)
    clock = three_hours_ago.astimezone(TEHRAN).strftime("%H:%M")
    assert "هیچ پیامکی" in words_of(desk.get(address))
    assert "30001521 کاوه‌نگار ۱" in words_of(desk.get(address, at=clock))
    assert desk.get(address, at="25:99<script>").status_code == 200


@pytest.mark.parametrize("state", ["opted_out", "locked", "full"])
def test_what_stops_answers_to_the_phone_is_told(desk: Desk, state: str) -> None:
    hashed = desk.parts.service.hash_phone("+989121234567")
    now = int(datetime.now(UTC).timestamp())
    usage = Usage(now, 20, 25, locked_until=now + 600 if state == "locked" else 0)
    with writing(desk.parts.service.engine) as connection:
        if state == "opted_out":
            connection.execute(insert(opt_outs).values(phone_hash=hashed, since=db_now()))
        else:
            row = {"phone_hash": hashed, "usage": written(usage)}
            connection.execute(insert(phones).values(**row))
    told = {
        "opted_out": "خواسته است که پیامکی نگیرد",
        "locked": "شناسهٔ نادرست بسیار فرستاده و قفل است تا",
        "full": "سقف پاسخ امروز این گوشی پر شد",
    }
    assert told[state] in page_after(desk, _NATIONAL)


def test_a_lane_that_stands_still_is_told(desk: Desk) -> None:
    stopped = Health("kavenegar", LaneState.STOPPED, "kavenegar_418")
    desk.parts.service.lane_book.change("kavenegar", lambda _: stopped)
    shown = page_after(desk, _NATIONAL)
    assert "کاوه‌نگار ایستاده است اعتبار حساب کافی نیست" in shown


def test_the_phone_goes_on_to_the_counter_sealed(desk: Desk) -> None:
    page = desk.get(find(desk, _NATIONAL)).get_data(as_text=True)
    token = page.split('name="phone_token" value="')[1].split('"')[0]
    answer = desk.post("/console/counter/phone", {"phone_token": token})
    assert answer.status_code == 303
    counter = desk.get("/console/counter")
    assert "تلفنی که از آن آمدید: 0912…67" in words_of(counter)


def test_a_phone_whose_last_request_is_old_says_so_and_leads_on(
    desk: Desk, subscriber: Subscriber
) -> None:
    for code in subscriber.text("راهنما", BILL_ID):
        _move(desk, code, datetime.now(UTC) - timedelta(days=3))
    shown = desk.get(find(desk, _NATIONAL))
    assert "در ۲۴ ساعت گذشته چیزی نرسیده است" in words_of(shown)
    silence = shown.get_data(as_text=True).split('href="/console/find/phone/')[1].split('"')[0]
    told = words_of(desk.get(f"/console/find/phone/{silence}"))
    assert "۳ روز پیش" in told
    assert "از این شماره چیز تازه‌ای نرسیده است" in told


def test_a_bill_that_nobody_asked_about_says_whether_the_records_know_it(desk: Desk) -> None:
    known = page_after(desk, BILL_ID)
    assert "این قبض در داده‌ها هست" in known
    assert "از باجه برایش بپرسید" in known
    unknown = page_after(desk, f"876543210442{check_digit('876543210442')}")
    assert "این قبض در داده‌ها هم نیست" in unknown
    assert "از باجه برایش بپرسید" not in unknown


def test_a_code_that_no_request_has_says_so(desk: Desk) -> None:
    assert "هیچ درخواستی کد رهگیری 48213377 ندارد" in page_after(desk, "48213377")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("سلام", "شماره‌ای نیست"),
        ("۱۲۳۴۵", "۵ رقم هست"),
        ("1234567804424", "رقم کنترل آن نمی‌خواند"),
        ("<script>alert(1)</script>\u202e", "۱ رقم هست"),
    ],
)
def test_what_is_no_such_number_is_refused_with_what_is_wrong(
    desk: Desk, typed: str, told: str
) -> None:
    answer = desk.post("/console/find", {"q": typed})
    assert answer.status_code == 400
    assert told in words_of(answer)
    assert "alert(1)" not in answer.get_data(as_text=True)


def test_how_a_doubtful_number_was_read_is_told(desk: Desk, subscriber: Subscriber) -> None:
    (code,) = subscriber.text(BILL_ID)
    desk.post("/console/find", {"q": f"قبض {BILL_ID} کد {code}"})
    assert "کد رهگیری خوانده شد" in words_of(desk.get("/console/find"))


@pytest.mark.parametrize("path", ["phone/1.bm90", "phone/none", "bill/none", "code/<b>", "code/1"])
def test_an_address_that_was_made_up_leads_nowhere(desk: Desk, path: str) -> None:
    assert desk.get(f"/console/find/{path}").status_code in (303, 404)


def test_a_search_without_its_token_is_refused_and_nothing_of_a_search_is_a_deed(
    desk: Desk,
) -> None:
    assert desk.client.post("/console/find", data={"q": _NATIONAL}).status_code == 400
    find(desk, _NATIONAL)
    with reading(desk.parts.service.engine) as connection:
        assert connection.execute(select(audit)).all() == []


def _move(desk: Desk, code: str, at: datetime) -> None:
    """As if the request had come then."""
    with writing(desk.parts.service.engine) as connection:
        moved = update(inbound).where(inbound.c.code == code)
        connection.execute(moved.values(received_at=at, id=first_id_of(at) + int(code)))
