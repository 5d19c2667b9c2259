"""The same bytes are the same choices, with atheris and without."""

from tests.fuzz.guided.given import Given, as_text


def test_bytes_are_read_in_order_and_end_in_zeros() -> None:
    given = Given(b"\x05\x02\x00\x03abcdef")

    assert given.byte() == 5
    assert given.whole(1000) == 2
    assert given.piece(10) == b"abc"
    assert given.rest() == b"def"
    assert (given.byte(), given.whole(1000), given.piece(10), given.rest()) == (0, 0, b"", b"")


def test_choices_stay_within_what_there_is() -> None:
    given = Given(bytes(range(250, 256)))

    assert [given.one_of("abc") for _ in range(3)] == ["b", "c", "a"]
    assert given.whole(7) == 253 % 8
    assert given.words(9, ["one", "two"]) == ""


def test_any_bytes_are_a_text_and_no_two_the_same() -> None:
    assert as_text("۱".encode()) == "۱"
    assert as_text(b"\xff") == "\udcff"
