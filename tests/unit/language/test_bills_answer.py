"""The list to pick from, and what became of names, as subscribers read them."""

from dataclasses import replace

import pytest

from sms_service.language.compose import Composer, Style
from sms_service.language.cursor import Cursor, Series
from sms_service.language.reading import Reply, Script
from sms_service.templates import templates_dir
from tests.support.histories import BILL_ID, TODAY
from tests.support.sms_text import faults_of_latin_reply, faults_of_reply

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)
LATIN = replace(STYLE, script=Script.LATIN)
BILLS = [f"1000{number:04}04420" for number in range(1001, 1061)]


def lines(reply: Reply) -> list[str]:
    assert faults_of_reply(reply, 2) == []
    return reply.text.split("\n")


def test_a_list_of_one_bill_does_not_count_it() -> None:
    reply = COMPOSER.bills([BILL_ID], {}, STYLE)
    assert lines(reply) == ["عدد قبض دلخواه را بفرستید", "عدد ۱: قبض ۵۶۷۸"]
    assert (reply.rung, reply.left_out, reply.offered) == ("bills", (), (BILL_ID,))


def test_a_list_that_leaves_room_says_how_many_bills_there_are() -> None:
    reply = COMPOSER.bills(BILLS[:2], {}, STYLE)
    assert lines(reply) == [
        "این تلفن ۲ قبض دارد: یک عدد بفرستید",
        "عدد ۱: قبض ۱۰۰۱",
        "عدد ۲: قبض ۱۰۰۲",
    ]


def test_a_long_list_offers_the_rest_and_goes_on_after_the_last_bill_told() -> None:
    first = COMPOSER.bills(BILLS, {}, STYLE)
    told = lines(first)
    assert told[0] == "یک عدد بفرستید"
    assert told[1:7] == [f"عدد {n}: قبض {b}" for n, b in zip("۱۲۳۴۵۶", _NAMES, strict=True)]
    assert told[7] == "بقیه ۵۴ قبض: بعدی"
    assert first.offered == tuple(BILLS[:6])
    assert (first.left_out, first.cursor) == (
        ("more_bills",),
        Cursor(Series.BILLS, bill_id=BILLS[5]),
    )
    second = COMPOSER.bills(BILLS, {}, STYLE, first.cursor)
    assert second.offered == tuple(BILLS[6:12])
    assert lines(second)[1] == "عدد ۱: قبض ۱۰۰۷"


_NAMES = ["۱۰۰۱", "۱۰۰۲", "۱۰۰۳", "۱۰۰۴", "۱۰۰۵", "۱۰۰۶"]


def test_a_list_in_latin_letters_keeps_to_one_part() -> None:
    latin = COMPOSER.bills(BILLS, {}, LATIN)
    assert faults_of_latin_reply(latin, 1) == []
    assert len(latin.offered) == 5
    assert latin.text.split("\n")[0] == "Yek adad befrestid"


def test_a_list_goes_on_from_its_beginning_where_its_last_bill_is_gone() -> None:
    reply = COMPOSER.bills(BILLS[:3], {}, STYLE, Cursor(Series.BILLS, bill_id=BILL_ID))
    assert reply.offered == tuple(BILLS[:3])


def test_after_the_last_bill_there_is_none() -> None:
    reply = COMPOSER.bills(BILLS[:3], {}, STYLE, Cursor(Series.BILLS, bill_id=BILLS[2]))
    assert (reply.text, reply.rung, reply.offered) == ("قبض دیگری نیست", "no_bills", ())


def test_names_stand_beside_their_bills() -> None:
    reply = COMPOSER.bills(BILLS[:2], {"خانه": BILLS[1], "home": BILLS[0]}, STYLE)
    assert lines(reply)[1:] == ["عدد ۱: قبض ۱۰۰۱", "عدد ۲: قبض ۱۰۰۲ خانه"]
    latin = COMPOSER.bills(BILLS[:2], {"خانه": BILLS[1], "home": BILLS[0]}, LATIN)
    assert latin.text.split("\n")[1:] == ["Adad 1: ghabz 1001 home", "Adad 2: ghabz 1002"]


def test_bills_that_share_a_short_name_are_listed_in_full() -> None:
    reply = COMPOSER.bills([BILL_ID, "9999567804422"], {}, STYLE)
    assert lines(reply)[1:] == ["عدد ۱: قبض ۱۲۳۴۵۶۷۸۰۴۴۲۳", "عدد ۲: قبض ۹۹۹۹۵۶۷۸۰۴۴۲۲"]


@pytest.mark.parametrize("name", ["خانه", "خ" * 16, "home"])
@pytest.mark.parametrize("before", [None, BILLS[0], BILL_ID])
@pytest.mark.parametrize("style", [STYLE, LATIN, replace(STYLE, suffix="لغو11")])
def test_a_saved_name_is_confirmed_in_one_part(name: str, before: str | None, style: Style) -> None:
    saved, forgotten = COMPOSER.saved(name, BILL_ID, before, style), COMPOSER.forgotten(name, style)
    # What is kept of names goes by these.
    assert (saved.rung, forgotten.rung) == ("saved", "forgotten")
    for reply in (saved, forgotten):
        faults = faults_of_reply if style.script is Script.PERSIAN else faults_of_latin_reply
        assert faults(reply, 1) == []


def test_a_name_that_the_same_bill_had_before_is_nothing_new() -> None:
    assert "پیشتر" not in COMPOSER.saved("خانه", BILL_ID, BILL_ID, STYLE).text
    assert COMPOSER.saved("خانه", BILL_ID, BILLS[0], STYLE).text.split("\n") == [
        "قبض ۵۶۷۸ به نام خانه ذخیره شد",
        "پیشتر قبض ۱۰۰۱ بود",
        "پاک کردن: حذف خانه",
    ]


def test_a_name_in_other_letters_is_confirmed_without_it() -> None:
    assert COMPOSER.forgotten("home", STYLE).text == "این نام حذف شد\nنام های شما: لیست"
    assert COMPOSER.saved("خانه", BILL_ID, None, LATIN).text.split("\n") == [
        "Ghabz 5678 zakhire shod",
        "Nam haye shoma: list",
    ]
