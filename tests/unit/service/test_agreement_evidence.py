"""The evidence of a month: each line's form, and a hash that anybody can work out."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sms_service.domain.agreement import Agreement, Month, pieces
from sms_service.domain.calendar import gregorian_of
from sms_service.service.agreement_counts import Judged
from sms_service.service.agreement_evidence import Evidence, line_of
from sms_service.service.agreement_rules import Kind, State

MONTH = Month(1405, 9)
HELD = pieces(MONTH.days, [Agreement("", None, gregorian_of(1405, 9, 20), 10, 0.95)])
CAME = datetime(2026, 11, 22, 8, 0, 0, 120_000, tzinfo=UTC)
ONE = Judged(
    *(4_000_000_000, "12345678", "sms", Kind.COUNTED),
    *(CAME, CAME + timedelta(seconds=2.5), None, State.HANDED),
    *(False, 2, 1600, "complete"),
)


def test_a_line_is_a_short_json_array() -> None:
    assert line_of(ONE).decode() == (
        '[4000000000,"12345678","sms","counted","2026-11-22T08:00:00.120000Z",'
        '"2026-11-22T08:00:02.620000Z",null,"handed",false,2,1600,"complete"]'
    )


def test_the_hash_is_that_of_the_lines_with_their_line_feeds() -> None:
    other = replace(ONE, id=4_000_000_001, kind=Kind.WRONG_ID, handed_at=None, state=State.NONE)
    evidence = Evidence.of(HELD, [ONE, other])
    by_hand = hashlib.sha256(line_of(ONE) + b"\n" + line_of(other) + b"\n").hexdigest()
    assert evidence.to_dict() == {
        "hash": by_hand,
        "requests": 2,
        "days": {"2026-11-22": by_hand},
    }


def test_a_day_begins_at_midnight_in_tehran() -> None:
    midnight = MONTH.begins_at + timedelta(days=1)
    late = replace(ONE, received_at=midnight - timedelta(microseconds=1))
    days = Evidence.of(HELD, [late, replace(ONE, received_at=midnight)]).to_dict()["days"]
    assert list(days) == ["2026-11-22", "2026-11-23"]


def test_an_answer_is_in_time_to_the_last_instant_and_not_when_it_was_lost() -> None:
    at_the_end = replace(ONE, handed_at=CAME + timedelta(seconds=10))
    assert at_the_end.is_in_time(10)
    assert not replace(ONE, handed_at=CAME + timedelta(seconds=10.000001)).is_in_time(10)
    assert not replace(at_the_end, state=State.LOST).is_in_time(10)
    assert not replace(at_the_end, apologised=True).is_in_time(10)
    assert not replace(at_the_end, handed_at=None).is_in_time(10)


def test_what_came_after_the_end_is_counted_outside() -> None:
    after = replace(ONE, received_at=MONTH.ends_at - timedelta(days=1), handed_at=MONTH.ends_at)
    evidence = Evidence.of(HELD, [ONE, after])
    report: dict[str, dict[str, int]] = {
        "valid": {"counted": 1, "in_time": 1},
        "outside": {"counted": 1, "in_time": 0},
        "apart": {str(kind): 0 for kind in Kind if kind is not Kind.COUNTED},
    }
    assert evidence.disagreements(report) == []
    report["outside"]["in_time"] = 1
    assert evidence.disagreements(report) == ["outside.in_time"]
