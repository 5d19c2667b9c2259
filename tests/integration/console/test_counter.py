"""The counter: an operator asks for somebody, and the answer goes where it is wanted."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from sms_service.domain.roles import Role
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.console import Desk, words_of
from tests.support.counter import (
    BILL,
    PHONE,
    UNKNOWN,
    WRONG,
    Subscribers,
    answers_of,
    deeds_of,
    form,
    happened,
    requests_of,
    seat_subscribers,
)

Make = Callable[..., Desk]


@pytest.fixture
def make(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> Iterator[Callable[..., Desk]]:
    """Desks with settings of their own, on one database, on 2 Azar 1405."""
    made: list[Parts] = []

    def of(**more: str) -> Desk:
        nowhere = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:9/0"}
        made.append(Parts(settings(TODAY="1405-09-02", **nowhere, **more)))
        return Desk(made[-1])

    yield of
    for parts in made:
        parts.close()


@pytest.fixture
def desk(make: Make) -> Desk:
    return make()


@pytest.fixture
def people(desk: Desk) -> Subscribers:
    return seat_subscribers(desk)


def test_what_is_read_out_has_every_bill_in_whole_sentences_with_rial_and_toman(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        asked = desk.post("/console/counter", form())
        assert asked.status_code == 303
        told = words_of(desk.get(asked.location))
    assert "بدهی این قبض هم‌اکنون ۲٬۸۷۳٬۰۰۰ ریال ، یعنی ۲۸۷٬۳۰۰ تومان است" in told
    assert "از سال ۱۴۰۴ تا امروز ۱۰ قبض صادر شده است و هر قبض دوماهه است" in told
    assert "دورهٔ ۴ سال ۱۴۰۵" in told
    assert "مبلغ ۱٬۰۴۰٬۰۰۳ ریال، یعنی نزدیک ۱۰۴٬۰۰۰ تومان" in told
    assert told.count("پرداخت شده است.") >= 9
    assert "۸۹۶۷۰۰۱۰۵۲۸۷" not in told
    assert "شمارهٔ پیگیری بانک 896700105287" in told
    (row,) = requests_of(engine)
    assert (row.channel, row.gateway, row.state) == ("counter", "counter", "answered")
    assert (row.intent, row.bill_id, row.from_year) == ("history", BILL, 1404)
    assert (row.fulfilment, row.phone_cipher) == ("complete", None)
    assert happened(engine) == [("received", None), ("shown", "history")]


def test_who_asked_is_written_down_and_nobody_s_data_with_it(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR, name="sara"):
        desk.post("/console/counter", form(goes="phone", phone=PHONE))
    (deed,) = deeds_of(engine)
    (row,) = requests_of(engine)
    assert (deed.actor, deed.action, deed.subject) == ("sara", "counter_ask", row.code)
    assert not any(secret in str(deed) for secret in (BILL, PHONE[1:], "1234567"))


def test_an_answer_to_the_phone_is_queued_with_its_request(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        answer = desk.post("/console/counter", form(goes="phone", phone="۰۹۱۲ ۱۲۳ ۴۵۶۷"))
    assert answer.status_code == 303
    (row,), (sms,) = requests_of(engine), answers_of(engine)
    assert (sms.inbound_id, sms.code, sms.state, sms.lane) == (row.id, row.code, "queued", "reply")
    assert sms.phone_hash == desk.parts.service.hash_phone("+989121234567")
    assert [what for what, _ in happened(engine)] == ["received", "answered", "queued"]


def test_a_phone_goes_on_reading_where_the_counter_s_answer_ended(
    desk: Desk, people: Subscribers
) -> None:
    phone = desk.parts.service.hash_phone("+989121234567")
    with desk.seat(Role.OPERATOR):
        desk.post("/console/counter", form(goes="phone", phone=PHONE, from_year="1402"))
    known = desk.parts.service.contexts.recall([phone])[phone]
    assert known.last_bill_id == BILL
    assert known.cursor is not None


def test_a_form_that_is_sent_twice_is_one_request(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        first = desk.post("/console/counter", form(goes="phone", phone=PHONE))
        second = desk.post("/console/counter", form(goes="phone", phone=PHONE))
        assert "دوباره فرستاده نشد" in words_of(desk.get("/console/counter"))
    assert first.status_code == second.status_code == 303
    assert len(requests_of(engine)) == len(answers_of(engine)) == len(deeds_of(engine)) == 1


def test_a_wrong_check_digit_is_told_as_by_sms_and_nothing_is_asked(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        page = desk.post("/console/counter", form(bill_id=WRONG))
    assert page.status_code == 400
    assert "۱۲۳۴۵۶۷۸/۰۴۴/۲/۴" in words_of(page)
    assert requests_of(engine) == []
    assert people.asked == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"bill_id": ""}, "شناسهٔ قبض ۱۳ رقم است"),
        ({"bill_id": "<script>alert(1)</script>"}, "شناسه"),
        ({"from_year": "14"}, "سال را چهار رقمی"),
        ({"from_year": "1499"}, "۱۴۰۵"),
        ({"wish": "everything"}, "یکی از گزینه‌ها"),
        ({"goes": "phone", "phone": "02537777777"}, "تلفن همراه ایران"),
        ({"goes": "phone", "phone": "30001521"}, "تلفن همراه ایران"),
        ({"form_key": ""}, "مهلت این فرم"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    desk: Desk, people: Subscribers, engine: Engine, wrong: dict[str, str], said: str
) -> None:
    with desk.seat(Role.OPERATOR):
        page = desk.post("/console/counter", form(**wrong))
    assert page.status_code == 400
    assert said in words_of(page)
    assert "<script>alert" not in page.get_data(as_text=True)
    assert requests_of(engine) == []


def test_while_the_data_are_away_nothing_is_said_to_be_told(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    people.down = True
    with desk.seat(Role.OPERATOR):
        answer = desk.post("/console/counter", form())
        assert answer.location == "/console/counter"
        assert "اکنون در دسترس نیست و پاسخی داده نشد" in words_of(desk.get("/console/counter"))
    (row,) = requests_of(engine)
    assert (row.state, row.problem, row.fulfilment) == ("answered", "source_down", None)


def test_while_the_data_are_away_an_sms_is_left_to_the_workers(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    people.down = True
    with desk.seat(Role.OPERATOR):
        desk.post("/console/counter", form(goes="phone", phone=PHONE))
        assert "هنوز پاسخی فرستاده نشده است" in words_of(desk.get("/console/counter"))
    assert answers_of(engine) == []
    assert requests_of(engine)[0].state == "received"
    people.down = False
    assert desk.parts.service.answering.run() == 1
    assert [sms.state for sms in answers_of(engine)] == ["queued"]


def test_an_unknown_bill_is_called_unknown_under_either_policy(make: Make, engine: Engine) -> None:
    for policy in ("open", "registered"):
        desk = make(ACCESS_POLICY=policy)
        seat_subscribers(desk)
        with desk.seat(Role.OPERATOR):
            asked = desk.post("/console/counter", form(bill_id=UNKNOWN, form_key=policy))
            assert "در سوابق این شرکت نیست" in words_of(desk.get(asked.location))
    assert {row.problem for row in requests_of(engine)} == {"unknown_bill"}


def test_the_slip_names_company_code_and_bill_and_can_be_narrow(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR, name="sara"):
        asked = desk.post("/console/counter", form(goes="slip"))
        slip = desk.get(asked.location)
        narrow = desk.get(asked.location, paper="80mm")
    assert asked.location.endswith("/slip")
    said = words_of(slip)
    for one in ("برق قم", requests_of(engine)[0].code, "1234 5678 0442 3", "sara", "۱۴۰۵/۴"):
        assert one in said
    assert "slip-narrow" in narrow.get_data(as_text=True)


def test_what_was_shown_yesterday_isn_t_shown_again(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    from datetime import timedelta

    from sqlalchemy import update

    from sms_service.database import writing
    from sms_service.ledger.tables import inbound

    with desk.seat(Role.OPERATOR):
        address = desk.post("/console/counter", form()).location
        with writing(engine) as connection:
            for row in requests_of(engine):
                before = row.received_at - timedelta(hours=25)
                connection.execute(update(inbound).values(received_at=before))
        assert desk.get(address).status_code == 404


def test_what_went_to_a_phone_isn_t_shown_by_its_code(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    with desk.seat(Role.OPERATOR):
        desk.post("/console/counter", form(goes="phone", phone=PHONE))
        code = requests_of(engine)[0].code
        assert desk.get(f"/console/counter/{code}").status_code == 404
        assert desk.get("/console/counter/99999999").status_code == 404


def test_a_phone_comes_sealed_from_another_page_and_is_shown_masked(
    desk: Desk, people: Subscribers, engine: Engine
) -> None:
    token = desk.parts.sealed_phones.seal("+989121234567")
    with desk.seat(Role.OPERATOR):
        assert desk.post("/console/counter/phone", {"phone_token": token}).status_code == 303
        page = desk.get("/console/counter").get_data(as_text=True)
        assert "9121234567" not in page
        assert token in page
        desk.post("/console/counter", form(goes="phone", phone_token=token))
        assert token not in desk.get("/console/counter").get_data(as_text=True)
    assert len(answers_of(engine)) == 1


def test_a_bill_comes_by_its_handle(desk: Desk, people: Subscribers) -> None:
    with desk.seat(Role.OPERATOR):
        page = desk.get("/console/counter", bill=desk.parts.handles.of_bill(BILL))
        assert f'value="{BILL}"' in page.get_data(as_text=True)
        assert desk.get("/console/counter", bill="no-such").status_code == 200


def test_an_auditor_neither_asks_nor_sees_what_was_shown(desk: Desk, people: Subscribers) -> None:
    with desk.seat(Role.OPERATOR):
        address = desk.post("/console/counter", form()).location
    with desk.seat(Role.AUDITOR):
        assert desk.get(address).status_code == 403
        assert desk.post("/console/counter", form(form_key="b")).status_code == 403
