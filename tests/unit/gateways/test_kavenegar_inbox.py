"""Entries of the inbox, right and wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sms_service.gateways.kavenegar_client import KavenegarClient
from sms_service.gateways.kavenegar_inbox import KavenegarInbox, arrived_text
from sms_service.service.ports import Blame, InboxPage, NoPage

ENTRY = {
    "messageid": 35850015,
    "message": "بدهی",
    "sender": "09121234567",
    "receptor": "30001521",
    "date": 1_356_619_709,
}
NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Scripted(KavenegarClient):
    """A client whose calls bring what the test says."""

    def __init__(self, entries: Any, metadata: Any = None) -> None:
        super().__init__("key")
        self._script = entries, metadata

    def _ask(self, action: str, method: str, params: Any) -> tuple[Any, Any]:
        return self._script


def test_an_entry_is_read_with_its_date() -> None:
    text = arrived_text(ENTRY)
    assert (text.remote_id, text.sender, text.line) == ("35850015", "09121234567", "30001521")
    assert text.sent_at == datetime.fromtimestamp(1_356_619_709, UTC)
    assert text.is_readable


@pytest.mark.parametrize("field", ["messageid", "receptor", "date"])
def test_numbers_may_come_as_strings(field: str) -> None:
    written = arrived_text(ENTRY | {field: str(ENTRY[field])})
    plain = arrived_text(ENTRY)
    assert (written.remote_id, written.line, written.sent_at) == (
        *(plain.remote_id, plain.line),
        plain.sent_at,
    )


@pytest.mark.parametrize("date", [None, "", "soon", 10**20, -(10**20), [1]])
def test_a_date_that_is_none_leaves_the_text_readable(date: object) -> None:
    text = arrived_text(ENTRY | {"date": date})
    assert text.sent_at is None
    assert text.is_readable


@pytest.mark.parametrize(
    "entry",
    [
        *(None, 7, "text", [], {}),
        *(ENTRY | {"message": None}, ENTRY | {"sender": None}, ENTRY | {"messageid": 0}),
        *(ENTRY | {"messageid": True}, ENTRY | {"sender": "9" * 41}),
    ],
)
def test_what_is_no_text_keeps_its_raw_form_under_the_same_key_each_time(entry: object) -> None:
    text = arrived_text(entry)
    assert not text.is_readable
    assert text.raw
    assert text.remote_id == arrived_text(entry).remote_id
    assert 0 < len(text.remote_id) <= 64


@pytest.mark.parametrize(("number", "more"), [(1, True), (2, False), (3, False)])
def test_the_number_of_pages_decides_whether_there_are_more(number: int, more: bool) -> None:
    inbox = KavenegarInbox(Scripted([ENTRY], {"totalpages": "2"}), "30001521")
    page = inbox.read_again(NOW, NOW, number)
    assert isinstance(page, InboxPage)
    assert page.has_more is more


@pytest.mark.parametrize(("entries", "more"), [(200, True), (199, False), (0, False)])
def test_without_it_a_full_page_means_more(entries: int, more: bool) -> None:
    page = KavenegarInbox(Scripted([ENTRY] * entries), "30001521").read_again(NOW, NOW, 1)
    assert isinstance(page, InboxPage)
    assert page.has_more is more


def test_no_entries_at_all_are_an_empty_inbox() -> None:
    page = KavenegarInbox(Scripted(None), "30001521").take_unread()
    assert page == InboxPage([], has_more=False)


def test_entries_that_are_no_list_leave_in_doubt_what_was_handed_out() -> None:
    page = KavenegarInbox(Scripted({"messageid": 1}), "30001521").take_unread()
    assert page == NoPage(Blame.LATER, "kavenegar_bad_entries", in_doubt=True)
