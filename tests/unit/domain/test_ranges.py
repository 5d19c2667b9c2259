"""Days are asked for as people of the company say them."""

from datetime import date, datetime

import pytest

from sms_service.domain.calendar import TEHRAN
from sms_service.domain.ranges import Days, NoSuchDay, NotWritten, Preset, days_of, read_day

_TUESDAY = date(2026, 11, 24)  # 1405/09/03


def test_presets_begin_on_saturdays_and_on_the_first_of_jalali_months() -> None:
    assert days_of(Preset.TODAY, _TUESDAY) == Days(_TUESDAY, _TUESDAY)
    assert days_of(Preset.YESTERDAY, _TUESDAY) == Days(date(2026, 11, 23), date(2026, 11, 23))
    assert days_of(Preset.WEEK, _TUESDAY) == Days(date(2026, 11, 21), _TUESDAY)
    assert days_of(Preset.WEEK, date(2026, 11, 21)).first == date(2026, 11, 21)
    assert days_of(Preset.MONTH, _TUESDAY).first == date(2026, 11, 22)
    assert days_of(Preset.ALL, _TUESDAY) == Days()


def test_a_day_lasts_from_midnight_to_midnight_in_tehran() -> None:
    one = Days(_TUESDAY, _TUESDAY)
    assert one.begins_at == datetime(2026, 11, 24, tzinfo=TEHRAN)
    assert one.ends_at == datetime(2026, 11, 25, tzinfo=TEHRAN)


@pytest.mark.parametrize("typed", ["1405/09/03", "1405-9-3", "14050903", " 1405.09.03 "])
def test_a_day_is_read_however_it_is_parted(typed: str) -> None:
    assert read_day(typed) == _TUESDAY


@pytest.mark.parametrize("typed", ["1405/12/30", "1405/13/01", "1405/07/31", "1405/01/00"])
def test_a_day_that_the_calendar_lacks_is_refused(typed: str) -> None:
    with pytest.raises(NoSuchDay):
        read_day(typed)


def test_the_thirtieth_of_esfand_is_a_day_in_leap_years() -> None:
    assert read_day("1408/12/30") == date(2030, 3, 20)


@pytest.mark.parametrize("typed", ["", "today", "2026/11/24", "1405/09", "1405/09/03/04"])
def test_what_isn_t_written_like_a_day_is_refused_as_such(typed: str) -> None:
    with pytest.raises(NotWritten):
        read_day(typed)
