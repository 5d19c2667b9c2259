"""What a phone is known for between its texts: going on, picking, names, letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from sms_service.domain.records import Branch, History
from sms_service.domain.states import Fulfilment
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Note, Problem
from sms_service.service.desk import Finding, IfDown, Question
from tests.support.desk import FakeSource, desk
from tests.support.histories import BILL_ID, history, paid, two_monthly

OTHER = "0012345604420"
BILLS = two_monthly(1399, 1405)
LONG = history(BILLS, [paid(bill) for bill in BILLS])
SHORT = replace(history(BILLS[-4:], [paid(bill) for bill in BILLS[-4:]]), bill_id=OTHER)
SIXTY = [f"{number:08}04420" for number in range(1, 61)]


@dataclass(slots=True)
class Phone:
    """A phone that texts; its context goes from answer to answer."""

    phones: Mapping[bytes, Sequence[str]] = field(default_factory=dict)
    histories: Sequence[History] = (LONG, SHORT)
    context: Context = field(default_factory=Context)
    sent: int = 0

    def asks(self, text: str) -> Finding:
        self.sent += 1
        source = FakeSource(*self.histories, phones=self.phones)
        question = Question(text, b"phone", self.context, "4821", self.sent)
        finding = desk(source).answer([question])[0]
        self.context = finding.context
        return finding

    def hears(self, text: str) -> str:
        reply = self.asks(text).reply
        assert reply is not None
        return reply.text


def rung(finding: Finding) -> str:
    assert finding.reply is not None
    return finding.reply.rung


def test_a_shortened_history_is_complete_once_it_is_read_to_the_end() -> None:
    phone = Phone()
    asked = phone.asks(f"{BILL_ID} 1402")
    assert (asked.fulfilment, asked.request) == (Fulfilment.SHORTENED, 1)
    pages = [phone.asks("بعدی")]
    while pages[-1].fulfilment is Fulfilment.SHORTENED:
        pages.append(phone.asks("بعدی"))
    assert pages[-1].fulfilment is Fulfilment.COMPLETE
    assert {page.request for page in pages} == {1}
    assert len(pages) > 1


def test_a_history_that_fits_is_complete_at_once() -> None:
    asked = Phone().asks(f"{OTHER} 1405")
    assert (asked.fulfilment, asked.request) == (Fulfilment.COMPLETE, 1)


@pytest.mark.parametrize(
    "text", [BILL_ID, f"بدهی {BILL_ID}", f"پرداخت {BILL_ID}", "راهنما", f"{BILL_ID} 1406"]
)
def test_what_tells_no_history_has_no_fulfilment(text: str) -> None:
    finding = Phone().asks(text)
    assert (finding.fulfilment, finding.request) == (None, None)


def test_going_on_from_a_summary_begins_a_request_of_its_own() -> None:
    phone = Phone()
    phone.asks(OTHER)
    went_on = phone.asks("بعدی")
    assert (went_on.reading.intent, went_on.fulfilment) == (Intent.NEXT, Fulfilment.COMPLETE)
    assert went_on.request == 2


def test_help_an_opinion_and_a_slip_in_between_do_not_lose_the_place() -> None:
    phone = Phone()
    phone.asks(f"{BILL_ID} 1402")
    place = phone.context.cursor
    for text in ("راهنما", "نظر ۵", "1234567804424"):
        phone.asks(text)
    assert phone.context.cursor == place
    assert rung(phone.asks("بعدی")) == "next_rows"


def test_another_bill_in_between_ends_the_place() -> None:
    phone = Phone()
    phone.asks(f"{BILL_ID} 1402")
    phone.asks(f"بدهی {OTHER}")
    went_on = phone.asks("بعدی")
    assert went_on.reading.bill_id == OTHER
    assert rung(went_on) == "rows_with_days"


def test_next_with_another_bill_begins_that_bill() -> None:
    phone = Phone()
    phone.asks(f"{BILL_ID} 1402")
    finding = phone.asks(f"بعدی {OTHER}")
    assert (finding.reading.bill_id, rung(finding)) == (OTHER, "rows_with_days")
    assert finding.request == 2


def test_next_without_anything_before_asks_for_a_bill() -> None:
    assert Phone().asks("بعدی").reading.problem is Problem.NO_BILL_ID


def test_a_phone_with_several_bills_picks_one_and_gets_what_it_asked_for() -> None:
    phone = Phone({b"phone": [OTHER, BILL_ID]})
    offered = phone.asks("بدهی")
    assert offered.reply is not None
    assert offered.reply.text.split("\n") == [
        "این تلفن ۲ قبض دارد: یک عدد بفرستید",
        "عدد ۱: قبض ۳۴۵۶",
        "عدد ۲: قبض ۵۶۷۸",
    ]
    picked = phone.asks("۲")
    assert (picked.reading.intent, picked.reading.bill_id) == (Intent.DEBT, BILL_ID)
    assert picked.reply is not None
    assert "همان قبض ۵۶۷۸" in picked.reply.text
    assert phone.context.offered == ()


def test_a_year_asked_before_the_pick_holds_for_it() -> None:
    phone = Phone({b"phone": [OTHER, BILL_ID]})
    phone.asks("1402")
    picked = phone.asks("دومی")
    assert (picked.reading.from_year, picked.reading.bill_id) == (1402, BILL_ID)


def test_sixty_bills_are_offered_page_by_page_each_once() -> None:
    phone = Phone({b"phone": SIXTY})
    phone.asks("بدهی")
    seen = list(phone.context.offered)
    while phone.context.cursor and phone.context.cursor.bill_id != SIXTY[-1]:
        finding = phone.asks("بعدی")
        assert finding.reply is not None
        assert finding.reply.parts <= 2
        assert finding.reply.text.split("\n")[1].startswith("عدد ۱: ")
        seen += phone.context.offered
    assert seen == SIXTY
    assert phone.hears("بعدی") == "قبض دیگری نیست"


def test_the_wish_survives_the_pages_of_the_list() -> None:
    known = [replace(SHORT, bill_id=bill_id) for bill_id in SIXTY]
    phone = Phone({b"phone": SIXTY}, known)
    phone.asks("پرداخت")
    phone.asks("بعدی")
    third = phone.context.offered[2]
    picked = phone.asks("۳")
    assert (picked.reading.intent, picked.reading.bill_id) == (Intent.PAYMENTS, third)


def test_after_two_bills_in_one_text_a_number_picks_one_of_them() -> None:
    phone = Phone()
    phone.asks(f"{BILL_ID} {OTHER}")
    assert phone.asks("۲").reading.bill_id == OTHER


def test_the_last_bill_outweighs_the_registered_ones() -> None:
    phone = Phone({b"phone": [OTHER, BILL_ID]})
    phone.asks(BILL_ID)
    finding = phone.asks("بدهی")
    assert (finding.reading.bill_id, finding.reading.notes) == (BILL_ID, (Note.CONTEXT_BILL_ID,))


def test_a_name_is_saved_used_dropped_and_brought_back_by_what_the_answers_say() -> None:
    phone = Phone()
    saved = phone.hears(f"ذخیره خانه {BILL_ID}").split("\n")
    assert saved == [
        "قبض ۵۶۷۸ به نام خانه ذخیره شد",
        "نمونه پرسش: بدهی خانه",
        "پاک کردن: حذف خانه",
    ]
    phone.asks(OTHER)
    assert "قبض خانه ۵۶۷۸" in phone.hears(saved[1].partition(": ")[2])
    undone = phone.hears(saved[2].partition(": ")[2]).split("\n")
    assert undone == ["نام خانه حذف شد", "ذخیره دوباره: ذخیره خانه"]
    assert phone.context.saved == {}
    phone.asks(undone[1].partition(": ")[2])
    assert phone.context.saved == {"خانه": BILL_ID}


def test_a_name_given_anew_says_which_bill_had_it() -> None:
    phone = Phone()
    phone.asks(f"ذخیره خانه {BILL_ID}")
    assert "پیشتر قبض ۵۶۷۸ بود" in phone.hears(f"ذخیره خانه {OTHER}")
    assert phone.context.saved == {"خانه": OTHER}


def test_a_name_is_one_however_its_letters_are_typed() -> None:
    phone = Phone()
    phone.asks(f"ذخیره باغ علی {BILL_ID}")
    phone.asks(f"ذخیره باغ علي {OTHER}")
    assert list(phone.context.saved.values()) == [OTHER]


def test_names_change_three_times_a_day() -> None:
    phone = Phone()
    for name in ("خانه", "مغازه", "باغ"):
        phone.asks(f"ذخیره {name} {BILL_ID}")
    refused = phone.asks(f"ذخیره منزل {BILL_ID}")
    assert (rung(refused), len(phone.context.saved)) == ("names_limited", 3)
    assert rung(phone.asks("حذف خانه")) == "names_limited"


def test_a_phone_keeps_ten_names() -> None:
    names = {f"{letter}{letter}": BILL_ID for letter in "ابپتثجچحخد"}
    phone = Phone(context=Context(saved=names))
    assert rung(phone.asks(f"ذخیره منزل {BILL_ID}")) == "names_full"
    assert rung(phone.asks(f"ذخیره اا {OTHER}")) == "saved"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ذخیره", "save_how"),
        (f"ذخیره {BILL_ID}", "save_how"),
        ("ذخیره خانه", "save_how"),
        ("ذخیره خانه 1234567804424", "bad_check_digit"),
        ("ذخیره خانه 9999999904424", "unknown_bill"),
        ("حذف", "forget_how"),
        ("حذف خانه", "not_saved"),
        ("لیست", "no_bills_saved"),
    ],
)
def test_what_cannot_be_saved_or_dropped_says_how(text: str, answer: str) -> None:
    phone = Phone()
    assert rung(phone.asks(text)) == answer
    assert (phone.context.saved, phone.context.changes_today) == ({}, 0)


def test_a_name_is_dropped_by_its_bill_too() -> None:
    phone = Phone(context=Context(saved={"خانه": BILL_ID}))
    assert rung(phone.asks(f"حذف {BILL_ID}")) == "forgotten"
    assert phone.context.saved == {}


def test_the_list_tells_names_first_and_a_pick_tells_the_bill() -> None:
    phone = Phone({b"phone": [OTHER]}, context=Context(saved={"خانه": BILL_ID}))
    assert phone.hears("لیست").split("\n")[1:] == ["عدد ۱: قبض ۵۶۷۸ خانه", "عدد ۲: قبض ۳۴۵۶"]
    assert phone.asks("۲").reading.summary


def test_latin_letters_stay_until_persian_ones_are_asked_for() -> None:
    phone = Phone()
    assert "Shenase" in phone.hears("LATIN")
    assert phone.hears(f"{OTHER} 1405").startswith("Bedehi nadarad")
    assert phone.hears("bedehi").startswith("Bedehi")
    assert phone.hears(f"FA {OTHER}").startswith("بدهی ندارد")
    assert phone.hears("بدهی").startswith("بدهی ندارد")


def test_a_persian_name_has_no_place_in_a_latin_answer_nor_the_other_way_round() -> None:
    phone = Phone(context=Context(saved={"خانه": BILL_ID, "khune": OTHER}))
    assert "قبض ۳۴۵۶" in phone.hears("بدهی khune").split("\n")
    assert "Ghabz 5678" in phone.hears("EN بدهی خانه").split("\n")
    assert phone.hears(f"fa ذخیره shop {BILL_ID}").split("\n") == [
        "قبض ۵۶۷۸ ذخیره شد",
        "نام های شما: لیست",
    ]


def test_an_opinion_is_asked_of_a_phone_that_comes_back_and_once() -> None:
    owing = replace(SHORT, branch=Branch(SHORT.branch.debt_rial if SHORT.branch else None))
    phone = Phone(histories=(LONG, owing))
    question = "نظر شما درباره این پاسخ"
    assert question not in phone.hears(f"بدهی {OTHER}")
    assert question in phone.hears("بدهی")
    assert question not in phone.hears("بدهی")
    assert phone.context.opinion_asked


def test_a_number_alone_is_an_opinion_where_one_was_asked_for() -> None:
    phone = Phone()
    phone.asks(BILL_ID)
    phone.asks("نظر")
    finding = phone.asks("۴")
    assert (finding.reading.intent, finding.reading.score) == (Intent.OPINION, 4)
    assert phone.asks("4").reading.from_year == 1404


def test_a_number_alone_picks_from_a_list_though_an_opinion_was_asked_for() -> None:
    phone = Phone({b"phone": [OTHER, BILL_ID]})
    phone.asks("لیست")
    phone.asks("نظر")
    assert phone.asks("۲").reading.bill_id == BILL_ID


@pytest.mark.parametrize(
    ("text", "answer", "score"),
    [
        ("نظر ۵", "opinion_thanks", 5),
        ("نظر خیلی خوب بود", "opinion_thanks", None),
        ("نظر", "opinion_how", None),
        ("نظر شما درباره این پاسخ: نظر ۱ تا ۵", "opinion_thanks", None),
    ],
)
def test_an_opinion_is_thanked_for(text: str, answer: str, score: int | None) -> None:
    finding = Phone().asks(text)
    assert (rung(finding), finding.reading.score) == (answer, score)


def test_an_apology_speaks_the_letters_of_its_phone() -> None:
    def apology(context: Context) -> str:
        question = Question(BILL_ID, b"phone", context, "4821", if_down=IfDown.APOLOGISE)
        reply = desk(FakeSource(down=True)).answer([question])[0].reply
        assert reply is not None
        return reply.text

    assert apology(Context(latin=True)).startswith("Motaasefane")
    assert apology(Context()).endswith("کد ۴۸۲۱")


def test_a_day_that_the_company_names_is_the_day_of_the_answer() -> None:
    later = replace(desk(FakeSource(LONG)), today=lambda: date(2027, 3, 25))
    finding = later.answer([Question(f"{BILL_ID} 1406")])[0]
    assert finding.reading.problem is Problem.NO_DATA
