import csv
import json
from pathlib import Path

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from sms_service.language.parts import GSM7, UCS2, Count, Encoding, count

SEGMENTS = Path(__file__).parents[2] / "data" / "segments.csv"
ENCODINGS = {"ucs2": UCS2.name, "gsm7": GSM7.name}


def agreed_segments() -> list[tuple[str, Count]]:
    with SEGMENTS.open(encoding="utf-8", newline="") as file:
        return [
            (
                json.loads(row["text_json"]),
                Count(int(row["units"]), int(row["segments"]), ENCODINGS[row["encoding"]]),
            )
            for row in csv.DictReader(file)
            if row["agreed"] == "yes"
        ]


@pytest.mark.parametrize(("text", "expected"), agreed_segments())
def test_texts_that_independent_counters_agree_on(text: str, expected: Count) -> None:
    assert count(text) == expected


@given(
    st.text(
        st.one_of(
            st.sampled_from("ابپ۱۲ \n,:/()"),
            st.sampled_from("aZ09@£\n"),
            st.sampled_from("^{}\\[~]|€"),
            st.sampled_from("😀⚡\u200c`"),
        ),
        min_size=1,
        max_size=500,
    )
)
def test_any_text_is_counted_as_smsutil_cuts_it(text: str) -> None:
    split = smsutil.split(text)
    assert count(text).parts == len(split.parts)
    assert (count(text).encoding == UCS2.name) == (split.encoding == "utf_16_be")


def test_a_two_septet_character_is_not_cut_in_half() -> None:
    assert count("a" * 152 + "€" + "a" * 152) == Count(306, 3, GSM7.name)


def test_a_surrogate_pair_is_not_cut_in_half() -> None:
    assert count("ب" * 66 + "😀" + "ب" * 66) == Count(134, 3, UCS2.name)


@pytest.mark.parametrize("parts", [2, 3])
def test_a_part_is_filled_to_its_last_unit(parts: int) -> None:
    assert count("a" * 153 * parts) == Count(153 * parts, parts, GSM7.name)
    assert count("a" * 153 * parts + "a").parts == parts + 1
    assert count("😀" * 33 * parts).parts == parts
    assert count(("😀" * 33 + "ب") * parts) == Count(67 * parts, parts, UCS2.name)


def test_only_what_lies_beyond_the_first_plane_takes_two_units() -> None:
    assert count("\uffff😀").units == 3


def test_an_empty_text_costs_one_part() -> None:
    assert count("").parts == 1


@pytest.mark.parametrize("encoding", [UCS2, GSM7], ids=lambda encoding: encoding.name)
@given(parts=st.integers(min_value=1, max_value=20))
def test_the_room_of_parts_is_the_last_length_that_fits(encoding: Encoding, parts: int) -> None:
    assert encoding.parts(encoding.room(parts)) == parts
    assert encoding.parts(encoding.room(parts) + 1) == parts + 1
