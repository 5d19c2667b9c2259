"""Never a raise, never another bill or another year without a word."""

import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sms_service.domain.bill_id import check_digit
from sms_service.language.context import Context
from sms_service.language.parse import parse
from sms_service.language.reading import Intent, Note, Problem, Reading
from tests.support.reading import RULES

THIS_YEAR = 1405
KNOWN = Context(last_bill_id="9876543204426", registered_bill_ids=("5001020304426",))
SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
SEPARATORS = (" ", "  ", "\n", "*", " - ", ",", "،", "/", ".", ":", "#", "_", "\u200f ", " و ")
PIECES_OF_LONG_TEXTS = [
    *("1", "1 ", "1/", "*1*", "1403 ", "سوابق ", "a1", "ض ", "09", "12345678 ", "044 2 3 "),
    *("1234567804423 ", "12345604420 ", "1,000,", "²1", "هههههههههههههه ", "از سال ", "\u200f"),
]

any_text = st.text(
    st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=()), max_size=300
)
texty = st.text(
    st.sampled_from("0123456789۰۱۲۳۴۵٠١٢٣ *#/-+.,،:\n?؟سوابقازتالغوبدهیabz²१\u200c\u200f"),
    max_size=400,
)
contexts = st.sampled_from([Context(), KNOWN])
thorough = settings(max_examples=3 * settings().max_examples)


def with_check(first_twelve: str) -> str:
    return first_twelve + str(check_digit(first_twelve))


bill_ids = st.text("0123456789", min_size=8, max_size=8).map(lambda file: with_check(file + "0442"))
years = st.integers(1370, THIS_YEAR)
noise = st.one_of(
    st.sampled_from(
        ["سلام", "لطفا", "ممنون", "قبض", "برق", "سوابق", "خانم رضایی", "ghabz", "asdf", "ÄÖ", "😀"]
    ),
    st.from_regex(r"09[0-9]{9}", fullmatch=True),
    st.from_regex(r"0?9[0-9]{2} [0-9]{3} [0-9]{4}", fullmatch=True),
    st.from_regex(r"0(25|21)[0-9]{8}", fullmatch=True),
    st.integers(10**4, 10**9).map(lambda amount: f"{amount:,} ریال"),
    st.integers(1, 999).map(lambda amount: f"{amount} هزار تومان"),
    st.from_regex(r"[0-9]{10}", fullmatch=True),
    st.from_regex(r"پلاک [0-9]{1,3}", fullmatch=True),
    st.from_regex(r"[0-2][0-9]:[0-5][0-9]", fullmatch=True),
    st.from_regex(r"(مهلت|تاریخ) 140[0-5]([/.-])1[0-2]\2[12][0-9]", fullmatch=True),
    st.from_regex(r"(تلفن )?(025[ -])?3[2-9][0-9]{2}-140[0-5]", fullmatch=True),
    st.from_regex(r"(پرونده|نامه) 140[0-5]/[1-9][0-9]{2,4}", fullmatch=True),
    st.sampled_from(["۵ سال گذشته", "دو سال قبل", "۲۲ مهر ۱۴۰۵", "خیابان ۷ تیر", "کد ۱۳۷۶"]),
)


@st.composite
def pieces_of(draw: st.DrawFn, bill_id: str) -> str:
    """The ID whole, in its printed groups, or cut once or twice anywhere."""
    cuts = draw(
        st.sampled_from([(), (8,), (8, 11, 12), (4, 8, 12), (3, 6, 9)])
        | st.tuples(st.integers(5, 12))
    )
    gap = draw(st.sampled_from([" ", "-", "\n", "."]))
    ends = [0, *cuts, len(bill_id)]
    return gap.join(bill_id[a:b] for a, b in pairwise(ends))


@st.composite
def year_as_typed(draw: st.DrawFn, year: int) -> str:
    forms = [str(year), str(year + 621), f"{year % 100:02}", str(year % 1000), f"سال {year}"]
    if year >= 1400:
        forms.append(str(year % 10))
    return draw(st.sampled_from(forms)) if draw(st.booleans()) else str(year)


@st.composite
def scripted(draw: st.DrawFn, text: str) -> str:
    return text.translate(str.maketrans(SCRIPTS[0], draw(st.sampled_from(SCRIPTS))))


def assert_right_or_said(reading: Reading, bill_id: str, year: int | None) -> None:
    assert not reading.more_bill_ids
    if reading.problem is not None:
        return
    assert reading.bill_id == bill_id or Note.PADDED_BILL_ID in reading.notes
    if year is None:
        assert reading.from_year is None
    elif reading.from_year is None:
        assert Note.DEFAULT_YEAR in reading.notes
    else:
        assert reading.from_year == year


@given(st.data(), bill_ids, years)
@thorough
def test_a_bill_and_a_year_in_noise_are_read_right_or_refused(
    data: st.DataObject, bill_id: str, year: int
) -> None:
    parts = [data.draw(pieces_of(bill_id)), data.draw(year_as_typed(year))]
    parts += data.draw(st.lists(noise, max_size=3))
    text = data.draw(st.sampled_from(SEPARATORS)).join(data.draw(st.permutations(parts)))
    assert_right_or_said(parse(data.draw(scripted(text)), KNOWN, RULES), bill_id, year)


@given(st.data(), bill_ids, years)
def test_a_whole_bill_id_and_a_full_year_are_always_read(
    data: st.DataObject, bill_id: str, year: int
) -> None:
    words = data.draw(st.lists(st.sampled_from(["سلام", "لطفا", "قبض", "ممنون", "از"]), max_size=3))
    parts = data.draw(st.permutations([bill_id, str(year), *words]))
    reading = parse(data.draw(scripted(" ".join(parts))), Context(), RULES)
    assert (reading.intent, reading.bill_id, reading.from_year, reading.problem, reading.notes) == (
        Intent.HISTORY,
        bill_id,
        year,
        None,
        (),
    )


@given(st.data(), bill_ids, st.none() | years)
@thorough
def test_an_id_that_lost_or_gained_digits_never_becomes_another_without_a_word(
    data: st.DataObject, bill_id: str, year: int | None
) -> None:
    places = st.integers(0, 7)
    typed = bill_id
    for place in data.draw(st.lists(places, min_size=1, max_size=2)):
        if data.draw(st.booleans()):
            typed = typed[:place] + typed[place + 1 :]
        else:
            typed = typed[:place] + data.draw(st.sampled_from("0123456789")) + typed[place:]
    if len(typed) == len(bill_id):
        return
    parts = [data.draw(st.sampled_from([typed, f"{typed[:-5]} 044 2 {typed[-1]}"]))]
    if year:
        parts.append(data.draw(year_as_typed(year)))
    text = data.draw(st.sampled_from(SEPARATORS)).join(data.draw(st.permutations(parts)))
    reading = parse(text, KNOWN, RULES)
    assert reading.problem is not None or (
        reading.bill_id == bill_id or Note.PADDED_BILL_ID in reading.notes
    )
    assert reading.from_year in (None, year)


@given(st.data(), bill_ids, years)
def test_a_year_run_together_with_the_id_is_never_taken_for_another(
    data: st.DataObject, bill_id: str, year: int
) -> None:
    text = data.draw(
        st.sampled_from([f"{bill_id}{year}", f"{year}{bill_id}", f"{bill_id}{year % 100:02}"])
    )
    reading = parse(text, Context(), RULES)
    assert (reading.bill_id, reading.from_year, reading.problem) == (bill_id, year, None)


@given(st.lists(bill_ids, min_size=2, max_size=6, unique=True), st.sampled_from(SEPARATORS))
def test_no_bill_of_several_is_answered_for_another(asked: list[str], separator: str) -> None:
    reading = parse(separator.join(asked), Context(), RULES)
    if len(asked) > 3:
        assert (reading.problem, reading.bill_id) == (Problem.SEVERAL_BILLS, None)
    else:
        assert [reading.bill_id, *reading.more_bill_ids] == asked


@given(any_text | texty, contexts)
@thorough
@example("", Context())
@example("\0\ud800", Context())
@example("1" * 2000, KNOWN)
@example("9" * 5000, KNOWN)
@example("1/" * 1000, KNOWN)
@example("1403 تا " * 250, KNOWN)
def test_any_text_is_read_without_a_raise(text: str, context: Context) -> None:
    reading = parse(text, context, RULES)
    if reading.bill_id is not None:
        assert RULES.company_code == reading.bill_id[8:11]
        assert reading.bill_id == with_check(reading.bill_id[:12])
    if reading.problem is None and reading.intent is None:
        raise AssertionError("a text without an intent must say what it lacks")


@pytest.mark.parametrize("piece", PIECES_OF_LONG_TEXTS)
def test_the_work_for_a_long_text_is_bounded_by_its_length(piece: str) -> None:
    text = (piece * 2000)[:2000]
    assert _calls(lambda: parse(text, KNOWN, RULES)) < 60 * len(text)


def _calls(run: Callable[[], object]) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return calls
