"""Days, months and ends of the agreement, at their edges."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sms_service.domain.agreement import (
    Agreement,
    Month,
    Piece,
    holding,
    month_of,
    pieces,
    validity,
)
from sms_service.domain.calendar import gregorian_of

UNTIL = gregorian_of(1405, 12, 29)
ONE = Agreement("یکم", None, UNTIL, 10, 0.95)


def day(year: int, month: int, of_month: int) -> date:
    return gregorian_of(year, month, of_month)


def agreement(first: date, last: date, seconds: float = 10, number: int | None = None) -> Agreement:
    return Agreement("", first, last, seconds, 0.95, number)


@pytest.mark.parametrize("text", ["1405-09", "1403-12", "1300-01", "1499-12"])
def test_a_month_is_read_as_it_is_written(text: str) -> None:
    assert str(Month.read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "1405", "1405-0", "1405-00", "1405-13", "1299-12", "1500-01", "1405-9", "1405_09"),
        *("۱۴۰۵-۰۹", "1405-09 ", "-405-09", "1405-+9", "1405-09-01"),
    ],
)
def test_what_is_no_month_isn_t_read(text: str) -> None:
    with pytest.raises(ValueError):
        Month.read(text)


def test_a_month_goes_from_midnight_to_midnight_in_tehran() -> None:
    month = Month(1405, 9)
    assert month.begins_at.astimezone(UTC) == datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert month.ends_at - month.begins_at == timedelta(days=30)
    assert month_of(month.begins_at) == month
    assert month_of(month.begins_at - timedelta(microseconds=1)) == Month(1405, 8) == month.before
    assert month_of(month.ends_at) == Month(1405, 10)
    assert Month(1405, 1).before == Month(1404, 12)


@pytest.mark.parametrize(("year", "days"), [(1403, 30), (1404, 29), (1405, 29), (1408, 30)])
def test_esfand_has_the_days_of_its_year(year: int, days: int) -> None:
    month = Month(year, 12)
    assert len(month.days) == days
    assert month.days[-1] == month.last_day


def test_both_the_first_and_the_last_day_count() -> None:
    one = agreement(day(1405, 9, 10), day(1405, 9, 20))
    held = [d for d in Month(1405, 9).days if one.holds_on(d)]
    assert (held[0], held[-1], len(held)) == (day(1405, 9, 10), day(1405, 9, 20), 11)


def test_agreements_overlap_when_they_share_a_day() -> None:
    first = agreement(day(1405, 1, 1), day(1405, 6, 31))
    second = agreement(day(1405, 6, 31), day(1405, 12, 29))
    third = agreement(day(1405, 7, 1), day(1405, 12, 29))
    assert first.overlaps(second)
    assert second.overlaps(first)
    assert not first.overlaps(third)
    assert ONE.overlaps(first)
    assert first.overlaps(ONE)


def test_a_month_is_cut_where_the_agreement_ends() -> None:
    first = agreement(day(1404, 1, 1), day(1405, 9, 12), 5, 1)
    second = agreement(day(1405, 9, 15), day(1405, 12, 29), 30, 2)
    told = pieces(Month(1405, 9).days, [first, second])
    assert told == [
        Piece(day(1405, 9, 1), day(1405, 9, 12), first, 5),
        Piece(day(1405, 9, 13), day(1405, 9, 14), None, 5),
        Piece(day(1405, 9, 15), day(1405, 9, 30), second, 30),
    ]
    assert told[0].ends_at == told[1].begins_at


def test_days_before_all_agreements_are_judged_by_the_first_one() -> None:
    later = agreement(day(1405, 10, 1), UNTIL, 7)
    (piece,) = pieces(Month(1405, 9).days, [later])
    assert (piece.agreement, piece.within_seconds) == (None, 7)


def test_a_month_in_which_tehran_set_its_clocks_is_cut_there() -> None:
    told = pieces(Month(1401, 1).days, [ONE])
    assert [piece.offset_seconds for piece in told] == [12600, 16200]
    assert told[0].last_day == date(2022, 3, 21)
    begin, end = (m.astimezone(UTC) for m in (told[0].begins_at, told[1].ends_at))
    assert end - begin == timedelta(days=31, hours=-1)


def test_of_two_agreements_of_a_day_the_newer_row_holds() -> None:
    old, new = (agreement(day(1405, 1, 1), UNTIL, number=number) for number in (1, 2))
    assert holding([new, old], day(1405, 5, 5)) is new
    assert holding([], day(1405, 5, 5)) is None


@pytest.mark.parametrize(
    ("days_before", "warned"),
    [(200, None), (61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7)],
)
def test_people_are_warned_sixty_thirty_and_seven_days_before(
    days_before: int, warned: int | None
) -> None:
    told = validity([ONE], UNTIL - timedelta(days=days_before))
    assert (told.days_left, told.warned_of) == (days_before, warned)


def test_after_the_end_it_is_over() -> None:
    told = validity([ONE], UNTIL + timedelta(days=1))
    assert (told.until, told.days_left, told.warned_of) == (None, None, 0)


def test_an_agreement_that_follows_at_once_puts_the_end_off() -> None:
    following = agreement(UNTIL + timedelta(days=1), UNTIL + timedelta(days=365))
    later = agreement(UNTIL + timedelta(days=400), UNTIL + timedelta(days=500))
    told = validity([ONE, following, later], UNTIL)
    assert (told.days_left, told.warned_of) == (365, None)
