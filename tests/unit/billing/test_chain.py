"""Sources in a row: who is asked for what, and when a bill is unknown."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from sms_service.billing.chain import BillingChain
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown

A, B, C = "0000000000001", "0000000000002", "0000000000003"
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


class Source:
    """Tells what it was given; ``down``: bills that it can't tell now."""

    def __init__(
        self,
        *known: History,
        down: Sequence[str] = (),
        phones: Mapping[bytes, Sequence[str]] | None = None,
    ) -> None:
        self.known = {one.bill_id: one for one in known}
        self.down = set(down)
        self.phones = phones
        self.asked: list[list[str]] = []

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        self.asked.append(list(bill_ids))
        had = {one: self.known[one] for one in bill_ids if one in self.known}
        if unanswered := self.down & set(bill_ids):
            raise SourceDown("away", unanswered=unanswered, had=had)
        return had

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        if self.phones is None:
            raise SourceDown("away")
        return self.phones.get(phone_hash, ())


def chain(*sources: Source) -> BillingChain:
    return BillingChain({str(place): source for place, source in enumerate(sources)})


def test_what_the_first_tells_nobody_else_is_asked_for() -> None:
    first, second = Source(History(A)), Source(History(A, as_of=MONDAY), History(B, as_of=MONDAY))
    assert chain(first, second).histories([A, B, A]) == {A: History(A), B: second.known[B]}
    assert second.asked == [[B]]
    assert chain(first, second).histories([A]) == {A: History(A)}
    assert len(second.asked) == 1


def test_a_bill_is_unknown_where_every_source_says_so() -> None:
    assert chain(Source(), Source()).histories([A]) == {}


def test_a_bill_that_one_cannot_tell_and_the_other_does_not_know_is_unanswered() -> None:
    first, second = Source(History(B), down=[A]), Source(History(C))
    for sources in ((first, second), (second, first)):
        with pytest.raises(SourceDown) as raised:
            chain(*sources).histories([A, B, C])
        assert raised.value.unanswered == {A}
        assert raised.value.had == {B: History(B), C: History(C)}


def test_what_one_cannot_tell_the_next_tells_with_its_day() -> None:
    imported = History(A, as_of=MONDAY)
    assert chain(Source(down=[A]), Source(imported)).histories([A]) == {A: imported}


@pytest.mark.parametrize(
    ("kept", "imported", "told"),
    [(MONDAY, TUESDAY, TUESDAY), (TUESDAY, MONDAY, TUESDAY), (MONDAY, None, MONDAY)],
)
def test_of_two_that_are_of_a_day_the_newer_is_told(
    kept: date, imported: date | None, told: date
) -> None:
    first = Source(History(A, as_of=kept), down=[A])
    second = Source(History(A, as_of=imported))
    assert chain(first, second).histories([A])[A].as_of == told
    assert second.asked == [[A]]


def test_an_older_answer_stands_alone_where_nobody_else_knows_the_bill() -> None:
    kept = History(A, as_of=MONDAY)
    assert chain(Source(kept, down=[A]), Source()).histories([A]) == {A: kept}


def test_a_source_that_names_no_bill_is_down_for_all_that_it_did_not_tell() -> None:
    class Dumb(Source):
        def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
            raise SourceDown("gone", had={B: History(B)})

    with pytest.raises(SourceDown, match=r"^gone$") as raised:
        chain(Dumb(), Source()).histories([A, B])
    assert raised.value.unanswered == {A}
    assert raised.value.had == {B: History(B)}


def test_a_phones_bills_are_those_of_all_sources_each_once() -> None:
    phone = b"x" * 32
    sources = Source(phones={phone: [A, C]}), Source(phones={phone: [A, B]})
    assert chain(*sources).bills_of_phone(phone) == [A, C, B]


def test_a_part_of_a_phones_bills_is_not_told() -> None:
    with pytest.raises(SourceDown):
        chain(Source(phones={b"x": [A]}), Source()).bills_of_phone(b"x")


def test_nothing_asked_asks_nobody() -> None:
    source = Source()
    assert chain(source).histories([]) == {}
    assert source.asked == []
