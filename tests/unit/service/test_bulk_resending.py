"""Runs: what is asked for before anything is written."""

from datetime import UTC, datetime, timedelta

import pytest

from sms_service.service.auditing import Actor
from sms_service.service.bulk_resending import Answer, BulkResending, TooMany
from sms_service.service.bulk_terms import RunState, Wanted
from tests.support.fakes import FakeDoorbell

OMID = Actor("omid")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WISH = Wanted(NOW, NOW + timedelta(hours=1), frozenset({"expired"}))


class FakeBook:
    """Previews so many; moves where it is told to."""

    def __init__(
        self, found: int | None = 7, *, too_many: bool = False, moves: bool = True
    ) -> None:
        self.found, self.too_many, self.moves = found, too_many, moves
        self.paces: list[int] = []
        self.reasons: list[str] = []

    def preview(self, wanted: Wanted, actor: Actor, texts_per_minute: int) -> int | None:
        if self.too_many:
            raise TooMany
        self.paces.append(texts_per_minute)
        return self.found

    def confirm(self, run: int, actor: Actor, reason: str, total: int) -> bool:
        self.reasons.append(reason)
        return self.moves

    def move(self, run: int, actor: Actor, state: RunState) -> bool:
        return self.moves


@pytest.mark.parametrize(
    "wish",
    [
        Wanted(NOW, NOW, frozenset({"expired"})),
        Wanted(NOW, NOW + timedelta(hours=1), frozenset()),
        Wanted(NOW, NOW + timedelta(hours=1), frozenset({"expired", "delivered"})),
    ],
)
def test_a_wish_for_nothing_or_for_what_arrived_is_none(wish: Wanted) -> None:
    assert BulkResending(FakeBook(), FakeDoorbell()).preview(wish, OMID, 300) is Answer.BAD_WISH


def test_a_preview_is_numbered_empty_or_too_large() -> None:
    bell = FakeDoorbell()
    assert BulkResending(FakeBook(7), bell).preview(WISH, OMID, 300) == 7
    assert BulkResending(FakeBook(None), bell).preview(WISH, OMID, 300) is Answer.NOTHING
    many = BulkResending(FakeBook(too_many=True), bell)
    assert many.preview(WISH, OMID, 300) is Answer.TOO_MANY
    assert bell.rung == []


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (300, 300), (10**9, 6000)])
def test_no_pace_is_faster_than_the_fastest(asked: int, given: int) -> None:
    book = FakeBook()
    BulkResending(book, FakeDoorbell()).preview(WISH, OMID, asked)
    assert book.paces == [given]


def test_a_run_begins_with_a_reason_and_a_count() -> None:
    book, bell = FakeBook(), FakeDoorbell()
    runs = BulkResending(book, bell)
    assert runs.confirm(7, OMID, " \n ", 3) is Answer.NO_REASON
    assert runs.confirm(7, OMID, "why", None) is Answer.NOT_COUNTED
    assert (book.reasons, bell.rung) == ([], [])
    assert runs.confirm(7, OMID, " the\n outage ", 3) is Answer.DONE
    assert (book.reasons, bell.rung) == (["the outage"], ["bulk"])


def test_who_comes_too_late_is_told_and_nobody_is_rung() -> None:
    bell = FakeDoorbell()
    runs = BulkResending(FakeBook(moves=False), bell)
    answers = [runs.confirm(7, OMID, "why", 3), runs.pause(7, OMID), runs.resume(7, OMID)]
    assert [*answers, runs.stop(7, OMID)] == [Answer.TOO_LATE] * 4
    assert bell.rung == []


def test_only_what_goes_on_is_rung_for() -> None:
    bell = FakeDoorbell()
    runs = BulkResending(FakeBook(), bell)
    runs.pause(7, OMID)
    runs.stop(7, OMID)
    assert bell.rung == []
    runs.resume(7, OMID)
    assert bell.rung == ["bulk"]
