import pytest

from sms_service.gateways import kavenegar_replies as replies
from sms_service.gateways.kavenegar_client import Uncertain, _content
from sms_service.service.ports import Accepted, Blame, NotSent, OutgoingText, Unknown

TEXT = OutgoingText(local_id=7, receptor="+989121234567", text="بدهی ندارد\nسابقه: ۱۴۰۴")


def entry(**changes: object) -> dict[str, object]:
    told = {"messageid": 797866275, "status": 1, "cost": 2000, "receptor": "09121234567"}
    return told | {"message": TEXT.text} | changes


@pytest.mark.parametrize(
    "written", ["09121234567", "9121234567", "989121234567", "00989121234567", "+989121234567"]
)
def test_every_form_of_a_mobile_that_kavenegar_knows_is_one_number(written: str) -> None:
    assert replies.national_mobile(written) == "09121234567"


@pytest.mark.parametrize(
    "written", ["", "02538800000", "+4915112345678", "۰۹۱۲۱۲۳۴۵۶۷", "09121234567,09121234568", None]
)
def test_what_is_no_single_iranian_mobile_is_never_sent_to(written: object) -> None:
    assert replies.national_mobile(written) is None


def test_an_entry_of_this_text_to_this_receptor_is_accepted() -> None:
    assert replies.outcome_of(TEXT, entry()) == Accepted("797866275", 1, 2000)


def test_numbers_may_come_as_strings() -> None:
    told = entry(messageid="9007199254740993", status="1", cost="2000")
    assert replies.outcome_of(TEXT, told) == Accepted("9007199254740993", 1, 2000)


@pytest.mark.parametrize("receptor", ["+989121234567", "989121234567", 9121234567])
def test_the_receptor_may_come_back_in_another_form(receptor: object) -> None:
    assert isinstance(replies.outcome_of(TEXT, entry(receptor=receptor)), Accepted)


def test_white_space_may_come_back_trimmed_or_rewrapped() -> None:
    told = entry(message="بدهی ندارد\r\nسابقه: ۱۴۰۴ ")
    assert isinstance(replies.outcome_of(TEXT, told), Accepted)


@pytest.mark.parametrize(
    "changes",
    [{"receptor": "09129999999"}, {"receptor": None}, {"message": "بدهی"}, {"message": None}],
)
def test_the_record_of_another_text_is_unknown_not_accepted(changes: dict[str, object]) -> None:
    assert replies.outcome_of(TEXT, entry(**changes)) == Unknown(
        "kavenegar_mismatch", askable=False
    )


@pytest.mark.parametrize(
    "told",
    [
        None,
        "ok",
        [],
        {},
        entry(messageid=None),
        entry(messageid=0),
        entry(messageid="x"),
        entry(status=None),
        entry(status=True),
        entry(messageid=float("nan")),
        entry(messageid=float("inf")),
        # What no column of the ledger holds would keep the outcomes of a whole round from it.
        entry(messageid=2**63),
        entry(messageid=-1),
        entry(messageid=1.5),
        entry(status=10**10),
        entry(status=-1),
    ],
)
def test_an_entry_that_cant_be_read_is_unknown(told: object) -> None:
    assert replies.outcome_of(TEXT, told) == Unknown("kavenegar_bad_entry")


@pytest.mark.parametrize("cost", [-1, 2**63, "much", None, float("inf")])
def test_a_cost_that_is_none_leaves_the_text_accepted(cost: object) -> None:
    assert replies.outcome_of(TEXT, entry(cost=cost)) == Accepted("797866275", 1, None)


@pytest.mark.parametrize("status", ["1e999", "-1", "99999999999", "NaN", '"9e9"', "[]", "null"])
def test_an_answer_of_no_known_code_leaves_the_outcome_open(status: str) -> None:
    body = f'{{"return": {{"status": {status}}}, "entries": []}}'.encode()
    with pytest.raises(Uncertain) as raised:
        _content(200, body)
    assert raised.value.reason == "kavenegar_http_200"


def test_a_text_that_kavenegar_would_refuse_is_refused_without_asking() -> None:
    abroad = OutgoingText(1, "+4915112345678", "x")
    empty = OutgoingText(1, TEXT.receptor, "")
    long = OutgoingText(1, TEXT.receptor, "ب" * 901)
    assert replies.unfit(abroad) == NotSent(Blame.ROW, "kavenegar_411")
    assert replies.unfit(empty) == replies.unfit(long) == NotSent(Blame.ROW, "kavenegar_413")
    assert replies.unfit(OutgoingText(1, TEXT.receptor, "ب" * 900)) is None


def test_status_100_means_that_the_gateway_doesnt_have_it() -> None:
    told = [
        {"messageid": 5, "localid": "1", "status": 10},
        {"messageid": 0, "localid": "2", "status": 100},
        {"messageid": "6", "localid": 3, "status": "100"},
    ]
    assert replies.known_records(told) == {1: Accepted("5", 10)}
    assert replies.delivery_codes(told) == {"5": 10}


@pytest.mark.parametrize("told", [None, {}, "x", ["x"], [{"localid": "1"}], [{"status": 10}]])
def test_a_look_up_that_cant_be_read_is_no_answer_rather_than_not_there(told: object) -> None:
    assert replies.known_records(told) is None
    assert replies.delivery_codes(told) is None
