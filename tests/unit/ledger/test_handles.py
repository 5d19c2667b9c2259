"""Handles stand in addresses, and so in other people's logs."""

import pytest

from sms_service.ledger.handles import Handles, of_phone, phone_range

HANDLES = Handles(b"k" * 32)
BILL = "1234567804423"


def test_a_bill_has_one_handle_that_leads_back_to_it() -> None:
    handle = HANDLES.of_bill(BILL)
    assert handle == HANDLES.of_bill(BILL)
    assert HANDLES.bill_of(handle) == BILL
    assert BILL not in handle


@pytest.mark.parametrize("handle", ["", "x", BILL, "ü", "A" * 39, "A" * 500, "=" * 8])
def test_what_never_was_a_handle_leads_nowhere(handle: str) -> None:
    assert HANDLES.bill_of(handle) is None
    assert phone_range(handle) is None


@pytest.mark.parametrize("more", ["=", "}", "\n", " ", "=}="])
def test_no_bill_has_a_second_handle(more: str) -> None:
    handle = HANDLES.of_bill(BILL)
    assert HANDLES.bill_of(handle + more) is None
    assert HANDLES.bill_of(handle[:5] + more + handle[5:]) is None


def test_a_handle_of_another_installation_leads_nowhere() -> None:
    assert HANDLES.bill_of(Handles(b"o" * 32).of_bill(BILL)) is None


def test_a_phone_is_found_between_the_ends_of_its_handle() -> None:
    hashed = bytes(range(32))
    found = phone_range(of_phone(hashed))
    assert found
    assert found[0] <= hashed <= found[1]
