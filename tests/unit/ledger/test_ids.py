"""Ids: ordered by time, never drawn twice, apart from other processes' ones."""

import threading
from datetime import UTC, datetime

from sms_service.domain.private_numbers import without_numbers
from sms_service.ledger.ids import Ids, first_id_of, new_code, new_id


def test_a_burst_within_one_millisecond_holds_no_id_twice() -> None:
    frozen = Ids(lambda: 1_800_000_000_000)
    drawn = [frozen.draw() for _ in range(100_000)]
    assert len(set(drawn)) == len(drawn)
    assert drawn == sorted(drawn)


def test_ids_fit_a_signed_column_of_64_bits_until_the_seventies() -> None:
    late = Ids(lambda: 3_340_000_000_000)  # 2075
    assert 0 < late.draw() < 2**63


def test_threads_never_draw_the_same_id() -> None:
    ids = Ids()
    drawn: list[int] = []
    threads = [
        threading.Thread(target=lambda: drawn.extend(ids.draw() for _ in range(5000)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(drawn)) == 40_000


def test_a_clock_that_steps_back_brings_no_old_id_back() -> None:
    moments = iter([2_000_000_000_000, 1_999_999_000_000, 1_999_999_000_001])
    ids = Ids(lambda: next(moments))
    first, second, third = ids.draw(), ids.draw(), ids.draw()
    assert first < second < third


def test_two_processes_in_the_same_millisecond_rarely_begin_alike() -> None:
    begun = {Ids(lambda: 1_800_000_000_000).draw() for _ in range(500)}
    assert len(begun) > 490


def test_later_ids_are_larger() -> None:
    assert new_id() < new_id()


def test_a_tracking_code_has_eight_digits_and_no_leading_zero() -> None:
    codes = {new_code() for _ in range(1000)}
    assert all(len(code) == 8 and code.isdigit() and code[0] != "0" for code in codes)
    assert len(codes) > 990


def test_a_tracking_code_is_never_taken_for_a_number_to_hide() -> None:
    codes = " and ".join(new_code() for _ in range(1000))
    assert without_numbers(codes) == codes


def test_ids_fall_on_the_right_side_of_a_moment() -> None:
    moment = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    milliseconds = int(moment.timestamp() * 1000)
    before, after = Ids(lambda: milliseconds - 1).draw(), Ids(lambda: milliseconds).draw()
    assert before < first_id_of(moment) <= after
